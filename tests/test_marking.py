"""Markings form a lattice, and permission never grows by joining."""

from hypothesis import given
from hypothesis import strategies as st

from leerp.marking import LOOSEST, Consent, Level, Marking, Reader, Tlp, join_all, refusal
from tests.notifications import strategies
from tests.notifications.cast import AT

markings = strategies.markings


@given(markings, markings, markings)
def test_join_is_associative(one: Marking, two: Marking, three: Marking) -> None:
    """It does not matter which parts are put together first."""
    assert one.join(two).join(three) == one.join(two.join(three))


@given(markings, markings)
def test_join_is_commutative(one: Marking, two: Marking) -> None:
    """It does not matter which part comes first."""
    assert one.join(two) == two.join(one)


@given(markings)
def test_join_is_idempotent(one: Marking) -> None:
    """A marking joined with itself is itself, and so is one joined with the loosest."""
    assert one.join(one) == one
    assert one.join(LOOSEST) == one


@given(markings, markings)
def test_join_never_loosens(one: Marking, two: Marking) -> None:
    """The whole is at least as tight as each part, in every respect."""
    both = one.join(two)
    assert both.level.rank >= one.level.rank
    assert both.tlp.rank >= one.tlp.rank
    assert both.pap.rank >= one.pap.rank
    assert set(both.handling) >= set(one.handling)
    assert set(both.releasable_to) >= set(one.releasable_to)


@given(markings, markings)
def test_join_is_the_loosest_that_is_tight_enough(one: Marking, two: Marking) -> None:
    """Joining anything with the whole that is already in it changes nothing (absorption)."""
    both = one.join(two)
    assert both.join(one) == both
    assert join_all((one, two, both)) == both


@given(st.lists(markings, max_size=4), strategies.readers, strategies.maxima, strategies.consents, st.booleans())
def test_refusal_is_monotone(
    parts: list[Marking], reader: Reader, maximum: Level | None, consents: tuple[Consent, ...], read: bool
) -> None:
    """A whole is permitted exactly if each of its parts is: no reader gains by what is put together, or loses."""

    def permitted(marking: Marking) -> bool:
        reason = refusal(marking, reader, channel_maximum=maximum, consents=consents, restrictions_read=read, at=AT)
        return reason is None

    if parts:
        assert permitted(join_all(parts)) == all(permitted(part) for part in parts)


@given(markings, strategies.readers, strategies.consents, st.booleans())
def test_a_higher_channel_never_takes_away(
    marking: Marking, reader: Reader, consents: tuple[Consent, ...], read: bool
) -> None:
    """What may go over a channel may go over every channel accredited for more."""
    permitted = [
        refusal(marking, reader, channel_maximum=level, consents=consents, restrictions_read=read, at=AT) is None
        for level in Level
    ]
    assert permitted == sorted(permitted)


def test_the_banner_names_everything_that_binds() -> None:
    """Level in full, TLP, PAP, handling codes and releasability stand in the banner."""
    marking = Marking(
        level=Level.RESTREINT,
        tlp=Tlp.AMBER,
        handling=({"code": "H1", "provider": "csirt-lu"}, {"code": "H0", "provider": "csirt-lu"}),
        releasable_to=(("country:DE", "country:FR"),),
    )
    expected = "RESTREINT UE/EU RESTRICTED | TLP:AMBER | PAP:CLEAR | H1 | releasable to country:DE or country:FR"
    assert marking.banner == expected
