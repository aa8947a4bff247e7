"""A running incident keeps the very table it was classified with, until a person has it classified anew."""

import asyncio
import time

import pytest
from pydantic import JsonValue

from leerp.errors import RefusedError
from leerp.incidents import Classification, IncidentPatch
from leerp.journal import JournalKind
from leerp.protocol import ActName, AssessAct, DecideAct
from matrices.tables import Table, Tables, content_of, load_table, shipped
from records import incidents, journal
from tests.conftest import OpenDrill
from tests.drill import APPROVER, PATIENCE, Drill


def without_emergencies() -> Table:
    """A table of the centre's own by which nothing is ever an emergency."""
    text = content_of("leerp-1").decode().replace("table: leerp-1", "table: ours")
    rows = text[: text.index("\n  # emergency\n")] + "\n" + text[text.index("# Criteria that lift") :]
    head, _, tail = rows.partition("\ntriggers:")
    calm = head + "\n" + tail[tail.index("\n# launch: the level") :]
    return load_table(calm.encode(), name="ours.yaml")


def later(table: Table) -> Table:
    """The same table as it was changed since: other bytes, another version."""
    return load_table(table.content.replace(b'version: "1.1"', b'version: "2.0"'), name="ours.yaml")


async def classifications(drill: Drill) -> list[dict[str, JsonValue]]:
    """Every classification in the journal."""
    async with drill.house.store.reading() as connection:
        kinds = {JournalKind.TRIAGE_INCIDENT_CLASSIFIED}
        return [entry.data for entry in await journal.entries(connection, drill.reference, kinds=kinds)]


def give(drill: Drill, *tables: Table) -> None:
    """What the operator puts into config/tables; the rooms are shared with the worker of the drill."""
    own = {table.name: table for table in tables}
    object.__setattr__(drill.house.rooms, "tables", Tables(own))


async def stands(drill: Drill, entries: int) -> Classification:
    """The classification, once the journal holds so many of them."""
    deadline = time.monotonic() + PATIENCE
    while len(await classifications(drill)) < entries:
        assert time.monotonic() < deadline, f"classification {entries} did not come"
        await asyncio.sleep(0.05)
    view = await drill.view()
    assert view.classification is not None
    return view.classification


async def test_a_changed_table_counts_only_after_a_person_says_so(open_drill: OpenDrill) -> None:
    """Reports that come after the change are judged by the old table; after an act, by the new one; all on record."""
    old = without_emergencies()
    async with open_drill() as drill:
        give(drill, old)
        await drill.classified()
        await drill.act(ActName.ASSESS, AssessAct, table="ours")
        first = await stands(drill, 2)
        assert (first.table, first.table_sha256) == ("ours", old.sha256)
        new = later(old)
        give(drill, new)
        await drill.report(2)
        assert (await stands(drill, 3)).table_sha256 == old.sha256
        give(drill)
        await drill.report(3)
        assert (await stands(drill, 4)).table_sha256 == old.sha256
        give(drill, new)
        await drill.act(ActName.ASSESS, AssessAct, table="ours")
        assert (await stands(drill, 5)).table_sha256 == new.sha256
        entries = await classifications(drill)
        assert [(one["table"], one["table_version"], one["table_sha256"]) for one in entries] == [
            ("leerp-1", "1.1", shipped("leerp-1").sha256),
            *[("ours", "1.1", old.sha256)] * 3,
            ("ours", "2.0", new.sha256),
        ]


async def test_a_table_that_was_never_kept_gives_way_to_that_of_the_policy(open_drill: OpenDrill) -> None:
    """An incident of the time before tables were kept is classified by the table its policy names, as it is now."""
    async with open_drill() as drill:
        await drill.classified()
        before = await stands(drill, 1)
        async with drill.house.store.writing() as tx:
            forgotten = before.model_copy(update={"table_sha256": "0" * 64})
            await incidents.patch(tx, drill.reference, IncidentPatch(classification=forgotten))
        await drill.report(2)
        assert (await stands(drill, 2)).table_sha256 == shipped("leerp-1").sha256


async def test_an_unknown_table_is_refused(open_drill: OpenDrill) -> None:
    """To classify by a table that is not there is refused, and the classification stays."""
    async with open_drill() as drill:
        await drill.classified()
        with pytest.raises(RefusedError, match="there is no table 'theirs'"):
            await drill.act(ActName.ASSESS, AssessAct, table="theirs")
        assert (await stands(drill, 1)).table == "leerp-1"


async def test_a_decision_against_the_recommendation_is_on_record(open_drill: OpenDrill) -> None:
    """Both may be decided: what was recommended stands beside it, in the journal and in the incident's view."""
    async with open_drill() as drill:
        await drill.classified()
        view = await drill.view()
        assert view.classification is not None
        assert view.classification.recommendation == "launch"
        await drill.act(ActName.DECIDE, DecideAct, choice="watch", reason="The vendor is on the telephone")
        async with drill.house.store.reading() as connection:
            kinds = {JournalKind.TRIAGE_DECISION_MADE}
            (entry,) = await journal.entries(connection, drill.reference, kinds=kinds)
        assert (entry.data["recommended"], entry.data["against_recommendation"]) == ("launch", True)
        (decision,) = (await drill.view()).decisions
        assert (decision.choice, decision.recommended, decision.against_recommendation) == ("watch", "launch", True)
        await drill.act(ActName.DECIDE, DecideAct, choice="launch")
        await drill.act(ActName.DECIDE, DecideAct, choice="launch", who=APPROVER)
        assert [one.against_recommendation for one in (await drill.view()).decisions] == [True, False]
