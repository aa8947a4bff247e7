"""What counts of an incident when it is laid beside another one: levels, decisions, who was told, deadlines, seats.

Ids that mean nothing outside one run are left out: a classification is named by what caused it, a notice by its kind.
"""

from collections.abc import Iterable, Iterator, Sequence

from exercises.conditions import readers_of, time_of_entry
from leerp.journal import PROTOCOL, JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import Delivery, DeliveryState
from leerp.rota import Rota


class Level(Message):
    """One classification. `because`: what caused it, such as `report 3 (csirt-fr)`. `rows`: what matched, and why."""

    at: Instant
    because: str
    table: str
    level: str
    lowest: str
    highest: str
    recommendation: str
    rows: tuple[str, ...]

    @property
    def words(self) -> str:
        """The level with its range, and what is recommended."""
        return f"{self.level} ({self.lowest} to {self.highest}), {self.recommendation}"


class Decided(Message):
    """One decision of people about the protocol as a whole."""

    at: Instant
    what: str
    by: tuple[str, ...]


class Told(Message):
    """What one reader was sent of one kind of notice. `reason`: why nothing was, where nothing was."""

    kind: str
    reader: str
    sent_at: Instant | None
    acknowledged_at: Instant | None
    times: int
    reason: str | None = None


class Missed(Message):
    """A deadline that has passed: what was due, and by whom."""

    at: Instant
    what: str
    who: str


class SeatTaken(Message):
    """Who sits where in the last version of the rota; None is an empty seat."""

    shift: str
    role: str
    officers: tuple[str | None, ...]


class Measures(Message):
    """What counts of one incident."""

    incident: str
    levels: tuple[Level, ...]
    decisions: tuple[Decided, ...]
    told: tuple[Told, ...]
    missed: tuple[Missed, ...]
    seats: tuple[SeatTaken, ...]


def measures(
    incident: str, journal: Sequence[JournalEntry], ledger: Iterable[Delivery], rotas: Iterable[Rota] = ()
) -> Measures:
    """What counts of an incident, from its record."""
    return Measures(
        incident=incident,
        levels=tuple(_levels(journal)),
        decisions=tuple(_decisions(journal)),
        told=tuple(_told(ledger)),
        missed=tuple(_missed(journal)),
        seats=tuple(_seats([one for one in rotas if one.incident == incident])),
    )


def _levels(journal: Sequence[JournalEntry]) -> Iterator[Level]:
    names = causes(journal)
    seen: dict[str, int] = {}
    for entry in journal:
        if entry.kind is not JournalKind.TRIAGE_INCIDENT_CLASSIFIED:
            continue
        data = entry.data
        cause = names.get(str(data["because"]), str(data["because"]))
        seen[cause] = seen.get(cause, 0) + 1
        yield Level(
            at=time_of_entry(entry),
            because=cause if seen[cause] == 1 else f"{cause}, anew ({seen[cause]})",
            table=f"{data['table']} {data['table_version']}",
            level=str(data["level"]),
            lowest=str(data["lowest"]),
            highest=str(data["highest"]),
            recommendation=str(data["recommendation"]),
            rows=tuple(str(row) for name in ("trace", "triggers") for row in _list(data.get(name))),
        )


def causes(journal: Sequence[JournalEntry]) -> dict[str, str]:
    """What a classification calls its cause by, in words that mean the same in every run."""
    names: dict[str, str] = {}
    reports = [entry for entry in journal if entry.kind is JournalKind.DETECTION_REPORT_RECEIVED]
    for number, entry in enumerate(reports, start=1):
        names[str(entry.data["report"])] = f"report {number} ({entry.data['source']})"
    assessed = [entry for entry in journal if entry.kind is JournalKind.TRIAGE_FACTS_ASSESSED]
    for number, entry in enumerate(assessed, start=1):
        names[f"assessment {entry.seq}"] = f"assessment {number} ({entry.actor})"
    return names


_DECISIONS = {
    JournalKind.TRIAGE_DECISION_MADE: "choice",
    JournalKind.TRIAGE_DECISION_KEPT: "choice",
    JournalKind.CLOSURE_CONTAINMENT_APPROVED: "choice",
}


def _decisions(journal: Iterable[JournalEntry]) -> Iterator[Decided]:
    for entry in journal:
        if entry.kind in _DECISIONS:
            first = entry.data.get("proposed_by")
            by = (str(first), entry.actor) if first else (entry.actor,)
            yield Decided(at=time_of_entry(entry), what=f"{_verb(entry.kind)} {entry.data['choice']}", by=by)
        elif entry.kind.endswith(".notice.released") and entry.actor != PROTOCOL and "proposed_by" in entry.data:
            by = (str(entry.data["proposed_by"]), entry.actor)
            yield Decided(at=time_of_entry(entry), what=str(entry.data["choice"]), by=by)


def _verb(kind: JournalKind) -> str:
    return "close as" if kind is JournalKind.CLOSURE_CONTAINMENT_APPROVED else "decide"


def _told(ledger: Iterable[Delivery]) -> Iterator[Told]:
    lines: dict[tuple[str, str], list[Delivery]] = {}
    for line in ledger:
        lines.setdefault((line.kind.value, line.reader), []).append(line)
    for (kind, reader), mine in sorted(lines.items()):
        sent = sorted(line.sent_at for line in mine if line.sent_at)
        confirmed = sorted(line.acknowledged_at for line in mine if line.acknowledged_at)
        kept = [line for line in mine if line.state in (DeliveryState.WITHHELD, DeliveryState.FAILED)]
        yield Told(
            kind=kind,
            reader=reader,
            sent_at=sent[0] if sent else None,
            acknowledged_at=confirmed[0] if confirmed else None,
            times=len({line.notice for line in mine if line.sent_at}),
            reason=None if sent else next((line.reason for line in kept), None),
        )


_MISSED = {
    JournalKind.DELIVERY_READER_ESCALATED: "asked a second time",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE: "confirmation overdue",
    JournalKind.DELIVERY_CONSENT_OVERDUE: "permission overdue",
    JournalKind.PLAN_ACTION_OVERDUE: "action overdue",
    JournalKind.PLAN_ALERT_UNANSWERED: "alert unanswered",
    JournalKind.INVESTIGATION_PRODUCT_OVERDUE: "product overdue",
    JournalKind.COORDINATION_HANDOVER_OVERDUE: "handover overdue",
    JournalKind.TRIAGE_WATCH_ELAPSED: "time to watch elapsed",
}


def _missed(journal: Sequence[JournalEntry]) -> Iterator[Missed]:
    kinds = {
        str(entry.data["notice"]): str(entry.data["kind"])
        for entry in journal
        if entry.kind.endswith(".notice.drafted") or entry.kind is JournalKind.DELIVERY_READERS_PLANNED
    }
    for entry in journal:
        if entry.kind not in _MISSED:
            continue
        data = entry.data
        about = data.get("kind") or kinds.get(str(data.get("notice"))) or data.get("action") or data.get("shift")
        what = _MISSED[entry.kind] + (f" ({about})" if about else "")
        for who in readers_of(entry) or (data.get("who") or data.get("owner") or data.get("officer") or "",):
            yield Missed(at=time_of_entry(entry), what=what, who=str(who))


def _seats(rotas: Sequence[Rota]) -> Iterator[SeatTaken]:
    """The seats of the last version."""
    if not rotas:
        return
    last = max(rotas, key=lambda rota: rota.version)
    seats: dict[tuple[str, str], list[str | None]] = {}
    for seat in last.seats:
        seats.setdefault((seat.shift, seat.role), []).append(seat.officer)
    for (shift, role), officers in seats.items():
        yield SeatTaken(shift=shift, role=role, officers=tuple(officers))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
