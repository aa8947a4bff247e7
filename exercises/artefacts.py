"""The files that a run leaves: what the store holds of an incident, in the forms that others read."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from exercises.after_action import AfterAction
from exercises.kept import Kept
from exercises.particulars import Particulars
from exercises.recorded import RECORD
from exercises.report_document import begin_document
from exercises.report_page import drawings, render
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.marking import Marking, join_all
from leerp.notices import Notice
from records import contributions, incidents, journal, ledger, notices
from records.schema import ledger as ledger_table
from records.store import Store
from records.views import incident_view

JOURNAL = "journal.jsonl"
LEDGER = "ledger.json"
INCIDENT = "incident.json"
NOTICES = "notices"
REPORT = "after-action"
RUN = "run.json"
SCENARIO = "scenario.json"
OTHERS = "other-incidents"
"""Where further incidents of a run go, each into a folder of its own with the first three files."""

WORKING = ".run-"
"""How the folder begins in which a run works; only a run that was killed leaves one."""

_OURS = {
    JOURNAL,
    LEDGER,
    INCIDENT,
    NOTICES,
    f"{REPORT}.json",
    f"{REPORT}.html",
    f"{REPORT}.pdf",
    OTHERS,
    RUN,
    SCENARIO,
    RECORD,
}


async def keep(store: Store, reference: str) -> Kept:
    """The record of an incident, as of one moment of the store."""
    async with store.reading() as connection:
        view = await incident_view(connection, reference)
        whole = [await notices.get(connection, one.id) for one in view.notices]
        return Kept(
            journal=tuple(await journal.entries(connection, reference)),
            ledger=tuple(await ledger.deliveries(connection, incident=reference)),
            incident=view,
            acknowledge_within_minutes={
                one.id: one.acknowledge_within_minutes for one in whole if one.acknowledge_within_minutes
            },
            acknowledge_within_minutes_of={
                one.id: await _minutes_of_readers(connection, one)
                for one in whole
                if one.acknowledge_within_minutes_by_group
            },
            marking=await _marking(connection, reference, whole),
        )


async def _minutes_of_readers(connection: AsyncConnection, notice: Notice) -> dict[str, int]:
    """How long each reader had to confirm a notice that gives some groups another time."""
    rows = await ledger.rows_where(connection, ledger_table.c.notice == notice.id)
    minutes = {row.planned.reader.id: notice.minutes_for(row.planned.reader.group) for row in rows}
    return {reader: time for reader, time in minutes.items() if time is not None}


async def _marking(connection: AsyncConnection, reference: str, whole: Sequence[Notice]) -> Marking:
    """The join of all that an incident holds: its reports, its contributions and its notices."""
    incident = await incidents.get(connection, reference)
    pooled = await contributions.of_incident(connection, reference)
    several = (incident.marking, *(one.marking for one in whole), *(one.contribution.marking for one in pooled))
    return join_all(several)


def make_room(out: Path) -> None:
    """Make the folder, and take away what an earlier run left in it; a folder with anything else is refused."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        found = sorted(out.iterdir())
    except OSError as error:
        raise BadInputError(f"{out}: cannot be used as a folder ({error.strerror}); name another with --out") from error
    strange = next((one.name for one in found if one.name not in _OURS and not one.name.startswith(WORKING)), None)
    if strange:
        raise BadInputError(f"{out}: holds {strange}, which no run has left; name an empty folder with --out")
    for one in found:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()


def write(kept: Sequence[Kept], after_action: AfterAction, *, outbox: Path, out: Path) -> Callable[[], None]:
    """Write everything; the first incident is the run's own. `outbox`: what was sent, as the channels wrote it.

    The report's document is set meanwhile; what is returned waits for it and writes it.
    """
    finish = _begin_report(after_action, out=out)
    _write_incident(kept[0], out)
    for further in kept[1:]:
        folder = out / OTHERS / further.incident.reference
        folder.mkdir(parents=True)
        _write_incident(further, folder)
    outbox.mkdir(exist_ok=True)
    outbox.rename(out / NOTICES)
    _write_json(out / f"{REPORT}.json", after_action.model_dump(mode="json"))
    return finish


def write_particulars(with_what: Particulars, scenario: Scenario, *, out: Path) -> None:
    """Write what the run was played with, and the scenario as it was read."""
    _write_json(out / RUN, with_what.model_dump(mode="json"))
    _write_json(out / SCENARIO, scenario.document)


def write_report(after_action: AfterAction, *, out: Path) -> None:
    """Write the report for people: a page, and a document that is set from the same page."""
    _begin_report(after_action, out=out)()


def _begin_report(after_action: AfterAction, *, out: Path) -> Callable[[], None]:
    """Write the page, and have the document set meanwhile; what is returned waits for it and writes it."""
    drawn = drawings(after_action)
    page = render(after_action, drawn)
    (out / f"{REPORT}.html").write_text(page, encoding="utf-8")
    document = begin_document(after_action, page, drawn)

    def finish() -> None:
        (out / f"{REPORT}.pdf").write_bytes(document())

    return finish


def _write_incident(kept: Kept, folder: Path) -> None:
    lines = "".join(f"{entry.line}\n" for entry in kept.journal)
    (folder / JOURNAL).write_text(lines, encoding="utf-8")
    _write_json(folder / LEDGER, [one.model_dump(mode="json") for one in kept.ledger])
    _write_json(folder / INCIDENT, kept.incident.model_dump(mode="json"))


def _write_json(path: Path, value: object) -> None:
    path.write_bytes(_JSON.dump_json(value, indent=2) + b"\n")


_JSON: TypeAdapter[object] = TypeAdapter(object)
