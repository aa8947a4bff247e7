"""Owners learn that there is a hit and whom to call; what it is, each sees only once the other one has permitted it."""

import json
from pathlib import Path
from typing import Any

import pytest

from activities.hit_graph import HitGraph
from activities.hits import NO_PERMISSION, HitActs
from activities.intake import Arrival
from activities.investigation import InvestigationActivities
from activities.messages import MatchItem
from desk.assembly import House, open_house, wall_clock
from leerp.contributions import ContributionReceipt, Told
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.marking import Handling, HandlingCode, Level, Marking
from leerp.protocol import Actor
from leerp.settings import Settings
from leerp.stakeholders import Role
from notifications.configuration import lay_out_example
from records import journal, notices
from tests.conftest import OpenDrill
from tests.drill import Drill, report_file

GIVER, KEEPER, THIRD, OUTSIDER = "csirt-lu", "poc-no", "csirt-fr", "enisa"
SHARED, OWN = "45.66.77.88", "45.66.99.11"
OFFICER = Actor(id="duty-officer", roles=(Role.OFFICER,))
ANALYST = Actor(id="analyst-1", roles=(Role.ANALYST,))


def document(contributor: str, *addresses: str) -> bytes:
    """A contribution of these addresses, under the contributor's H2."""
    handling = [Handling(code=HandlingCode.H2, provider=contributor)]
    return json.dumps(
        {
            "contributor": contributor,
            "id": f"servers-{contributor}",
            "contributed_at": wall_clock().isoformat(),
            "title": f"What {contributor} has seen",
            "marking": Marking(handling=tuple(handling)).model_dump(mode="json"),
            "observables": [{"kind": "ipv4", "value": one} for one in addresses],
        }
    ).encode()


class Case:
    """An incident to which two stakeholders have given what meets."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.acts, self.graph = HitActs(house.rooms), HitGraph(house.rooms)
        self.reference = self.hit = ""

    async def begin(self) -> None:
        """A report of a third source, two contributions, each matched as the worker does."""
        arrival = Arrival(wall_clock(), "duty-officer")
        observables = [{"kind": "ipv4", "value": "45.66.1.1"}]
        content = report_file(1, source=THIRD, observables=observables)
        self.reference = (await self.house.intake.report(content, name="r.json", arrival=arrival)).incident
        for contributor in (KEEPER, GIVER):
            await self.contribute(contributor, SHARED, OWN if contributor == KEEPER else "45.66.1.1")
        (self.hit,) = [one.hit for one in await self.acts.listing(self.reference, reader=KEEPER)]

    async def contribute(self, contributor: str, *addresses: str) -> ContributionReceipt:
        """Hand something in, and match it."""
        receipt = await self.house.intake.contribution(
            document(contributor, *addresses),
            name="c.json",
            reference=self.reference,
            contributor=contributor,
            arrival=Arrival(wall_clock(), "duty-officer"),
            told=Told(),
        )
        await self.match(receipt.contribution)
        return receipt

    async def match(self, item: str) -> tuple[str, ...]:
        """Match an item under one key; the notices that tell of it."""
        request = MatchItem(incident=self.reference, at=wall_clock(), key=f"match/{item}", item=item)
        activities = InvestigationActivities(self.house.rooms)
        return tuple(await activities.meet(request, item, directory=self.house.rooms.directory()))

    async def say(self, owner: str, *, given: bool) -> None:
        """Record an owner's word."""
        await self.acts.say(
            self.reference, self.hit, owner=owner, given=given, via="legal desk by telephone", actor=OFFICER
        )

    async def seen(self, reader: str) -> str:
        """Every byte about hits that this reader may be shown, as one text."""
        listed = await self.acts.listing(self.reference, reader=reader)
        shown = [await self.acts.show(self.reference, one.hit, reader=reader) for one in listed]
        drawn = await self.graph.draw(self.reference, reader=reader)
        return json.dumps([one.model_dump(mode="json") for one in (*listed, *shown, drawn)])


@pytest.fixture
async def case(tmp_path: Path) -> Any:
    """A case, with everything in this process and no engine."""
    lay_out_example(tmp_path / "config")
    async with open_house(Settings(home=tmp_path), migrate=True) as house:
        made = Case(house)
        await made.begin()
        yield made


async def test_before_anybody_permits_it_owners_see_whom_to_call(case: Case) -> None:
    """Neither owner sees what it is, which of its own information, or how much; a third sees nothing at all."""
    for reader, other in ((GIVER, KEEPER), (KEEPER, GIVER)):
        seen = await case.seen(reader)
        assert other in seen
        assert "@" in seen  # whom to call
        for hidden in (SHARED, OWN, "What ", "C-", "ipv4"):
            assert hidden not in seen, hidden
    assert await case.acts.listing(case.reference, reader=OUTSIDER) == []
    assert SHARED not in await case.seen(THIRD)
    with pytest.raises(BadInputError, match=case.hit):
        await case.acts.show(case.reference, case.hit, reader=OUTSIDER)


async def test_one_owner_permits_and_the_other_refuses(case: Case) -> None:
    """Who was permitted sees the other side and what is shared; who was refused sees what it saw before."""
    before = await case.seen(KEEPER)
    await case.say(KEEPER, given=True)
    await case.say(GIVER, given=False)
    giver, keeper = await case.seen(GIVER), await case.seen(KEEPER)
    assert SHARED in giver
    assert f"What {KEEPER} has seen" in giver
    assert OWN not in giver  # what the other holds besides is no hit
    assert SHARED not in keeper
    assert f"What {GIVER} has seen" not in keeper
    view = await case.acts.show(case.reference, case.hit, reader=KEEPER)
    assert view.withheld == {GIVER: NO_PERMISSION}
    said = json.dumps([one.model_dump(mode="json") for one in view.said])
    assert keeper.replace(said, "[]") == before  # a refusal looks like an answer that has not come


async def test_a_word_is_journalled_with_who_said_it_and_can_be_taken_back(case: Case) -> None:
    """Given, taken back, given: three entries, and the newest stands; the journal never says what it is about."""
    for given in (True, False, True):
        await case.say(KEEPER, given=given)
    assert SHARED in await case.seen(GIVER)
    kinds = {JournalKind.INVESTIGATION_HIT_PERMITTED, JournalKind.INVESTIGATION_HIT_REFUSED}
    async with case.house.store.reading() as connection:
        entries = await journal.entries(connection, case.reference, kinds=kinds)
        everything = "".join(await journal.lines(connection, case.reference))
    assert [(entry.kind.value, entry.data["via"], entry.actor) for entry in entries] == [
        ("investigation.hit.permitted", "legal desk by telephone", "duty-officer"),
        ("investigation.hit.refused", "legal desk by telephone", "duty-officer"),
        ("investigation.hit.permitted", "legal desk by telephone", "duty-officer"),
    ]
    assert SHARED not in everything
    assert f"What {KEEPER}" not in everything


async def test_whose_word_counts(case: Case) -> None:
    """Only the owner of a side, written down by an officer, once; and it must be told who said so."""
    for owner, actor, via, reason in (
        (OUTSIDER, OFFICER, "telephone", "unknown_subject"),
        (KEEPER, ANALYST, "telephone", "not_authorised"),
        (KEEPER, OFFICER, " ", "reason_missing"),
    ):
        with pytest.raises(RefusedError) as refused:
            await case.acts.say(case.reference, case.hit, owner=owner, given=True, via=via, actor=actor)
        assert refused.value.reason == reason
    await case.say(KEEPER, given=True)
    with pytest.raises(RefusedError) as refused:
        await case.say(KEEPER, given=True)
    assert refused.value.reason == "nothing_to_do"


async def test_permission_does_not_lift_what_else_is_marked(case: Case) -> None:
    """An H2 of somebody else in it, or a clearance that is too low, still keeps it back, and the reason is said."""
    marking = Marking(handling=(Handling(code=HandlingCode.H2, provider=THIRD),))
    receipt = await case.house.intake.contribution(
        b"type,value\nipv4,45.66.5.5\n",
        name="c.csv",
        reference=case.reference,
        contributor=KEEPER,
        arrival=Arrival(wall_clock(), "duty-officer"),
        told=Told(marking=marking),
    )
    await case.match(receipt.contribution)
    await case.contribute("liaison-fr", "45.66.5.5")
    (view,) = await case.acts.listing(case.reference, reader="liaison-fr")
    case.hit = view.hit
    await case.say(KEEPER, given=True)
    shown = await case.acts.show(case.reference, view.hit, reader="liaison-fr")
    assert shown.content == ()
    assert shown.withheld == {KEEPER: "provider_consent_missing"}


async def test_the_centre_sees_all_and_why_each_line_is_there(case: Case) -> None:
    """The graph of the centre joins owners, items and what they share; every line says why, and the hit is named."""
    drawn = await case.graph.draw(case.reference)
    kinds = sorted({node.kind for node in drawn.nodes})
    assert kinds == ["contribution", "ipv4", "owner", "report"]
    assert all(edge.why for edge in drawn.edges)
    assert SHARED in {node.label for node in drawn.nodes}
    assert any(case.hit in edge.why for edge in drawn.edges)
    assert [len(one) for one in drawn.components] == [len(drawn.nodes)]


async def test_each_owner_is_told_once_by_a_notice_without_content(case: Case) -> None:
    """Matching again under the same key tells nobody again; no notice names an observable or another one's item."""
    kinds = {JournalKind.INVESTIGATION_HIT_TOLD}
    async with case.house.store.reading() as connection:
        entries = await journal.entries(connection, case.reference, kinds=kinds)
    assert sorted(str(entry.data["owner"]) for entry in entries) == sorted([KEEPER, GIVER, THIRD])
    item = str(entries[0].data["item"])
    assert set(await case.match(item)) == {str(entry.data["told_by"]) for entry in entries}
    async with case.house.store.reading() as connection:
        again = await journal.entries(connection, case.reference, kinds=kinds)
        for entry in entries:
            text = (await notices.get(connection, str(entry.data["told_by"]))).model_dump_json()
            assert not [one for one in (SHARED, OWN, "What ", "ipv4", "C-") if one in text]
            assert await notices.audience(connection, str(entry.data["told_by"])) == (entry.data["owner"],)
    assert again == entries


async def test_the_workflow_tells_the_owners(open_drill: OpenDrill) -> None:
    """On a real engine: a report that comes after a contribution makes its hit, and both owners get their notice."""
    async with open_drill() as drill:
        await _told(drill)


async def _told(drill: Drill) -> None:
    await drill.classified()
    await drill.contribute(1, KEEPER)
    await drill.until(lambda view: sum(one.sent for one in view.notices) >= 2, "the notices of the first hit")
    await drill.report(2, source=GIVER)
    view = await drill.until(lambda view: sum(one.sent for one in view.notices) >= 4, "the notices of the second")
    assert {one.kind.value for one in view.notices} == {"provider"}
    async with drill.house.store.reading() as connection:
        entries = await journal.entries(connection, drill.reference, kinds={JournalKind.INVESTIGATION_HIT_TOLD})
    assert sorted(str(entry.data["owner"]) for entry in entries) == sorted([THIRD, KEEPER, KEEPER, GIVER])


@pytest.mark.parametrize(("level", "seen"), [(Level.SECRET, True), (Level.TRES_SECRET, False)])
async def test_the_centre_sees_as_far_as_it_is_cleared(case: Case, level: Level, seen: bool) -> None:
    """What is above its clearance has a point in the graph and no label, nor a title; nobody's restriction counts."""
    arrival = Arrival(wall_clock(), "duty-officer")
    told = Told(marking=Marking(level=level, handling=(Handling(code=HandlingCode.H2, provider=THIRD),)))
    receipt = await case.house.intake.contribution(
        b"type,value\nipv4,45.66.5.5\n",
        name="c.csv",
        reference=case.reference,
        contributor=KEEPER,
        arrival=arrival,
        told=told,
    )
    await case.match(receipt.contribution)
    await case.contribute("liaison-fr", "45.66.5.5")
    labels = [node.label for node in (await case.graph.draw(case.reference)).nodes]
    assert ("45.66.5.5" in labels, None in labels) == (seen, not seen)
