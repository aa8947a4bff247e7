"""Response times: how long each reader took to confirm, and who was told late."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from exercises.conditions import readers_of, time_of_entry
from exercises.kept import Kept
from exercises.offsets import minutes_of
from exercises.scoring import Proof, proof_of
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import Delivery, DeliveryState

_Lines = Mapping[tuple[str, str], Sequence[Delivery]]
"""The deliveries that may have reached their reader, by notice and reader."""


class Answer(Message):
    """How long a reader took to confirm a notice; None where it has not. `late`: later than was asked, or never.

    `proofs`: the entry of the confirmation; where it is late, those that tell that somebody asked after it.
    """

    incident: str
    reader: str
    notice: str
    kind: str
    sent_at: Instant
    acknowledged_at: Instant | None
    minutes: float | None
    limit_minutes: int | None
    late: bool
    proofs: tuple[Proof, ...] = ()

    @property
    def deadline(self) -> datetime | None:
        """Until when it was to be confirmed."""
        return None if self.limit_minutes is None else self.sent_at + timedelta(minutes=self.limit_minutes)


class ResponseTimes(Message):
    """One stakeholder over all notices that it was asked to confirm; the minutes are of those it has confirmed.

    `late` counts what was confirmed too late, `never` what was not confirmed at all.
    """

    reader: str
    asked: int
    confirmed: int
    median_minutes: float | None
    worst_minutes: float | None
    worst_kind: str | None
    late: int
    never: int


class ToldLate(Message):
    """A reader whom a notice reached later than others by more than its deadline, or only after an alternate."""

    incident: str
    reader: str
    notice: str
    kind: str
    first_sent_at: Instant
    told_at: Instant
    minutes_later: float
    because: str
    proofs: tuple[Proof, ...]


def answers(kept: Kept) -> Iterator[Answer]:
    """One for each notice and reader that it was sent to: from its first sending to its first confirmation."""
    entries = _about(
        kept.journal,
        JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED,
        JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE,
        JournalKind.DELIVERY_READER_ESCALATED,
    )
    for (notice, reader), lines in _sent(kept.ledger).items():
        sent = min(line.sent_at for line in lines if line.sent_at)
        confirmed = min((line.acknowledged_at for line in lines if line.acknowledged_at), default=None)
        minutes = None if confirmed is None else minutes_of(confirmed - sent)
        limit = kept.minutes_for(notice, reader)
        yield Answer(
            incident=kept.incident.reference,
            reader=reader,
            notice=notice,
            kind=lines[0].kind.value,
            sent_at=sent,
            acknowledged_at=confirmed,
            minutes=minutes,
            limit_minutes=limit,
            late=limit is not None and (minutes is None or minutes > limit),
            proofs=tuple(map(proof_of, entries.get((notice, reader), ()))),
        )


def by_reader(several: Iterable[Answer]) -> tuple[ResponseTimes, ...]:
    """Each stakeholder that was asked to confirm something, by id."""
    asked: dict[str, list[Answer]] = {}
    for one in several:
        if one.limit_minutes is not None:
            asked.setdefault(one.reader, []).append(one)
    return tuple(_times(reader, mine) for reader, mine in sorted(asked.items()))


def _times(reader: str, mine: Sequence[Answer]) -> ResponseTimes:
    took = [(one.minutes, one.kind) for one in mine if one.minutes is not None]
    worst = max(took, default=None)
    return ResponseTimes(
        reader=reader,
        asked=len(mine),
        confirmed=len(took),
        median_minutes=round(median(minutes for minutes, _ in took), 1) if took else None,
        worst_minutes=worst[0] if worst else None,
        worst_kind=worst[1] if worst else None,
        late=sum(one.late and one.minutes is not None for one in mine),
        never=sum(one.minutes is None for one in mine),
    )


def told_late(kept: Kept) -> Iterator[ToldLate]:
    """Whom a notice reached late. Late: by more than the reader's own time to confirm, after its first sending."""
    sent = _sent(kept.ledger)
    first: dict[str, datetime] = {}
    for (notice, _), lines in sent.items():
        mine = min(line.sent_at for line in lines if line.sent_at)
        first[notice] = min(mine, first.get(notice, mine))
    again = _about(kept.journal, JournalKind.DELIVERY_READER_ESCALATED)
    failed = _about(kept.journal, JournalKind.DELIVERY_READER_FAILED)
    for (notice, reader), lines in sent.items():
        told = min(line.sent_at for line in lines if line.sent_at)
        proofs = [*failed.get((notice, reader), ()), *again.get((notice, reader), ())]
        limit = kept.minutes_for(notice, reader)
        behind = limit is not None and told - first[notice] > timedelta(minutes=limit)
        if not behind and not proofs:
            continue
        if not behind and (notice, reader) in again:
            told = time_of_entry(again[notice, reader][0])
        yield ToldLate(
            incident=kept.incident.reference,
            reader=reader,
            notice=notice,
            kind=lines[0].kind.value,
            first_sent_at=first[notice],
            told_at=told,
            minutes_later=minutes_of(told - first[notice]),
            because=_why(lines, behind=behind, limit=limit, again=(notice, reader) in again),
            proofs=tuple(map(proof_of, proofs)),
        )


def _why(lines: Sequence[Delivery], *, behind: bool, limit: int | None, again: bool) -> str:
    if behind:
        return f"sent more than {limit} minutes after the first reader"
    if not again:
        return "one way failed, another was found"
    confirmed = min((line.acknowledged_at for line in lines if line.acknowledged_at), default=None)
    return "asked again over another contact point" + ("" if confirmed else ", and never confirmed")


def _sent(ledger: Iterable[Delivery]) -> _Lines:
    found: dict[tuple[str, str], list[Delivery]] = {}
    for line in ledger:
        if line.sent_at is not None and line.state in (DeliveryState.SENT, DeliveryState.ACKNOWLEDGED):
            found.setdefault((line.notice, line.reader), []).append(line)
    return found


def _about(entries: Iterable[JournalEntry], *kinds: JournalKind) -> dict[tuple[str, str], list[JournalEntry]]:
    """The entries of some kinds, by the notice and each reader they tell of."""
    found: dict[tuple[str, str], list[JournalEntry]] = {}
    for entry in entries:
        if entry.kind in kinds:
            for reader in readers_of(entry):
                found.setdefault((str(entry.data.get("notice")), reader), []).append(entry)
    return found
