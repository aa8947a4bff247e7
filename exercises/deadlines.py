"""Deadlines: of each expectation with a time limit, from when until when, and when it happened, in time or late."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from exercises.conditions import first_time, fits, has, time_of_entry
from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation
from exercises.kept import Kept
from exercises.played import Played, times_of
from exercises.response_times import Answer
from exercises.scenario import Scenario
from exercises.scoring import Proof, Scored, proof_of
from leerp.journal import JournalEntry
from leerp.model import Instant, Message
from leerp.notices import DeliveryState


class Deadline(Message):
    """An expectation with a time limit: from when it counted, until when, and when it happened, perhaps too late."""

    expectation: str
    text: str
    begins_at: Instant
    ends_at: Instant
    happened_at: Instant | None
    met: bool


def deadlines(
    scenario: Scenario,
    played: Sequence[Played],
    kept: Sequence[Kept],
    scored: Iterable[Scored],
    answers: Sequence[Answer],
) -> Iterator[Deadline]:
    """The expectations with a limit that have begun to count, in the order of the scenario."""
    entries = [entry for one in kept for entry in one.journal]
    times = times_of(played)
    by_id = {one.id: one for one in scored}
    for one in scenario.expectations:
        begin = first_time(one.after, entries, times) if one.after else scenario.start
        if begin is None or one.within_minutes is None or one.id not in by_id:
            continue
        result = by_id[one.id]
        took = result.took_minutes
        yield Deadline(
            expectation=one.id,
            text=one.text,
            begins_at=begin,
            ends_at=begin + timedelta(minutes=one.within_minutes),
            happened_at=_late(one, begin, entries, answers) if took is None else begin + timedelta(minutes=took),
            met=result.met,
        )


def _late(
    expectation: Expectation, begin: datetime, entries: Iterable[JournalEntry], answers: Iterable[Answer]
) -> datetime | None:
    """When something happened after all that was not there in time."""
    times: Iterable[datetime | None] = ()
    if isinstance(expectation, JournalExpectation) and expectation.at_most is None:
        times = (time_of_entry(one) for one in entries if fits(one, expectation))
    elif isinstance(expectation, DeliveryExpectation):
        mine = [one for one in answers if _is_of(one, expectation)]
        if expectation.state is DeliveryState.SENT:
            times = [one.sent_at for one in mine]
        elif expectation.state is DeliveryState.ACKNOWLEDGED:
            times = [one.acknowledged_at for one in mine]
    return min((at for at in times if at and at >= begin), default=None)


def _is_of(answer: Answer, expectation: DeliveryExpectation) -> bool:
    return (answer.kind, answer.reader) == (expectation.notice.value, expectation.reader)


def behind(missed: Scored, scenario: Scenario, kept: Sequence[Kept], answers: Iterable[Answer]) -> tuple[Proof, ...]:
    """What the journals have on an expectation that is not met: what it counts from, what there is, what came late."""
    expectation = next((one for one in scenario.expectations if one.id == missed.id), None)
    if expectation is None:
        return missed.proofs
    entries = [entry for one in kept for entry in one.journal]
    proofs = [*_origin(expectation, entries), *missed.proofs]
    if isinstance(expectation, JournalExpectation):
        proofs += [proof_of(one) for one in entries if fits(one, expectation)]
    elif isinstance(expectation, DeliveryExpectation):
        proofs += [proof for one in answers if _is_of(one, expectation) for proof in one.proofs]
    return tuple(dict.fromkeys(proofs))


def _origin(expectation: Expectation, entries: Iterable[JournalEntry]) -> tuple[Proof, ...]:
    after = expectation.after
    if after is None or after.kind is None:
        return ()
    meant = (one for one in entries if one.kind is after.kind and has(one, after.where))
    first = min(meant, key=time_of_entry, default=None)
    return (proof_of(first),) if first else ()
