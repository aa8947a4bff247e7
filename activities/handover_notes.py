"""Writing a handover note from what is on record: the journal, what waits, and the times that lie ahead.

It names ids, kinds and people. No title, no narrative and no observable comes into it, so that whoever may know of the
incident may read it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.handover import Due, HandoverNote, Happening
from leerp.journal import JournalEntry
from leerp.rota import Rota, Shift
from leerp.stakeholders import Officer
from matrices.roster_building import clearance_hindrance
from records import incidents, journal
from records.views import incident_view

KEPT = 300
"""The newest entries of a shift that stand in its note; how many more there were is said."""

DUE_KEPT = 40
"""The nearest times ahead that stand in a note."""

TOLD = ("notice", "kind", "report", "action", "shift", "version", "choice", "level", "country", "person", "reader")
"""What is told of an entry: fields that hold ids and words of closed lists."""

_OWN = ("coordination.rota.", "coordination.handover.")
"""Entries whose times are those of the rota, which the reader has."""


async def write_note(
    c: AsyncConnection, rota: Rota, shift: Shift, *, officers: Sequence[Officer], at: datetime
) -> HandoverNote:
    """The note for a shift, as things stand at `at`."""
    incident = await incidents.get(c, rota.incident)
    entries = await journal.entries(c, rota.incident)
    view = await incident_view(c, rota.incident)
    before = _before(rota, shift)
    since = before.starts_at if before else incident.opened_at
    happened = [one for one in entries if datetime.fromisoformat(one.at) >= since]
    seats = rota.seated(shift.id)
    seated = {one.officer for one in seats}
    level = incident.marking.level
    uncleared = [
        one.id for one in officers if one.id in seated and clearance_hindrance(one, level, until=shift.ends_at)
    ]
    return HandoverNote(
        incident=rota.incident,
        shift=shift.id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        written_at=at,
        since=since,
        phase=view.phase.value,
        status=view.status.value,
        level=view.classification.level if view.classification else None,
        marking=incident.marking.banner,
        outgoing=rota.leads(before.id) if before else (),
        incoming=rota.leads(shift.id),
        seats=seats,
        shortfalls=tuple(one for one in rota.shortfalls if one.shift == shift.id),
        uncleared=tuple(uncleared),
        happened=tuple(_happening(one) for one in happened[-KEPT:]),
        earlier=max(0, len(happened) - KEPT),
        waits=view.waiting_for,
        due=tuple(_due(entries, at)),
    )


def _before(rota: Rota, shift: Shift) -> Shift | None:
    earlier = [one for one in rota.shifts if one.starts_at < shift.starts_at]
    return earlier[-1] if earlier else None


def _happening(entry: JournalEntry) -> Happening:
    told = [f"{name} {entry.data[name]}" for name in TOLD if isinstance(entry.data.get(name), str | int)]
    return Happening(
        seq=entry.seq,
        at=datetime.fromisoformat(entry.at),
        kind=entry.kind.value,
        actor=entry.actor,
        about=", ".join(told),
    )


def _due(entries: Iterable[JournalEntry], at: datetime) -> list[Due]:
    """The times ahead that the journal names, the nearest first; of the same subject the last word counts."""
    last: dict[tuple[str, str, str], Due] = {}
    for entry in entries:
        if not entry.kind.value.startswith(_OWN):
            about = _happening(entry).about
            for name, when in _times(entry):
                what = f"{entry.kind.value}, {name.replace('_', ' ')}" + (f": {about}" if about else "")
                last[(entry.kind.value, name, about)] = Due(at=when, what=f"{what} (entry {entry.seq})")
    return sorted((one for one in last.values() if one.at > at), key=lambda one: (one.at, one.what))[:DUE_KEPT]


def _times(entry: JournalEntry) -> Iterator[tuple[str, datetime]]:
    for name, value in entry.data.items():
        if isinstance(value, str) and len(value) > len("2026-11-22T14:00") and value[4:5] == "-":
            try:
                when = datetime.fromisoformat(value)
            except ValueError:
                continue
            if when.tzinfo is not None:
                yield name, when.astimezone(UTC)
