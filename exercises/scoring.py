"""Scoring: whether what a scenario expects has happened, with the journal entries that prove it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from exercises.conditions import first_time, fits, is_about, time_of_entry
from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation, SightExpectation
from exercises.kept import Kept
from exercises.offsets import minutes_of
from exercises.played import Played, times_of
from exercises.scenario import Scenario
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Message
from leerp.notices import Delivery, DeliveryState


class Proof(Message):
    """One entry of a journal."""

    incident: str
    seq: int


def proof_of(entry: JournalEntry) -> Proof:
    """An entry as a proof."""
    return Proof(incident=entry.incident, seq=entry.seq)


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
        stayed_away = _stayed_away(scenario, played, expectation)
        because = f"Not asked: {stayed_away}" if stayed_away else "What it counts from has not happened."
        return _scored(expectation, met=stayed_away is not None, because=because)
    limit = expectation.within_minutes
    end = begin + timedelta(minutes=limit) if limit else None
    match expectation:
        case JournalExpectation():
            return _score_journal(expectation, record, begin, end)
        case DeliveryExpectation():
            return _score_delivery(expectation, record, begin, end)
        case SightExpectation():
            return _score_sight(expectation, record, begin, end)


def _stayed_away(scenario: Scenario, played: Sequence[Played], expectation: Expectation) -> str | None:
    """That the inject from which it counts was not played, where it may be left out; None for any other."""
    number = expectation.after.inject if expectation.after else None
    inject = scenario.inject(number) if number is not None else None
    if inject is None or not (inject.branch or inject.when or inject.unless):
        return None
    away = [one for one in played if one.number == number and not one.happened]
    return f"inject {number} was not played." if away else None


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
        proofs=tuple(map(proof_of, proofs)),
        within_minutes=expectation.within_minutes,
        took_minutes=None if took is None else minutes_of(took),
    )


def _begin(scenario: Scenario, played: Sequence[Played], expectation: Expectation, record: _Record) -> datetime | None:
    after = expectation.after
    if after is None:
        return scenario.start
    return first_time(after, record.entries, times_of(played))


def _within(at: datetime | None, begin: datetime, end: datetime | None) -> bool:
    return at is not None and begin <= at and (end is None or at <= end)


def _score_journal(expectation: JournalExpectation, record: _Record, begin: datetime, end: datetime | None) -> Scored:
    found = [
        entry for entry in record.entries if fits(entry, expectation) and _within(time_of_entry(entry), begin, end)
    ]
    most = expectation.at_most
    met = expectation.at_least <= len(found) and (most is None or len(found) <= most)
    because = f"Of {expectation.kind.value} there are {len(found)}; {_wanted(expectation)} expected."
    took = min(map(time_of_entry, found)) - begin if found else None
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
    text = "\n".join(_text_of(line, outbox) for line in {(one.notice, one.reader): one for one in found}.values())
    return [one for one in expectation.shows if one not in text], [one for one in expectation.hides if one in text]


def _text_of(line: Delivery, outbox: Path) -> str:
    """All that a reader received of a notice, over whatever channel."""
    folders = (outbox / line.notice).glob(f"{line.reader}*")
    mine = [folder for folder in folders if folder.name.partition("+")[0] == line.reader]
    files = (path for folder in sorted(mine) for path in sorted(folder.iterdir()) if path.suffix in _TEXTS)
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _score_sight(expectation: SightExpectation, record: _Record, begin: datetime, end: datetime | None) -> Scored:
    """Whether a text stands in anything that went to a reader within the time, by when it was first sent."""
    mine = [line for line in record.deliveries if line.reader == expectation.reader and line.sent_at]
    found = [line for line in mine if _within(line.sent_at, begin, end)]
    sought = expectation.could_see or expectation.never_sees or ""
    holding = [line for line in found if sought in _text_of(line, record.outbox)]
    first = min((line.sent_at for line in holding if line.sent_at), default=None)
    there = f"stands in {len(holding)} of them" if holding else "stands in none of them"
    because = (
        f"{len({one.notice for one in found})} notices went to {expectation.reader} in that time; {sought} {there}."
    )
    notices = {line.notice for line in holding}
    proofs = [one for one in record.entries if one.kind.endswith(".notice.sent") and one.data.get("notice") in notices]
    met = bool(holding) if expectation.could_see is not None else not holding
    return _scored(expectation, met=met, because=because, proofs=proofs, took=first - begin if first else None)


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
    return entry.kind is kinds[expectation.state] and is_about(entry, expectation.reader)
