"""Scoring: whether what a scenario expects has happened, with the journal entries that prove it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation, Scalar
from exercises.kept import Kept
from exercises.played import Played, time_of
from exercises.scenario import Scenario
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Message
from leerp.notices import Delivery, DeliveryState


class Proof(Message):
    """One entry of a journal."""

    incident: str
    seq: int


class Scored(Message):
    """One expectation and whether it was met, `because` of what. `took_minutes`: until it was, from its start."""

    id: str
    text: str
    objective: str | None
    met: bool
    because: str
    proofs: tuple[Proof, ...] = ()
    within_minutes: int | None = None
    took_minutes: float | None = None


@dataclass(frozen=True)
class _Record:
    """All that a run has left, with every incident's entries and deliveries together."""

    entries: Sequence[JournalEntry]
    deliveries: Sequence[Delivery]
    outbox: Path


_TEXTS = (".txt", ".html", ".json", ".xml", ".ics")
"""Files whose bytes are text; a PDF says the same as they do."""


def score(scenario: Scenario, played: Sequence[Played], kept: Sequence[Kept], *, outbox: Path) -> tuple[Scored, ...]:
    """Every expectation of the scenario, in its order. `outbox`: the folder with what each reader received."""
    record = _Record(
        entries=[entry for one in kept for entry in one.journal],
        deliveries=[line for one in kept for line in one.ledger],
        outbox=outbox,
    )
    return tuple(_score(scenario, played, expectation, record) for expectation in scenario.expectations)


def _score(scenario: Scenario, played: Sequence[Played], expectation: Expectation, record: _Record) -> Scored:
    begin = _begin(scenario, played, expectation, record)
    if begin is None:
        return _scored(expectation, met=False, because="What it counts from has not happened.")
    limit = expectation.within_minutes
    end = begin + timedelta(minutes=limit) if limit else None
    if isinstance(expectation, JournalExpectation):
        return _score_journal(expectation, record, begin, end)
    return _score_delivery(expectation, record, begin, end)


def _scored(
    expectation: Expectation,
    *,
    met: bool,
    because: str,
    proofs: Iterable[JournalEntry] = (),
    took: timedelta | None = None,
) -> Scored:
    return Scored(
        id=expectation.id,
        text=expectation.text,
        objective=expectation.objective,
        met=met,
        because=because,
        proofs=tuple(Proof(incident=entry.incident, seq=entry.seq) for entry in proofs),
        within_minutes=expectation.within_minutes,
        took_minutes=None if took is None else round(took.total_seconds() / 60, 1),
    )


def _begin(scenario: Scenario, played: Sequence[Played], expectation: Expectation, record: _Record) -> datetime | None:
    after = expectation.after
    if after is None:
        return scenario.start
    if after.inject is not None:
        return time_of(played, after.inject)
    found = (_at(entry) for entry in record.entries if entry.kind is after.kind and _has(entry, after.where))
    return min(found, default=None)


def _at(entry: JournalEntry) -> datetime:
    return datetime.fromisoformat(entry.at)


def _has(entry: JournalEntry, where: Mapping[str, Scalar]) -> bool:
    return all(entry.data.get(key) == value for key, value in where.items())


def _is_about(entry: JournalEntry, reader: str) -> bool:
    several = entry.data.get("readers")
    named: list[JsonValue] = [entry.data.get("reader"), *(several if isinstance(several, list) else [])]
    return reader in [one.get("reader") if isinstance(one, dict) else one for one in named]


def _within(at: datetime | None, begin: datetime, end: datetime | None) -> bool:
    return at is not None and begin <= at and (end is None or at <= end)


def _score_journal(expectation: JournalExpectation, record: _Record, begin: datetime, end: datetime | None) -> Scored:
    found = [
        entry
        for entry in record.entries
        if entry.kind is expectation.kind
        and _within(_at(entry), begin, end)
        and _has(entry, expectation.where)
        and expectation.actor in (None, entry.actor)
        and (expectation.reader is None or _is_about(entry, expectation.reader))
    ]
    most = expectation.at_most
    met = expectation.at_least <= len(found) and (most is None or len(found) <= most)
    because = f"Of {expectation.kind.value} there are {len(found)}; {_wanted(expectation)} expected."
    took = min(map(_at, found)) - begin if found else None
    return _scored(expectation, met=met, because=because, proofs=found, took=took)


def _wanted(expectation: JournalExpectation) -> str:
    least, most = expectation.at_least, expectation.at_most
    if most is None:
        return f"{least} or more"
    return f"{least} to {most}" if least != most else f"{least or 'none'}"


_TIMES = {DeliveryState.SENT: "sent_at", DeliveryState.ACKNOWLEDGED: "acknowledged_at"}


def _score_delivery(expectation: DeliveryExpectation, record: _Record, begin: datetime, end: datetime | None) -> Scored:
    mine = [line for line in record.deliveries if (line.kind, line.reader) == (expectation.notice, expectation.reader)]
    wanted = {expectation.state}
    if expectation.state is DeliveryState.SENT:
        wanted.add(DeliveryState.ACKNOWLEDGED)
    times = {id(line): getattr(line, _TIMES.get(expectation.state, "planned_at")) for line in mine}
    found = [
        line
        for line in mine
        if line.state in wanted and expectation.reason in (None, line.reason) and _within(times[id(line)], begin, end)
    ]
    missing, leaked = _seen(expectation, found, record.outbox)
    states = ", ".join(sorted({line.state.value for line in mine})) or "nothing planned"
    because = f"{expectation.notice.value} for {expectation.reader}: {states}."
    because += "".join(f" Not shown: {text}." for text in missing) + "".join(f" Shown: {text}." for text in leaked)
    proofs = [entry for entry in record.entries if _proves(entry, expectation, {line.notice for line in found})]
    took = min(times[id(line)] for line in found) - begin if found else None
    met = bool(found) and not missing and not leaked
    return _scored(expectation, met=met, because=because, proofs=proofs, took=took)


def _seen(expectation: DeliveryExpectation, found: Sequence[Delivery], outbox: Path) -> tuple[list[str], list[str]]:
    """Of what the reader must see, what is missing; and of what it must not see, what is there."""
    folders = {folder for line in found for folder in (outbox / line.notice).glob(f"{line.reader}*")}
    mine = [folder for folder in folders if folder.name.partition("+")[0] == expectation.reader]
    files = (path for folder in sorted(mine) for path in sorted(folder.iterdir()) if path.suffix in _TEXTS)
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return [one for one in expectation.shows if one not in text], [one for one in expectation.hides if one in text]


def _proves(entry: JournalEntry, expectation: DeliveryExpectation, notices: set[str]) -> bool:
    """Whether an entry tells of what became of these notices for the reader."""
    if entry.data.get("notice") not in notices:
        return False
    if expectation.state is DeliveryState.SENT:
        return entry.kind.endswith(".notice.sent")
    kinds = {
        DeliveryState.ACKNOWLEDGED: JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED,
        DeliveryState.WITHHELD: JournalKind.DELIVERY_READER_WITHHELD,
        DeliveryState.FAILED: JournalKind.DELIVERY_READER_FAILED,
    }
    return entry.kind is kinds[expectation.state] and _is_about(entry, expectation.reader)
