"""The note by which one shift hands over to the next: what has happened, what waits, what is due."""

from leerp.model import Identifier, Instant, Message
from leerp.rota import Seat, Shortfall


class Happening(Message):
    """An entry of the journal as a note tells it: ids and kinds, and nothing that is marked."""

    seq: int
    at: Instant
    kind: str
    actor: str
    about: str = ""


class Due(Message):
    """A time that lies ahead, and where the journal or the plan names it."""

    at: Instant
    what: str


class HandoverNote(Message):
    """A handover note. `since`: from when it tells; `earlier`: how many entries of that time it leaves out.

    `outgoing`, `incoming`: who sat in the shift before, and who may take this one over. `uncleared`: who sits in this
    shift and is not cleared for the incident as it is marked now.
    """

    incident: str
    shift: Identifier
    starts_at: Instant
    ends_at: Instant
    written_at: Instant
    since: Instant
    phase: str
    status: str
    level: str | None = None
    marking: str
    outgoing: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    uncleared: tuple[str, ...] = ()
    happened: tuple[Happening, ...] = ()
    earlier: int = 0
    waits: tuple[str, ...] = ()
    due: tuple[Due, ...] = ()


class Handover(Message):
    """A handover as it stands. `due_at`: until when the incoming officer confirms it."""

    shift: Identifier
    document: str
    written_at: Instant
    due_at: Instant
    incoming: tuple[str, ...] = ()
    confirmed_by: str | None = None
    confirmed_at: Instant | None = None
    overdue: bool = False
