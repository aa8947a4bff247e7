"""Recommendations about what no run of the other tests brings about: empty seats, failed deliveries, alarms."""

from datetime import timedelta

from exercises.improvement import Finding
from exercises.kept import Kept
from exercises.recommendations import Findings, Recommendation, recommendations
from exercises.remarks import remarks, withheld
from exercises.results import ObjectiveResult
from exercises.scoring import Scored
from leerp.rota import Hindered, Hindrance, Pattern, Quality, RotaView, Shortfall
from tests.exercises.scenarios import scenario
from tests.exercises.test_response_times import kept, line
from tests.exercises.test_scoring import START, entry


def recommended(of: Kept, *objectives: ObjectiveResult) -> tuple[Recommendation, ...]:
    """What follows from the record of an incident, and from objectives."""
    found = Findings(
        objectives=objectives,
        others=(),
        injects=(),
        answers=(),
        times=(),
        told_late=(),
        withheld=tuple(withheld(of)),
        alerts=(),
        remarks=tuple(remarks(of)),
    )
    return recommendations(scenario(), found, [of])


def lacking(role: str, hours: int) -> Shortfall:
    """Two empty seats from so many hours after the start."""
    begins = START + timedelta(hours=hours)
    people = (Hindered(officer="forensic-expert-1", because=Hindrance.DAILY_REST),)
    ends = begins + timedelta(hours=8)
    return Shortfall(shift=f"S-{hours}", role=role, starts_at=begins, ends_at=ends, missing=2, people=people)


def test_empty_seats_of_the_rota_are_one_recommendation_for_each_role() -> None:
    """With every shift and why nobody sits there, and the entry of the rota."""
    rota = RotaView(
        version=1,
        document="d",
        made_at=START,
        starts_at=START,
        ends_at=START + timedelta(days=1),
        pattern=Pattern.THREE_EIGHTS,
        quality=Quality.BEST,
        shifts=3,
        seats=9,
        missing=6,
        shortfalls=(lacking("analyst", 0), lacking("analyst", 8), lacking("forensics", 8)),
    )
    of = kept(journal=(entry(1, "coordination.rota.planned", 4),))
    found = recommended(of.model_copy(update={"incident": of.incident.model_copy(update={"rota": rota})}))
    assert [one.finding for one in found] == [Finding.ROTA_SHORTFALL] * 2
    assert "analyst, in 2 shifts" in found[0].text
    assert "01 Mar 16:00 UTC, 2: resting between two shifts: forensic-expert-1" in found[0].because
    assert [proof.seq for proof in found[0].proofs] == [4]


def test_what_failed_is_one_recommendation_for_each_way_and_reason() -> None:
    """Two readers over one channel for one reason belong together; withheld is no failure."""
    several = (
        line("a", None, reason="unreachable"),
        line("b", None, reason="unreachable"),
        line("c", None, reason="key_missing", channel="secure"),
        line("d", None, reason="no_channel", state="withheld"),
    )
    failed = entry(1, "delivery.reader.failed", 9, notice="N-1", readers=[{"reader": "a", "reason": "unreachable"}])
    found = [one for one in recommended(kept(*several, journal=(failed,))) if one.finding is Finding.DELIVERY_FAILED]
    assert [one.readers for one in found] == [("a", "b"), ("c",)]
    assert [proof.seq for proof in found[0].proofs] == [9]


def test_an_alarm_says_when_it_was_over() -> None:
    """A stuck notice that moves again ends its alarm; one that does not stays open."""
    journal = (
        entry(1, "delivery.notice.stuck", 1, notice="N-1", pending=3, because="no_movement"),
        entry(2, "delivery.notice.stuck", 2, notice="N-2", pending=1, because="no_movement"),
        entry(9, "delivery.notice.moving", 3, notice="N-1"),
    )
    moved, stuck = [one for one in recommended(kept(journal=journal)) if one.finding is Finding.ALARM]
    assert moved.because == "delivery.notice.stuck: over at 01 Mar 08:09 UTC."
    assert stuck.because == "delivery.notice.stuck: no entry says that it was over."


def missed(name: str, **more: str) -> ObjectiveResult:
    """An objective with one expectation, which is not met."""
    expectation = Scored(id=f"E-{name}", text="It is done.", objective=name, met=False, because="It was not.")
    return ObjectiveResult.model_validate(
        {"id": name, "text": "t", "met": False, "expectations": (expectation,), **more}
    )


def test_what_an_objective_itself_recommends_comes_first() -> None:
    """Before every other recommendation, in its words and with its owner; the table's words stand in for the rest."""
    failed = line("a", None, reason="unreachable")
    own = missed("O2", recommendation="Buy a second telephone.", owner="the quartermaster")
    first, second, third = recommended(kept(failed), missed("O1"), own)
    assert (first.objective, first.text, first.owner) == ("O2", "Buy a second telephone.", "the quartermaster")
    assert (second.objective, second.owner) == ("O1", "head of operations")
    assert second.text.endswith("repeat the exercise for it: O1, t")
    assert (third.finding, third.objective) == (Finding.DELIVERY_FAILED, None)
    assert first.expectations == ("E-O2",)


def test_nothing_found_is_nothing_recommended() -> None:
    """An incident without a fault asks for nothing."""
    assert recommended(kept(line("a", 0, 5))) == ()
