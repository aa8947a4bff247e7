"""A handover note as an officer reads it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from leerp.errors import BadInputError
from leerp.handover import HandoverNote
from leerp.local_times import shown_time


def note_lines(note: HandoverNote, *, standing: str, zone: str | None) -> list[str]:
    """The lines of a note. Times are in UTC and, where a zone is known, by the clock on the wall there."""
    return list(_lines(note, standing, _known(zone)))


def _known(zone: str | None) -> str | None:
    try:
        return zone and ZoneInfo(zone).key
    except (KeyError, ValueError, OSError) as error:
        raise BadInputError(f"--zone {zone}: is not a time zone; write it as in Europe/Vienna, or UTC") from error


def _lines(note: HandoverNote, standing: str, zone: str | None) -> Iterator[str]:
    def when(at: datetime) -> str:
        return f"{shown_time(at)} ({shown_time(at, zone)} {zone})" if zone else shown_time(at)

    yield note.marking
    yield f"Handover of {note.incident} to shift {note.shift}, {standing}"
    yield f"From {when(note.starts_at)} to {when(note.ends_at)}"
    yield f"Handing over: {', '.join(note.outgoing) or 'nobody'}. Taking over: {', '.join(note.incoming) or 'nobody'}."
    yield f"It stands in {note.phase}, {note.status}, level {note.level or 'not classified'}."
    yield "On this shift:"
    yield from (f"  {seat.role}: {seat.officer or 'NOBODY'}" for seat in note.seats)
    yield from (f"  missing: {one.missing} {one.role}: {one.why}" for one in note.shortfalls)
    yield from (f"  not cleared for the incident as it is marked now: {one}; plan again" for one in note.uncleared)
    yield "What waits:"
    yield from (f"  {line}" for line in note.waits or ("nothing",))
    yield "What is due:"
    yield from (f"  {when(one.at)}: {one.what}" for one in note.due)
    if not note.due:
        yield "  nothing that the journal names"
    yield f"Since {when(note.since)}:"
    if note.earlier:
        yield f"  {note.earlier} earlier entries are left out (leerp incident journal {note.incident})"
    yield from (
        f"  {one.seq} {one.at:%Y-%m-%d %H:%M}Z {one.kind} by {one.actor}" + (f": {one.about}" if one.about else "")
        for one in note.happened
    )
    yield note.marking
