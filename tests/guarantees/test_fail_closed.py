"""DESIGN rule 5: whatever is not known is a refusal with a reason, and nobody gets anything by accident."""

from datetime import timedelta

import pytest

from leerp.marking import Consent, Handling, HandlingCode, Level, Marking, Reader, Tlp, WithheldReason
from leerp.notices import NoticeKind, Portion, Section, Variant
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.audience import audience
from notifications.rendering import render
from tests.notifications import cast

H2 = Marking(handling=(Handling(code=HandlingCode.H2, provider="csirt-lu"),))
H3 = Marking(handling=(Handling(code=HandlingCode.H3, provider="csirt-lu", text="call first"),))
SECRET = Marking(level=Level.SECRET)


def received(
    marking: Marking,
    reader: Reader,
    *,
    maximum: Level | None = Level.SECRET,
    consents: tuple[Consent, ...] = (),
    read: bool = False,
) -> Variant | WithheldReason:
    """What the reader gets of a notice with one statement, beside its frame."""
    portions = (
        cast.FRAME,
        Portion(section=Section.FACT, text="It spreads.", marking=marking),
    )
    notice = cast.notice(NoticeKind.UPDATE, portions, restrictions_read=read)
    return render(notice, reader, channel="email", maximum=maximum, at=cast.AT, consents=consents)


@pytest.mark.parametrize(
    ("marking", "reader", "maximum", "reason"),
    [
        (Marking(), cast.OUTSIDER, Level.SECRET, WithheldReason.CLEARANCE_UNKNOWN),
        (Marking(), cast.PARTNER, None, WithheldReason.CHANNEL_UNKNOWN),
        (cast.RESTRICTED, cast.LIAISON, Level.BPL, WithheldReason.CHANNEL_BELOW_MARKING),
        (cast.RESTRICTED, cast.PARTNER, Level.SECRET, WithheldReason.CLEARANCE_TOO_LOW),
        (Marking(releasable_to=(("country:NO",),)), cast.CSIRT, Level.SECRET, WithheldReason.NOT_RELEASABLE),
        (Marking(tlp=Tlp.RED), cast.CSIRT, Level.SECRET, WithheldReason.TLP_NAMED_RECIPIENTS_ONLY),
        (H2, cast.CSIRT, Level.SECRET, WithheldReason.PROVIDER_CONSENT_MISSING),
        (H3, cast.CSIRT, Level.SECRET, WithheldReason.RESTRICTION_NOT_READ),
    ],
)
def test_what_is_missing_withholds(
    marking: Marking, reader: Reader, maximum: Level | None, reason: WithheldReason
) -> None:
    """Each thing that is not known or not given withholds the notice, and the officer is told which."""
    assert received(marking, reader, maximum=maximum) is reason


def test_an_expired_clearance_withholds() -> None:
    """A clearance counts until its day, and from CONFIDENTIEL upwards only with one."""
    marking = Marking(level=Level.CONFIDENTIEL)
    ended = cast.LIAISON.model_copy(update={"cleared_until": cast.AT - timedelta(days=1)})
    undated = cast.LIAISON.model_copy(update={"cleared_until": None})
    assert received(marking, ended) is WithheldReason.CLEARANCE_EXPIRED
    assert received(marking, undated) is WithheldReason.CLEARANCE_EXPIRED
    assert isinstance(received(marking, cast.LIAISON), Variant)


def test_what_was_missing_opens() -> None:
    """With the provider's permission for this reader, or once a person has read the restriction, it goes out."""
    for_another = Consent(provider="csirt-lu", reader="csirt-de")
    for_this_one = Consent(provider="csirt-lu", reader="csirt-fr")
    assert received(H2, cast.CSIRT, consents=(for_another,)) is WithheldReason.PROVIDER_CONSENT_MISSING
    assert isinstance(received(H2, cast.CSIRT, consents=(for_this_one,)), Variant)
    assert isinstance(received(H3, cast.CSIRT, read=True), Variant)


def test_several_reasons_are_nothing_to_read() -> None:
    """When the parts are refused for different reasons, the reason says only that nothing is left."""
    portions = tuple(Portion(section=Section.FACT, text="x", marking=one) for one in (SECRET, H2))
    notice = cast.notice(NoticeKind.UPDATE, portions)
    made = render(notice, cast.CSIRT, channel="email", maximum=Level.SECRET, at=cast.AT)
    assert made is WithheldReason.NOTHING_TO_READ


def test_an_unknown_clearance_is_named_as_the_reason() -> None:
    """A reader who may not even see the structure is withheld for that, whatever else the notice holds."""
    for kind in NoticeKind:
        made = render(cast.notice(kind), cast.OUTSIDER, channel="email", maximum=Level.BPL, at=cast.AT)
        assert made is WithheldReason.CLEARANCE_UNKNOWN


def test_the_whole_is_at_least_as_high_as_its_highest_part() -> None:
    """The banner of a variant is the join of the portions in it."""
    notice = cast.notice(NoticeKind.EARLY_WARNING)
    made = cast.variant(notice, cast.LIAISON)
    for portion in notice.portions:
        assert portion.marking.join(made.marking) == made.marking


def test_structure_alone_is_a_launch_and_nothing_else() -> None:
    """A reader who may see only title and contact is told of a launch, and of nothing that would be empty."""
    for kind in NoticeKind:
        only_structure = tuple(
            portion
            for portion in cast.notice(kind).portions
            if portion.section in (Section.TITLE, Section.CONTACT, Section.ASK)
        )
        hidden = Portion(section=Section.FACT, text="It spreads.", marking=cast.RESTRICTED)
        notice = cast.notice(kind, (*only_structure, hidden))
        made = render(notice, cast.PARTNER, channel="email", maximum=Level.SECRET, at=cast.AT)
        if kind in (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL):
            assert isinstance(made, Variant)
        else:
            assert made is WithheldReason.CLEARANCE_TOO_LOW


def test_an_empty_directory_is_an_empty_audience() -> None:
    """Nobody is told when nobody is known; a name the directory does not have stays, to be withheld and shown."""
    centre = Stakeholder(
        id="ec3", name="centre", group=Group.EC3, contacts=(ContactPoint(channel="email", address="a@b.example"),)
    )
    directory = Directory(version="1", centre=centre, stakeholders=())
    assert [audience(kind, directory) for kind in NoticeKind] == [()] * len(NoticeKind)
    assert audience(NoticeKind.CLOSURE, directory, named=("gone",)) == ("gone",)
