"""Response times: who took how long to confirm, and who was told late."""

from datetime import timedelta
from typing import Any

from exercises.kept import Kept
from exercises.response_times import answers, by_reader, told_late
from leerp.incidents import IncidentView, Phase, Status
from leerp.journal import JournalEntry
from leerp.notices import Delivery, DeliveryState, Mode, NoticeKind
from leerp.plans import Plan
from tests.exercises.test_scoring import START, entry

OVERDUE, ESCALATED = "delivery.acknowledgement.overdue", "delivery.reader.escalated"
FAILED = "delivery.reader.failed"


def line(reader: str, sent: float | None, confirmed: float | None = None, **more: Any) -> Delivery:
    """A delivery of an early warning, sent and confirmed so many minutes after the start."""
    state = DeliveryState.FAILED if sent is None else DeliveryState.ACKNOWLEDGED if confirmed else DeliveryState.SENT
    times = {
        name: START + timedelta(minutes=minutes)
        for name, minutes in (("sent_at", sent), ("acknowledged_at", confirmed))
        if minutes is not None
    }
    fields = {
        "notice": "N-1",
        "kind": NoticeKind.EARLY_WARNING,
        "channel": "email",
        "planned_at": START,
        "state": state,
    }
    return Delivery.model_validate({"reader": reader, **fields, **times, **more})


def kept(*lines: Delivery, journal: tuple[JournalEntry, ...] = (), **of_readers: int) -> Kept:
    """An incident with these deliveries; each asks to be confirmed within 30 minutes, or the reader's own."""
    view = IncidentView(
        reference="X",
        title="t",
        status=Status.EMERGENCY,
        phase=Phase.WARNING,
        mode=Mode.EXERCISE,
        marking="",
        reports=(),
        classification=None,
        decisions=(),
        team=(),
        notices=(),
        plan=Plan(),
        contributions=(),
        opened_at=START,
    )
    limits = {one.notice: 30 for one in lines}
    return Kept(
        journal=journal,
        ledger=lines,
        incident=view,
        acknowledge_within_minutes=limits,
        acknowledge_within_minutes_of={"N-1": of_readers},
    )


def test_the_median_is_of_what_was_confirmed() -> None:
    """Of three notices two were confirmed, after 10 and 40 minutes: median 25, worst 40, one late, one never."""
    lines = (line("a", 0, 10), line("a", 0, 40, notice="N-2"), line("a", 0, notice="N-3"))
    (found,) = by_reader(answers(kept(*lines)))
    assert (found.asked, found.confirmed, found.median_minutes, found.worst_minutes) == (3, 2, 25.0, 40.0)
    assert (found.late, found.never) == (1, 1)


def test_an_answer_counts_from_the_first_sending_to_the_first_confirmation() -> None:
    """Over two channels it is one answer; exactly at the deadline is in time."""
    both = (line("a", 0), line("a", 5, 30, channel="secure"))
    (answer,) = answers(kept(*both))
    assert (answer.minutes, answer.late) == (30.0, False)
    assert answer.deadline == START + timedelta(minutes=30)


def test_readers_of_a_group_have_their_own_time() -> None:
    """Whoever has ten minutes is late after twelve; the others are not."""
    found = {one.reader: one for one in answers(kept(line("a", 0, 12), line("b", 0, 12), a=10))}
    assert {name: (one.limit_minutes, one.late) for name, one in found.items()} == {"a": (10, True), "b": (30, False)}


def test_a_notice_that_asks_for_nothing_is_no_response_time() -> None:
    """Nobody is late with what nobody asked for."""
    asked_nothing = kept(line("a", 0)).model_copy(update={"acknowledge_within_minutes": {}})
    (answer,) = answers(asked_nothing)
    assert (answer.limit_minutes, answer.deadline, answer.late) == (None, None, False)
    assert by_reader([answer]) == ()


def test_told_late_is_later_than_the_first_by_more_than_the_deadline() -> None:
    """31 minutes after the first reader is late, 30 are not; a reader with a time of its own is measured by that."""
    lines = (line("a", 0), line("b", 30), line("c", 31), line("d", 12))
    found = {one.reader: one for one in told_late(kept(*lines, d=10))}
    assert {"c", "d"} == set(found)
    assert (found["c"].minutes_later, found["c"].because) == (31.0, "sent more than 30 minutes after the first reader")


def test_told_over_an_alternate_is_told_late() -> None:
    """Asked again over another contact point: late from that moment, with the entry that says so."""
    journal = (
        entry(30, ESCALATED, 1, notice="N-1", readers=["a"]),
        entry(60, OVERDUE, 2, notice="N-1", readers=["a", "b"]),
    )
    (late,) = told_late(kept(line("a", 0, 40), line("b", 0), journal=journal))
    assert (late.reader, late.minutes_later) == ("a", 30.0)
    assert late.because == "asked again over another contact point"
    assert [one.seq for one in late.proofs] == [1]


def test_told_over_another_channel_after_the_first_failed() -> None:
    """What failed over one channel and went over another is late too, and the failure proves it."""
    failed = entry(1, FAILED, 7, notice="N-1", readers=[{"reader": "a", "channel": "email", "reason": "unreachable"}])
    (late,) = told_late(kept(line("a", None), line("a", 9, channel="secure"), journal=(failed,)))
    assert (late.because, [one.seq for one in late.proofs]) == ("one way failed, another was found", [7])


def test_nobody_is_told_late_where_all_are_told_at_once() -> None:
    """A notice that went out and was confirmed in time."""
    assert list(told_late(kept(line("a", 0, 5), line("b", 1, 7)))) == []
