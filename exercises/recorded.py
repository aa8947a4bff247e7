"""From what is recorded of incidents to a scenario that plays the same again.

`record` reads a store, of a real centre or of a run. Every report, contribution, confirmation and act that was accepted
becomes an inject at its own time, with what it said. Nothing is invented: what the record does not hold well enough to
be done again is listed in `left_out`, each with the journal entry that tells of it. People's names are as they were;
whoever passes a scenario on replaces them (`exercises.pseudonyms`).

A run leaves this as `record.json`, because a journal holds the hashes of what was said and not the words.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from exercises.conditions import time_of_entry
from exercises.offsets import second, write_offset
from exercises.recorded_acts import made_by
from exercises.recorded_book import Body, Book, NoWayError
from exercises.recorded_injects import Happening, Stored, inject_of
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.journal import PROTOCOL, JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import Mode
from leerp.protocol import Policy
from leerp.rota import Rota
from records import (
    command_posts,
    contributions,
    documents,
    incidents,
    journal,
    meetings,
    notices,
    plan_alerts,
    reports,
    rotas,
)
from records.schema import journal as journal_table
from records.store import Store

RECORD = "record.json"
"""What a run leaves of itself to be played again."""

_SOURCE = "record"
_MOST_SENDERS = 1_000


class LeftOut(Message):
    """Something of the record that is not played again: the journal entry that tells of it, and why."""

    incident: str
    seq: int
    at: Instant
    actor: str
    kind: str
    why: str


class Recorded(Message):
    """A record as a scenario.

    `incidents`: the references, the first one opened first. `policy`: the one they were opened with. `tables`: the
    decision tables that classified them, the first one first, by name, as they were written. `injects_of`: by the
    number of an inject, the incident and the journal entry that it comes from. `rotas`: every version of every rota.
    """

    incidents: tuple[str, ...]
    mode: Mode
    scenario: Scenario
    policy: Policy
    tables: dict[str, str] = {}
    injects_of: dict[int, tuple[str, int]]
    left_out: tuple[LeftOut, ...]
    rotas: tuple[Rota, ...] = ()


class Outage(NamedTuple):
    """That a channel was away from a time on; `lasts` None: to the end."""

    at: datetime
    channel: str
    lasts: timedelta | None

    def body(self, start: datetime) -> Body:
        """The same as an inject without its number."""
        body: Body = {"at": write_offset(second(self.at) - start), "kind": "fault"}
        body |= {"what": "channel_down", "channel": self.channel, "description": f"Channel {self.channel} is away."}
        return body | ({"lasts": write_offset(self.lasts)} if self.lasts is not None else {})


async def record(
    store: Store,
    references: Sequence[str],
    *,
    name: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    outages: Sequence[Outage] = (),
) -> Recorded:
    """What the store holds of incidents, as one scenario. They are of one mode.

    `name`: of the scenario, which the ids of what it says are made from; else the first reference in lower case.
    `start`, `end`: when it begins and ends; else with the first report and at the last entry of a journal.
    `outages`: when channels were made to fail, which no journal of an incident tells.
    Raises BadInputError when there is no such incident, or nothing of it can be played.
    """
    async with store.reading() as connection:
        stored = [await incidents.get(connection, reference) for reference in references]
        begin = start or second(min(one.opened_at for one in stored))
        kept = [await _read(connection, reference) for reference in references]
        told = _tell(kept, outages, name=name or references[0].lower(), title=stored[0].title, start=begin, end=end)
        versions = [rota for one in kept for rota in await _rotas(connection, one.reference)]
        tables = await _tables(connection, kept)
    scenario, injects_of, left_out = told
    return Recorded(
        incidents=tuple(references),
        mode=stored[0].mode,
        scenario=scenario,
        policy=stored[0].policy,
        tables=tables,
        injects_of=injects_of,
        left_out=tuple(left_out),
        rotas=tuple(versions),
    )


def write_record(recorded: Recorded, *, out: Path) -> None:
    """Leave `record.json` in a folder."""
    said = recorded.model_dump(mode="json", by_alias=True, exclude_unset=True)
    (out / RECORD).write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")


_DOCUMENTS = ("document", "minutes", "question", "statements", "assigned")
"""Under which names entries refer to documents."""


async def _read(c: AsyncConnection, reference: str) -> Stored:
    entries = await journal.entries(c, reference)
    query = select(journal_table.c.seq, journal_table.c.key).where(journal_table.c.incident == reference)
    named = [str(one.data[name]) for one in entries for name in _DOCUMENTS if name in one.data]
    found = {sha256: await documents.find(c, sha256) for sha256 in sorted(set(named))}
    views = await notices.of_incident(c, reference)
    return Stored(
        reference=reference,
        entries=entries,
        keys={row.seq: row.key for row in await c.execute(query)},
        reports=await _reports(c, entries),
        contributions={one.id: one for one in await contributions.of_incident(c, reference)},
        book=Book(
            start=time_of_entry(entries[0]),
            documents={sha256: content for sha256, content in found.items() if content is not None},
            notices={view.id: await notices.get(c, view.id) for view in views},
            audiences={view.id: await notices.audience(c, view.id) for view in views},
            meetings={one.id: one for one in await meetings.of_incident(c, reference)},
            rooms={one.id: one for one in await command_posts.of_incident(c, reference)},
            alerts={one.id: one for one in await plan_alerts.of_incident(c, reference)},
        ),
    )


async def _reports(c: AsyncConnection, entries: Sequence[JournalEntry]) -> dict[str, reports.StoredReport]:
    """The reports that came in here, wherever people have moved them since."""
    came_in = (JournalKind.DETECTION_REPORT_RECEIVED, JournalKind.DETECTION_REPORT_DUPLICATED)
    named = sorted({str(one.data["report"]) for one in entries if one.kind in came_in})
    return {identifier: await reports.get(c, identifier) for identifier in named}


async def _rotas(c: AsyncConnection, reference: str) -> list[Rota]:
    return [await rotas.read(c, document) for _, document in sorted((await rotas.versions(c, reference)).items())]


async def _tables(c: AsyncConnection, kept: Sequence[Stored]) -> dict[str, str]:
    """The bytes of every table that classified; what was classified by a version that kept none is not there."""
    found: dict[str, str] = {}
    for one in kept:
        for entry in one.entries:
            if entry.kind is JournalKind.TRIAGE_INCIDENT_CLASSIFIED and str(entry.data["table"]) not in found:
                content = await documents.find(c, str(entry.data["table_sha256"]))
                if content is not None:
                    found[str(entry.data["table"])] = content.decode("utf-8")
    return found


def _tell(
    kept: Sequence[Stored],
    outages: Sequence[Outage],
    *,
    name: str,
    title: str,
    start: datetime,
    end: datetime | None,
) -> tuple[Scenario, dict[int, tuple[str, int]], list[LeftOut]]:
    injects: list[Body] = []
    places: dict[int, tuple[str, int]] = {}
    left_out: list[LeftOut] = []
    by_name = {one.reference: one for one in kept}
    for one in kept:
        one.book.start = start
    first_report: dict[str, int] = {}
    to_come = sorted(outages, key=lambda one: one.at)
    for happening in _in_order(kept):
        while to_come and to_come[0].at <= happening.at:
            injects.append({"number": len(injects) + 1, **to_come.pop(0).body(start)})
        number, of = len(injects) + 1, by_name[happening.incident]
        try:
            body = inject_of(happening, of, several=first_report if len(kept) > 1 else {})
        except NoWayError as error:
            left_out.append(_left_out(happening.first, str(error)))
            continue
        at = write_offset(second(happening.at) - start)
        if _joins_former(injects, body, at=at):
            continue
        injects.append({"number": number, "at": at, "sources": [_SOURCE], **body})
        places[number] = (happening.incident, happening.first.seq)
        _remember(happening, of, number)
        first_report.setdefault(happening.incident, number)
    if not injects:
        raise BadInputError(f"{name}: nothing of its record can be played again; look at its journal")
    injects += [{"number": number, **one.body(start)} for number, one in enumerate(to_come, start=len(injects) + 1)]
    over = end or max(time_of_entry(one.entries[-1]) for one in kept) + timedelta(minutes=1)
    return _scenario(injects, name=name, title=title, start=start, end=over), places, left_out


def _scenario(injects: list[Body], *, name: str, title: str, start: datetime, end: datetime) -> Scenario:
    return Scenario.model_validate(
        {
            "name": name,
            "version": "recorded",
            "title": title,
            "summary": "What is on record of it, each thing at the time at which it came.",
            "sources": [{"id": _SOURCE, "text": "The journal, and what is kept beside it", "basis": "seen"}],
            "start": start,
            "length": write_offset(second(end) - start),
            "objectives": [{"id": "O1", "text": "What happened once happens again."}],
            "injects": injects,
        }
    )


def _in_order(kept: Sequence[Stored]) -> list[Happening]:
    """Everything that happened, second by second; what happened in one second in the order of its journal."""
    found = [happening for one in kept for happening in _happenings(one)]
    place = {one.reference: number for number, one in enumerate(kept)}
    return sorted(found, key=lambda one: (second(one.at), place[one.incident], one.first.seq))


def _happenings(kept: Stored) -> Iterator[Happening]:
    """Acts with all their entries, and everything else that did not follow from something by itself."""
    groups: dict[str, list[JournalEntry]] = {}
    drafted: dict[str, str] = {}
    others: list[JournalEntry] = []
    for entry in kept.entries:
        act = _act_of(entry, kept.keys.get(entry.seq, ""))
        if act is None and entry.kind in _OF_NOTICES:
            act = drafted.get(str(entry.data.get("notice")))
        if act is None:
            others.append(entry)
            continue
        groups.setdefault(act, []).append(entry)
        if entry.kind.endswith(".notice.drafted"):
            drafted[str(entry.data["notice"])] = act
    for group in groups.values():
        yield Happening(time_of_entry(group[0]), kept.reference, group, act=True)
    for entry in others:
        if entry.kind in _FROM_OUTSIDE or (entry.actor != PROTOCOL and not _follows(entry)):
            yield Happening(time_of_entry(entry), kept.reference, (entry,))


_OF_NOTICES = (JournalKind.COORDINATION_READER_ADDED, JournalKind.PLAN_MEETING_CALLED)
"""What the protocol writes by itself of an act that drafted a notice."""


def _act_of(entry: JournalEntry, key: str) -> str | None:
    """The act that an entry belongs to, by its key (`activities.facts.note`)."""
    return key.partition(f":{entry.kind.value}")[0] if key.startswith("act/") else None


def _follows(entry: JournalEntry) -> bool:
    """Whether an entry in a person's name tells only what followed from something else."""
    return entry.kind in _FOLLOWS or entry.kind.endswith((".notice.drafted", ".notice.released", ".notice.sent"))


_FOLLOWS = frozenset(
    {
        *(JournalKind.DETECTION_INCIDENT_OPENED, JournalKind.DETECTION_INCIDENT_JOINED),
        *(JournalKind.DETECTION_PRIVATE_DATA_ROUTED, JournalKind.PLAN_ACTION_ADDED, JournalKind.PLAN_CONFLICT_FOUND),
        *(JournalKind.PLAN_TEAM_SUGGESTED, JournalKind.PLAN_ALERT_RAISED, JournalKind.PLAN_ALERT_CLOSED),
        *(JournalKind.DELIVERY_READERS_PLANNED, JournalKind.DELIVERY_READER_WITHHELD),
        *(JournalKind.DELIVERY_NOTICE_STOPPED, JournalKind.DELIVERY_CONSENT_ASKED),
    }
)

_FROM_OUTSIDE = frozenset(
    {
        *(JournalKind.DETECTION_REPORT_RECEIVED, JournalKind.DETECTION_REPORT_DUPLICATED),
        *(JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED, JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED),
    }
)


def _left_out(entry: JournalEntry, why: str) -> LeftOut:
    told = {"incident": entry.incident, "seq": entry.seq, "actor": entry.actor, "kind": entry.kind.value}
    return LeftOut(**told, at=time_of_entry(entry), why=why)


def _joins_former(injects: list[Body], body: Body, *, at: str) -> bool:
    """Put confirmations of the same second and kind into one inject: of ten thousand readers that is many."""
    if body["kind"] != "acknowledge" or not injects:
        return False
    former = injects[-1]
    same = all(former.get(name) == body.get(name) for name in ("kind", "notice", "how", "incident"))
    fresh = same and former["at"] == at and body["from"][0] not in former["from"]
    if not fresh or len(former["from"]) >= _MOST_SENDERS:
        return False
    former["from"] = [*former["from"], *body["from"]]
    return True


def _remember(happening: Happening, kept: Stored, number: int) -> None:
    """What later entries call by what this one made."""
    made = made_by(happening.entries)
    for name in ("report", "contribution"):
        if happening.first.kind in _FROM_OUTSIDE and name in happening.first.data:
            made.append(str(happening.first.data[name]))
    for identifier in made:
        kept.book.made.setdefault(identifier, number)
