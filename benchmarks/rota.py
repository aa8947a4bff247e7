"""How long a rota takes: 30 people, 8 skills, 7 days of three shifts; and a re-plan when somebody is absent.

Prints one JSON document. `python benchmarks/rota.py [--seeds N]`: as many rotas of each kind, each from another seed.
`load_average` says how busy the machine was: a busy one lets the search run into its bound of time.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from leerp.rota import Hindrance, Need, Pattern, Seat, Shift, Stretch, lost
from matrices.roster_problem import Candidate, Limit, Problem
from matrices.rostering import Solution, solve
from matrices.shortfalls import shortfalls
from matrices.tables import content_of
from matrices.team_tables import load_rest_rules

BEGINS = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RULES = load_rest_rules(content_of("rest-rules"), name="rest-rules.yaml")
SKILLS, DAYS, ABSENT = 8, 7, 0.08
HOURS = 48 * 60


def problem(seed: int, *, people: int) -> Problem:
    """People of whom half can do more than one thing, and who are absent in one shift of twelve."""
    draw = Random(seed)  # noqa: S311 - no secret
    shifts = RULES.grid(Pattern.THREE_EIGHTS, starts_at=BEGINS, ends_at=BEGINS + timedelta(days=DAYS))
    needs = [Need(role=f"r{n}", name=f"r{n}", skill=f"r{n}", seats=1, importance=1) for n in range(SKILLS)]
    week = Stretch(starts_at=BEGINS, ends_at=BEGINS + timedelta(days=DAYS))
    return Problem(
        shifts=shifts,
        needs=tuple(needs),
        seats={shift.id: {need.role: 1 for need in needs} for shift in shifts},
        candidates=tuple(person(number, draw, shifts, week) for number in range(people)),
        periods=(week,),
        daily_rest_minutes=RULES.daily_rest.hours * 60,
        weekly_rest_minutes=RULES.weekly_rest.hours * 60,
    )


def person(number: int, draw: Random, shifts: tuple[Shift, ...], week: Stretch) -> Candidate:
    """Somebody."""
    others = {f"r{draw.randrange(SKILLS)}" for _ in range(draw.choice([0, 0, 1, 2]))}
    return Candidate(
        id=f"p{number:02}",
        roles=tuple(sorted({f"r{number % SKILLS}", *others})),
        blocked={shift.id: Hindrance.ABSENT for shift in shifts if draw.random() < ABSENT},
        nights=tuple(shift.id for shift in shifts if RULES.is_night(shift)),
        limits=(Limit(period=week, minutes=HOURS), Limit(period=week, minutes=HOURS, night=True)),
    )


def timed(asked: Problem) -> tuple[Solution, float, float]:
    """The answer, and the seconds it took by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = solve(asked)
    return found, time.perf_counter() - clock, time.process_time() - processor


def replanned(asked: Problem, published: tuple[Seat, ...]) -> Problem:
    """The same when whoever sits first on the second day is absent from then on; the first day has begun."""
    ahead = [shift for shift in asked.shifts if shift.starts_at >= BEGINS + timedelta(days=1)]
    named = {shift.id for shift in ahead}
    gone = next(one.officer for one in published if one.shift == ahead[0].id and one.officer)
    people = []
    for one in asked.candidates:
        worked = tuple(shift.stretch for shift in asked.sits(published, one.id) if shift.id not in named)
        rest = {
            s.id: Hindrance.DAILY_REST for w in worked for s in ahead if s.starts_at < w.ends_at + timedelta(hours=11)
        }
        away = dict.fromkeys(named, Hindrance.ABSENT) if one.id == gone else {}
        night = tuple(shift.stretch for shift in asked.sits(published, one.id) if shift.id in {*one.nights} - named)
        changes = {"blocked": one.blocked | rest | away, "worked": worked, "night_worked": night}
        people.append(one.model_copy(update=changes))
    seats = {shift: roles for shift, roles in asked.seats.items() if shift in named}
    still = tuple(one for one in published if one.shift in named)
    return asked.model_copy(
        update={"shifts": tuple(ahead), "candidates": tuple(people), "seats": seats, "published": still}
    )


def measured(asked: Problem) -> tuple[dict[str, Any], Solution]:
    """One rota, in numbers."""
    found, seconds, processor = timed(asked)
    shifts = Counter(one.officer for one in found.seats if one.officer)
    lacks = shortfalls(asked, found.seats)
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "quality": found.quality.value,
        "seats": len(found.seats),
        "missing": sum(one.missing for one in lacks),
        "missing_because": dict(Counter(person.because.value for one in lacks for person in one.people)),
        "shifts_each_least_most": [min(shifts.values()), max(shifts.values())],
        "taken_away": len(lost(asked.published, found.seats)),
    }, found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    wanted = parser.parse_args()
    solve(problem(0, people=2))  # loads the solver
    runs: dict[str, list[dict[str, Any]]] = {}
    for seed in range(wanted.seeds):
        for people in (30, 40):
            asked = problem(seed, people=people)
            numbers, found = measured(asked)
            runs.setdefault(f"{people} people", []).append(numbers)
            again, _ = measured(replanned(asked, found.seats))
            runs.setdefault(f"{people} people, one absent from the second day", []).append(again)
    print(
        json.dumps(
            {
                "what": f"{SKILLS} skills, {DAYS} days, three shifts a day, one seat of each skill",
                "python": platform.python_version(),
                "processors": os.cpu_count(),
                "load_average": os.getloadavg()[0],
                "median_seconds": {
                    name: statistics.median(one["seconds"] for one in found) for name, found in runs.items()
                },
                "runs": runs,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
