"""The rota in a running incident: planned, changed ahead, handed over; who may do what, and what the record keeps."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import handover
from activities.messages import Look
from activities.rostering import RosteringActivities
from activities.rostering_messages import AskRota, PublishRota, SolveRota
from desk.assembly import wall_clock
from leerp.errors import RefusedError
from leerp.handover import HandoverNote
from leerp.journal import JournalKind
from leerp.notices import NoticeKind
from leerp.protocol import Act, ActName, Actor
from leerp.rota import Rota
from leerp.rota_acts import TeamChangeAct, TeamConfirmAct, TeamPlanAct
from leerp.stakeholders import Role
from records import documents, incidents, journal, rotas
from tests.conftest import OpenDrill
from tests.drill import APPROVER, OFFICER, Drill


async def launched(drill: Drill) -> None:
    """A launched incident."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)


async def planned(drill: Drill, **fields: Any) -> str:
    """Plan three days of twelve-hour shifts; what the officer is told."""
    wanted: dict[str, Any] = {"pattern": "two_twelves", "ends_at": wall_clock() + timedelta(days=3)} | fields
    return (await drill.act(ActName.TEAM_PLAN, TeamPlanAct, **wanted)).sentence


async def rota_of(drill: Drill) -> Rota:
    """The rota that stands."""
    async with drill.house.store.reading() as connection:
        found = await rotas.standing(connection, await incidents.get(connection, drill.reference))
    assert found is not None
    return found.rota


async def refused(drill: Drill, name: ActName, act_type: type[Act], /, **fields: Any) -> tuple[str, str]:
    """Do an act that must be refused; the reason and the sentence."""
    with pytest.raises(RefusedError) as caught:
        await drill.act(name, act_type, **fields)
    return caught.value.reason, caught.value.sentence


async def entries(drill: Drill, *kinds: JournalKind) -> list[Any]:
    """The entries of these kinds."""
    async with drill.house.store.reading() as connection:
        return [one.data for one in await journal.entries(connection, drill.reference, kinds=kinds)]


async def test_a_rota_is_planned_shown_changed_and_handed_over(open_drill: OpenDrill) -> None:
    """Each version stands in the journal and as a document; what has begun stays, absent people are replaced."""
    async with open_drill() as drill:
        await launched(drill)
        assert (await planned(drill)).startswith("Version 1 of the rota stands: ")
        first = await rota_of(drill)
        view = await drill.until(lambda one: any("(team confirm)" in line for line in one.waiting_for), "the handover")
        assert view.rota is not None
        await check_note(drill)
        assert (1, first.missing) == (view.rota.version, view.rota.missing)
        running = first.shifts[0]
        names = {need.role: need.name for need in first.needs}
        assert [(names[one.role], one.officer) for one in first.seated(running.id)] == [
            (one.role, one.officer) for one in view.team
        ]
        ahead = next(one for one in first.seats if one.shift == first.shifts[2].id and one.role == "malware-analyst")
        receipt = await drill.act(ActName.TEAM_CHANGE, TeamChangeAct, change="absent", person=ahead.officer)
        second = await rota_of(drill)
        assert second.version == 2
        assert first.seated(running.id) == second.seated(running.id)
        assert ahead.officer not in {one.officer for one in second.seats if one.shift != running.id}
        assert "Version 2" in receipt.sentence
        kept = await entries(drill, *rotas.VERSIONS)
        assert [one["version"] for one in kept] == [1, 2]
        assert kept[1]["change"] == "absent"
        lead = first.leads(running.id)[0]
        before = [one for one in (await drill.view()).waiting_for if "(team confirm)" in one]
        assert [f"the handover to shift {running.id} to be confirmed by {lead} (team confirm)"] == before
        outsider = await refused(drill, ActName.TEAM_CONFIRM, TeamConfirmAct, who="deputy-head")
        assert outsider[0] == "not_authorised"
        await drill.act(ActName.TEAM_CONFIRM, TeamConfirmAct, who=lead)
        assert not [one for one in (await drill.view()).waiting_for if "(team confirm)" in one]


async def check_note(drill: Drill) -> None:
    """The note names the entries since the incident opened and what waits, and no title of a report."""
    async with drill.house.store.reading() as connection:
        made = await rotas.handovers(connection, drill.reference)
        content = await documents.get(connection, made[0].document)
        told = await journal.entries(connection, drill.reference)
    note = HandoverNote.model_validate_json(content)
    written = next(one.seq for one in told if one.kind is JournalKind.COORDINATION_HANDOVER_WRITTEN)
    assert [one.seq for one in told if one.seq < written] == [one.seq for one in note.happened]
    assert any("early warning" in line for line in note.waits)
    assert b"Hospitals encrypted" not in content
    assert b"kill-switch" not in content


async def test_acts_on_the_rota_are_refused_with_a_reason(open_drill: OpenDrill) -> None:
    """Too early, by the wrong person, in the past, too long, backwards, without a rota, about nobody."""
    async with open_drill() as drill:
        await drill.classified()
        reasons = [await refused(drill, ActName.TEAM_PLAN, TeamPlanAct)]
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_INTERNAL)
        now = wall_clock()
        wrong: list[dict[str, Any]] = [
            {"who": "malware-analyst-1"},
            {"starts_at": now - timedelta(hours=1)},
            {"ends_at": now + timedelta(days=15)},
            {"starts_at": now + timedelta(hours=2), "ends_at": now + timedelta(hours=1)},
        ]
        reasons += [await refused(drill, ActName.TEAM_PLAN, TeamPlanAct, **fields) for fields in wrong]
        absent = {"change": "absent", "person": "malware-analyst-1"}
        reasons.append(await refused(drill, ActName.TEAM_CHANGE, TeamChangeAct, **absent))
        reasons.append(await refused(drill, ActName.TEAM_CONFIRM, TeamConfirmAct))
        await planned(drill)
        reasons.append(await refused(drill, ActName.TEAM_CHANGE, TeamChangeAct, change="absent", person="nobody"))
        expected = ["wrong_phase", "not_authorised", *["nothing_to_do"] * 5, "unknown_subject"]
        assert expected == [reason for reason, _ in reasons]
        assert (await rota_of(drill)).version == 1


async def looked_at(drill: Drill, at: datetime) -> datetime | None:
    """Look at the rota as its incident does at that time; when to look again."""
    async with drill.house.store.writing() as tx:
        look = Look(incident=drill.reference, at=at, key="a look")
        return await handover.look(tx, drill.house.rooms, look)


async def check_alarms(drill: Drill) -> None:
    """Whatever is late is raised once: a handover nobody confirms after half an hour, a rota that ends in 12 hours."""
    rota = await rota_of(drill)
    begins, late = rota.shifts[1].starts_at, rota.shifts[1].starts_at + timedelta(minutes=30)
    first = datetime.fromisoformat(str((await entries(drill, JournalKind.COORDINATION_HANDOVER_WRITTEN))[0]["due_at"]))
    looked = await looked_at(drill, begins)
    if first > begins:  # planned within half an hour of the next shift
        assert looked == first
        looked = await looked_at(drill, first)
    assert looked == late
    overdue = [one["shift"] for one in await entries(drill, JournalKind.COORDINATION_HANDOVER_OVERDUE)]
    assert overdue == [rota.shifts[0].id]
    for at in (late, late, rota.ends_at - timedelta(hours=12), rota.ends_at - timedelta(hours=11)):
        await looked_at(drill, at)
    overdue = [one["shift"] for one in await entries(drill, JournalKind.COORDINATION_HANDOVER_OVERDUE)]
    assert overdue.count(rota.shifts[1].id) == 1
    assert len(await entries(drill, JournalKind.COORDINATION_ROTA_ENDING)) == 1
    waits = (await drill.view()).waiting_for
    assert any(line.startswith(f"a rota from {rota.ends_at:%Y-%m-%d %H:%MZ} on") for line in waits)
    assert await looked_at(drill, rota.ends_at + timedelta(days=1)) is None


async def test_a_swap_keeps_the_rules_and_overtime_keeps_the_consent(open_drill: OpenDrill) -> None:
    """Two officers swap; one who would not rest is refused by name; consent stands in the journal with who wrote it."""
    async with open_drill() as drill:
        await launched(drill)
        await planned(drill)
        rota = await rota_of(drill)
        mine = [one for one in rota.seats if one.role == "malware-analyst" and one.officer]
        given = next(one for one in mine if one.shift == rota.shifts[2].id)
        neighbour = next(one for one in mine if one.shift == rota.shifts[3].id)
        swap: dict[str, Any] = {
            "change": "swap",
            "person": given.officer,
            "shift": given.shift,
            "other": neighbour.officer,
        }
        reason, sentence = await refused(drill, ActName.TEAM_CHANGE, TeamChangeAct, **swap)
        assert (reason, "resting between two shifts" in sentence) == ("nothing_to_do", True)
        await drill.act(ActName.TEAM_CHANGE, TeamChangeAct, **swap, other_shift=neighbour.shift)
        after = await rota_of(drill)
        assert neighbour.officer in {one.officer for one in after.seated(given.shift)}
        assert given.officer in {one.officer for one in after.seated(neighbour.shift)}
        fields: dict[str, Any] = {
            "change": "overtime",
            "person": given.officer,
            "hours": 8,
            "consent": "by telephone, 03:10",
        }
        await drill.act(ActName.TEAM_CHANGE, TeamChangeAct, **fields, who=APPROVER)
        last = (await entries(drill, JournalKind.COORDINATION_ROTA_CHANGED))[-1]
        assert ("overtime", given.officer, 8, "by telephone, 03:10") == tuple(
            last[name] for name in ("change", "person", "hours", "consent")
        )
        assert tuple(one.recorded_by for one in (await rota_of(drill)).overtime) == (APPROVER,)
        too_much = await refused(drill, ActName.TEAM_CHANGE, TeamChangeAct, **fields)
        assert "allow 12 hours of overtime" in too_much[1]
        await check_alarms(drill)


async def check_begun_shifts_stay(drill: Drill) -> None:
    """A change that was sought before a shift began, and comes after, is overtaken: it is not published."""
    rota = await rota_of(drill)
    sitting = next(one.officer for one in rota.seated(rota.shifts[1].id) if one.officer)
    actor = Actor(id=OFFICER, roles=(Role.OFFICER,))
    change = TeamChangeAct.model_validate({"act": "A-late", "actor": actor, "change": "absent", "person": sitting})
    acts, run = RosteringActivities(drill.house.rooms), ActivityEnvironment().run
    fact = {"incident": drill.reference, "key": "act/A-late", "actor": OFFICER}
    begins = rota.shifts[1].starts_at
    asked = await run(acts.ask, AskRota(**fact, at=begins - timedelta(minutes=1), change=change))
    assert asked.problem is not None
    sought = SolveRota(**fact, at=begins, frame=asked.frame, problem=asked.problem)
    found = await run(acts.solve, sought)
    late = PublishRota(**fact, at=begins + timedelta(seconds=1), document=found.document, change=change)
    assert (await run(acts.publish, late)).overtaken
    assert await rota_of(drill) == rota


async def test_two_changes_at_once_are_two_versions(open_drill: OpenDrill) -> None:
    """Whoever is overtaken while the search runs seeks again: no version is lost, and none stands twice."""
    async with open_drill() as drill:
        await launched(drill)
        await planned(drill)
        rota = await rota_of(drill)
        people = sorted({str(one.officer) for one in rota.seats if one.shift == rota.shifts[2].id and one.officer})[:2]
        await asyncio.gather(
            *(drill.act(ActName.TEAM_CHANGE, TeamChangeAct, change="absent", person=one) for one in people)
        )
        last = await rota_of(drill)
        assert (3, set(people)) == (last.version, {one.officer for one in last.absences})
        assert [one["version"] for one in await entries(drill, *rotas.VERSIONS)] == [1, 2, 3]
        await check_begun_shifts_stay(drill)
