"""Three days of a made-up emergency in two hundred injects: what the speed of a fast run is measured with."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from exercises.offsets import write_offset
from exercises.scenario import Scenario

INJECTS = 200
HOURS = 72

_DESK = {"first": "duty-officer", "second": "head-of-operations"}
_INSIDE = (
    *("jcat", "liaison-at", "liaison-be", "liaison-de", "liaison-es", "liaison-fr", "liaison-nl"),
    "unit-operations",
)
_OUTSIDE = (
    *("cert-eu", "csirt-de", "csirt-ee", "csirt-fr", "csirt-lu", "csirt-nl", "enisa", "eurojust"),
    *("interpol", "poc-cz", "poc-de", "poc-fr", "poc-pt"),
)
_SOURCES = ("csirt-fr", "csirt-de", "csirt-nl", "csirt-ee", "poc-de", "poc-fr", "enisa", "cert-eu", "university-lab")
_COUNTRIES = {"poc-fr": "FR", "poc-de": "DE", "liaison-es": "ES"}

Inject = dict[str, Any]


def three_days(*, injects: int = INJECTS) -> Scenario:
    """The scenario: reports, contributions, confirmations, acts and notices, all phases from report to closure.

    What is fixed is filled up with reports, one after another over the three days.
    """
    fixed = [*_launch(), *_warnings(), *_meetings(), *_plan(), *_contributions(), *_closure()]
    more = injects - len(fixed)
    all_of_them = sorted([*fixed, *_reports(more)], key=lambda one: one["at"])
    return Scenario.model_validate(
        {
            "name": "three-days",
            "version": "1",
            "title": "Three days in two hundred injects",
            "summary": "Made up to measure how fast a run is.",
            "sources": [{"id": "made-up", "text": "Invented", "basis": "invented"}],
            "start": "2026-03-02T07:00:00+00:00",
            "length": f"+{HOURS}:00",
            "objectives": [{"id": "O1", "text": "The whole protocol is gone through."}],
            "injects": [
                {**one, "number": number, "at": write_offset(one["at"])} for number, one in enumerate(all_of_them, 1)
            ],
            "expectations": [
                {"id": "E1", "text": "It is launched.", "kind": "triage.decision.made", "where": {"choice": "launch"}},
                {"id": "E2", "text": "It is closed.", "kind": "closure.incident.closed"},
            ],
        }
    )


def _at(hours: int, minutes: float = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes)


def _act(at: timedelta, by: str, **does: object) -> Inject:
    return {
        "at": at,
        "kind": "act",
        "from": _DESK[by],
        "description": "An officer acts.",
        "does": does,
        "reason": "As the procedure asks.",
    }


def _two(at: timedelta, **does: object) -> Iterator[Inject]:
    """An act that takes two people."""
    yield _act(at, "first", **does)
    yield _act(at + timedelta(minutes=4), "second", **does)


def _confirmed(at: timedelta, notice: str, readers: tuple[str, ...]) -> Iterator[Inject]:
    """Each reader confirms by itself, two minutes after the one before."""
    for number, reader in enumerate(readers):
        yield {
            "at": at + timedelta(minutes=2 * number),
            "kind": "acknowledge",
            "from": [reader],
            "notice": notice,
            "description": "A reader confirms.",
        }


def _reports(number: int) -> Iterator[Inject]:
    """The same worm seen by one source after another, over the whole time."""
    for index in range(number):
        yield {
            "at": _at(0, 5) + index * timedelta(hours=64) / number // timedelta(minutes=1) * timedelta(minutes=1),
            "kind": "report",
            "from": _SOURCES[index % len(_SOURCES)],
            "description": "A source reports.",
            "says": {
                "title": f"The worm is seen in network {index + 1}",
                "narrative": "It moves by itself and encrypts what it finds.",
                "grade": {"scale": "4x4", "code": "A2"},
                "facts": {
                    "activity": "effect",
                    "sectors": ["health"],
                    "countries": ["ES", "PT", "FR"],
                    "spread": "fast",
                    "outlook": "worsening",
                },
                "observables": [
                    {"kind": "domain", "value": "worm.example"},
                    {"kind": "ipv4", "value": f"198.51.100.{index + 1}"},
                ],
            },
        }


def _launch() -> Iterator[Inject]:
    yield from _two(_at(1), act="decide", choice="launch")
    yield from _confirmed(_at(1, 6), "launch_internal", _INSIDE)
    yield from _confirmed(_at(1, 7), "launch_external", _OUTSIDE)


def _warnings() -> Iterator[Inject]:
    said = {"text": "A worm with ransomware as its load.", "marking": {"level": "RESTREINT"}}
    yield _act(_at(2), "first", act="assess", assessment=said)
    yield _act(_at(2, 10), "first", act="warn", notice="early_warning")
    yield from _two(_at(2, 15), act="release", notice="early_warning", restrictions_read=True)
    yield from _confirmed(_at(2, 21), "early_warning", (*_INSIDE[:5], *_OUTSIDE[:5]))
    for hours in (12, 24, 36, 48, 60):
        facts = {"victims_min": hours * 10}
        yield _act(_at(hours), "first", act="assess", facts=facts)
        yield _act(_at(hours, 10), "first", act="warn", notice="update")
        yield from _two(_at(hours, 15), act="release", notice="update", restrictions_read=True)
        yield from _confirmed(_at(hours, 21), "update", _OUTSIDE[:4])


def _meetings() -> Iterator[Inject]:
    for hours in (3, 25, 49):
        yield _act(_at(hours, 1), "first", act="meet", meeting_at=f"+{hours + 2}:00", place="Bridge", eurojust=True)
        yield from _confirmed(_at(hours, 3), "meeting", (*_INSIDE[:3], "eurojust", "poc-cz", "poc-de", "poc-fr"))


def _plan() -> Iterator[Inject]:
    for number in range(6):
        owner, country = list(_COUNTRIES.items())[number % 3]
        action = {
            "id": f"{country}-{number}",
            "title": "Ask for the records of a server",
            "type": "disclosure_request",
            "owner": owner,
            "country": country,
            "targets": [{"kind": "domain", "value": f"server-{number}.example"}],
            "starts": f"+{20 + number}:00",
            "ends": f"+{40 + number}:00",
            "legal_basis": "Order of the court of the place",
        }
        yield _act(_at(6, 3 * number), "first", act="plan_add", action=action)
    for number, country in enumerate(_COUNTRIES.values()):
        yield _act(_at(7, 2 * number), "first", act="plan_agree", country=country)
    yield _act(_at(7, 10), "first", act="plan_draft")
    yield from _two(_at(7, 12), act="release", notice="action_plan", restrictions_read=True)
    yield from _confirmed(_at(7, 20), "action_plan", ("liaison-de", "liaison-es", "liaison-fr", "poc-de", "poc-fr"))


def _contributions() -> Iterator[Inject]:
    givers = ("poc-de", "liaison-fr", "liaison-nl", "liaison-es", "poc-pt")
    for number in range(30):
        yield {
            "at": _at(8, 90 * number + 7),
            "kind": "contribution",
            "from": givers[number % len(givers)],
            "description": "A country contributes.",
            "says": {
                "title": f"Machine {number}",
                "narrative": "It was rented three days before.",
                "marking": {"level": "RESTREINT"},
                "grade": {"scale": "4x4", "code": "A2"},
                "legal_basis": "Order of the court of the place",
                "observables": [{"kind": "ipv4", "value": f"203.0.113.{number // 2}"}],
            },
        }


def _closure() -> Iterator[Inject]:
    facts = {"spread": "contained", "outlook": "improving"}
    yield _act(_at(65), "first", act="assess", facts=facts)
    yield from _two(_at(66), act="close", outcome="normal_procedure")
