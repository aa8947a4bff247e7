"""Incidents: numbered without gaps, patched, and never marked down."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leerp.errors import BadInputError
from leerp.incidents import IncidentPatch, Phase, Status, TeamMember
from leerp.marking import Level, Marking, Tlp
from leerp.notices import Mode
from leerp.plans import Plan
from records import incidents, notices
from records.incidents import StoredIncident
from records.store import Store
from tests.records.cast import CSIRT, NOON, SECRET, later, notice, open_in, open_one


async def load(store: Store, reference: str) -> StoredIncident:
    """The incident as it stands."""
    async with store.reading() as c:
        return await incidents.get(c, reference)


async def change(store: Store, reference: str, patch: IncidentPatch) -> None:
    """Patch it."""
    async with store.writing() as tx:
        await incidents.patch(tx, reference, patch)


async def test_references_run_by_mode_and_year(store: Store) -> None:
    """The number counts within a mode and a year, and the year is the one of UTC."""
    wannacry = datetime(2017, 5, 12, 7, 44, tzinfo=UTC)
    new_year_in_sofia = datetime(2027, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    made = [
        await open_one(store),
        await open_one(store, mode=Mode.EXERCISE, at=wannacry),
        await open_one(store, mode=Mode.EXERCISE, at=wannacry),
        await open_one(store, at=new_year_in_sofia),
    ]
    assert made == ["LEERP-2026-0001", "EXERCISE-2017-0001", "EXERCISE-2017-0002", "LEERP-2026-0002"]


async def test_references_have_no_gaps_and_no_doubles_under_concurrency(store: Store) -> None:
    """Eleven incidents opened at once get the numbers 1 to 11; one that fails leaves no gap."""

    async def open_and_fail() -> str:
        async with store.writing() as tx:
            await open_in(tx)
            raise KeyError

    works = [open_one(store) for _ in range(11)]
    works.insert(6, open_and_fail())
    results = await asyncio.gather(*works, return_exceptions=True)
    references = sorted(result for result in results if isinstance(result, str))
    assert references == [f"LEERP-2026-{number:04d}" for number in range(1, 12)]


async def test_a_patch_changes_what_it_names_and_nothing_else(store: Store, reference: str) -> None:
    """None leaves a field as it is; an empty tuple is a value; `extra` is merged."""
    team = (TeamMember(role="malware analyst", officer=None),)
    await change(store, reference, IncidentPatch(status=Status.EMERGENCY, waiting_for=("a decision",), extra={"a": 1}))
    await change(store, reference, IncidentPatch(phase=Phase.COORDINATION, team=team, extra={"b": [2]}))
    await change(store, reference, IncidentPatch(waiting_for=()))
    await change(store, reference, IncidentPatch())
    incident = await load(store, reference)
    stands = (incident.status, incident.phase, incident.team, incident.waiting_for, incident.extra)
    assert stands == (Status.EMERGENCY, Phase.COORDINATION, team, (), {"a": 1, "b": [2]})
    assert (incident.opened_at, incident.closed_at, incident.secret) == (NOON, None, SECRET)


async def test_times_come_back_aware_in_utc(store: Store, reference: str) -> None:
    """Whatever zone a time was given in, both engines give back the same instant in UTC."""
    closed = later(90).astimezone(timezone(timedelta(hours=-5)))
    await change(store, reference, IncidentPatch(status=Status.CLOSED, closed_at=closed))
    found = (await load(store, reference)).closed_at
    assert found is not None
    assert found.isoformat() == "2026-03-01T13:30:00+00:00"


async def test_ended_incidents_are_listed_on_demand_only(store: Store, reference: str) -> None:
    """The listing is in the order of opening."""
    second = await open_one(store, at=later(-60))
    await change(store, reference, IncidentPatch(status=Status.NORMAL_PROCEDURE))
    async with store.reading() as c:
        ongoing = await incidents.listing(c)
        everything = await incidents.listing(c, include_ended=True)
    assert [incident.reference for incident in ongoing] == [second]
    assert [incident.reference for incident in everything] == [second, reference]


async def test_a_marking_is_raised_and_never_lowered(store: Store, reference: str) -> None:
    """The stored marking becomes the join of both."""
    async with store.writing() as tx:
        await incidents.raise_marking(tx, reference, Marking(level=Level.SECRET))
        await incidents.raise_marking(tx, reference, Marking(level=Level.PUBLIC, tlp=Tlp.RED))
    assert (await load(store, reference)).marking == Marking(level=Level.SECRET, tlp=Tlp.RED)


async def test_plan_and_number_of_notices_are_kept(store: Store, reference: str) -> None:
    """The plan is replaced whole; notices are counted, not remembered."""
    async with store.writing() as tx:
        await incidents.set_plan(tx, reference, Plan(version=3))
        for identifier in ("N-1", "N-1", "N-2"):
            await notices.save(tx, notice(reference, identifier), audience=[CSIRT], directory_version="1", at=NOON)
    incident = await load(store, reference)
    assert (incident.plan, incident.notices_made) == (Plan(version=3), 2)


async def test_an_unknown_reference_is_bad_input(store: Store) -> None:
    """Reading and every kind of change name the reference they do not know."""
    with pytest.raises(BadInputError, match="LEERP-1999-0001"):
        await load(store, "LEERP-1999-0001")
    for patch in (IncidentPatch(), IncidentPatch(phase=Phase.PLAN), IncidentPatch(extra={"a": 1})):
        with pytest.raises(BadInputError, match="LEERP-1999-0001"):
            await change(store, "LEERP-1999-0001", patch)
