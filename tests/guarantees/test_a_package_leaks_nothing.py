"""DESIGN rule 4 for packages: what a country may not see, or is another country's, changes no byte of its bundle."""

from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pysequoia import Tsk

from activities.delivery_planning import planner_of
from activities.pool_reading import Held
from leerp.formats.assignments import read_assignments
from leerp.marking import Level, Marking, refusal
from leerp.notices import Form, NoticeKind, Variant
from leerp.observables import Observable, ObservableKind
from matrices.jurisdictions import Item, Mark, choose
from notifications.composing import compose
from notifications.context import PackageWord, PooledItem
from notifications.forms.bundle import FILE, SIGNATURE, unpacked
from notifications.rendering import render
from records import notices
from tests.notifications import cast
from tests.records.cast import NOON
from tests.secret_files import secret_file
from tests.workshop import Workshop, workshop

READER = cast.LIAISON
OWN: Mark = (ObservableKind.DOMAIN, "assigned.example")
HIDDEN = (Marking(level=Level.SECRET), Marking(releasable_to=(("country:FR",),)))
SHOWN = (Marking(), cast.RESTRICTED, Marking(releasable_to=(("country:DE", "country:FR"),)))

observables = st.sampled_from(["a.de", "b.fr", "c.example", OWN[1]]).map(
    lambda value: Observable(kind=ObservableKind.DOMAIN, value=value)
)


@st.composite
def held(draw: st.DrawFn, *, countries: tuple[str, ...], markings: tuple[Marking, ...]) -> Held:
    """Something that a stakeholder of one of these countries gave, under one of these markings."""
    values = tuple(draw(st.lists(observables, max_size=3)))
    told = PooledItem(
        provider=draw(st.sampled_from(["csirt-x", "poc-y"])),
        at=cast.AT,
        title=draw(st.sampled_from(["one", "another"])),
        narrative=draw(st.sampled_from(["", "story", "call 192.0.2.9"])),
        marking=draw(st.sampled_from(markings)),
        grade=cast.B2,
        observables=values,
        first_seen=draw(st.sampled_from([(), (cast.AT,) * len(values)])),
    )
    item = Item(draw(st.uuids()).hex, draw(st.sampled_from(countries)), (), values)
    return Held(item, told, contributed=True)


ours = held(countries=("DE", "FR"), markings=SHOWN)
hidden = held(countries=("DE", "FR"), markings=HIDDEN)


@st.composite
def mixed(draw: st.DrawFn, shown: list[Held]) -> list[Held]:
    """What may be seen in its order, and anywhere between it what may not."""
    whole = list(shown)
    for one in draw(st.lists(hidden, max_size=4)):
        whole.insert(draw(st.integers(0, len(whole))), one)
    return whole


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Held], list[Held]]:
    """Two incidents that differ only in what the reader may not see."""
    shown = draw(st.lists(ours, max_size=4))
    return draw(mixed(shown)), draw(mixed(shown))


def received(world: list[Held]) -> Variant | None:
    """What the reader gets of Germany's package, in every form."""
    by_id = {one.item.id: one for one in world}
    chosen = choose([one.item for one in world], "DE", assigned={OWN})
    word = PackageWord(country="DE", items=tuple(by_id[one.id].only(one).told for one in chosen))
    of = cast.notice(NoticeKind.PACKAGE, compose(NoticeKind.PACKAGE, cast.context(package=word)))
    made = render(of, READER, channel="secure", maximum=Level.SECRET, at=cast.AT, forms=tuple(Form))
    return made if isinstance(made, Variant) else None


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_what_may_not_be_seen_changes_no_byte(world: tuple[list[Held], list[Held]]) -> None:
    """Hidden items, their number, their place, what they hold: the subject, every file and its name stay the same."""
    one, other = (received(each) for each in world)
    event(f"received: {one is not None}; with other hidden items: {world[0] != world[1]}")
    assert one == other
    if one is not None:
        assert FILE in [file.name for file in one.files]


def test_the_markings_of_this_test_are_what_they_say() -> None:
    """Else it would show nothing."""
    for markings, seen in ((SHOWN, True), (HIDDEN, False)):
        reasons = [refusal(one, READER, channel_maximum=Level.SECRET, at=cast.AT) for one in markings]
        assert [reason is None for reason in reasons] == [seen] * len(markings)


async def fill(desk: Workshop, *, more: bool) -> str | None:
    """What Germany may have; with `more`, also what it may not, what is others', and a file that assigns such."""
    domain = {"kind": "domain", "value": "shared.example"}
    if more:
        await desk.report("r-0", "csirt-fr", facts={"countries": ["DE"]}, marking=HIDDEN[0], title="hush")
        await desk.contribute("c-0", "poc-fr", observables=[{"kind": "domain", "value": "hush.fr"}])
    await desk.contribute("c-1", "poc-de", observables=[domain], narrative="our ward")
    if more:
        await desk.contribute("c-2", "poc-de", observables=[domain], marking=HIDDEN[1], title="hush")
        await desk.contribute("c-3", "poc-fr", observables=[{"kind": "domain", "value": "x.fr"}, domain])
    await desk.report("r-1", "csirt-fr", facts={"countries": ["DE", "FR"]}, observables=[domain])
    if not more:
        return None
    return await desk.keep(read_assignments(b"observable,country\nhush.fr,FR\nx.fr,PL\n", name="whose.csv"))


async def package(desk: Workshop, *, more: bool) -> dict[str, dict[str, bytes]]:
    """Every file of each reader of Germany's package, as it is planned; those of a bundle by their names in it."""
    drafted = await desk.package("DE", assigned=await fill(desk, more=more), key="act/package")
    notice = await desk.notice(drafted.notice)
    rooms = desk.house.rooms
    async with desk.house.store.reading() as connection:
        planner = await planner_of(connection, notice, rooms, directory=rooms.directory(), at=NOON)
        readers = await notices.audience(connection, notice.id)
    found = {}
    for plan in planner.first(readers, former={}):
        assert plan.variant is not None
        files = {file.name: file.content for file in plan.variant.files}
        found[plan.variant.reader] = {**files, **unpacked(files[FILE])}
    return found


@pytest.mark.parametrize("signed", [False, True])
async def test_two_centres_send_germany_the_same(tmp_path: Path, *, signed: bool) -> None:
    """From what is stored to the files as they are planned: all that is hidden, or another's, leaves no trace.

    A signature is drawn anew each time, so of a signed bundle it is everything but the signature, and that covers the
    manifest alone.
    """
    key = secret_file(tmp_path / "key.asc", str(Tsk.generate("Centre <ecc@ec3.example>")))
    more = {"signing_key_file": key} if signed else {}
    async with workshop(tmp_path / "one", **more) as desk:
        one = await package(desk, more=False)
    async with workshop(tmp_path / "other", **more) as desk:
        other = await package(desk, more=True)
    assert set(one) == {"liaison-de", "poc-de"}
    assert one["liaison-de"] == one["poc-de"]  # who may see the same gets the same bytes, the signature included
    assert all((SIGNATURE in files) is signed for files in (*one.values(), *other.values()))
    drawn = {SIGNATURE, FILE} if signed else set()
    for reader in one:
        assert one[reader].keys() == other[reader].keys()
        assert [name for name in one[reader] if one[reader][name] != other[reader][name]] == sorted(
            drawn, key=list(one[reader]).index
        )
        assert not any(b"hush" in content for content in other[reader].values())
