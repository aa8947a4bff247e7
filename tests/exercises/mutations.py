"""Changed scenarios: injects at other times, reports lost, doubled or late, channels away, workers killed, people ill.

What a scenario expects is not kept: a changed one may well miss it. Only the rules must hold.
"""

import copy
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from exercises.offsets import parse_offset, write_offset
from exercises.scenario import Scenario
from exercises.setting import Setting, setting

Inject = dict[str, Any]
Change = Callable[[list[Inject]], list[Inject]]

READERS = (
    *("unit-operations", "liaison-de", "liaison-es", "poc-de", "poc-us", "csirt-lu", "csirt-de", "enisa"),
    *("partner-bank", "university-lab"),
)
"""Enough for every group of readers, every channel, and one whose clearance is unknown."""


def small_centre() -> Setting:
    """The centre of the example with few stakeholders, so that a run takes little."""
    centre = setting(None)
    few = tuple(one for one in centre.directory.stakeholders if one.id in READERS)
    assert len(few) == len(READERS)
    return centre.with_directory(centre.directory.model_copy(update={"stakeholders": few}))


def _report(at: str, by: str, number: int, **says: object) -> Inject:
    content = {
        "id": f"S-{number}",
        "title": f"The worm canary-{number:03} spreads",
        "narrative": f"It was seen where canary-{number:03} is.",
        "facts": {"activity": "effect", "sectors": ["health"], "countries": ["DE", "ES", "LU"], "spread": "fast"},
        "observables": [{"kind": "domain", "value": "worm.example"}],
    }
    return {"at": at, "kind": "report", "from": by, "description": "A source reports.", "says": content | says}


def _contribution(at: str, by: str, number: int, **marking: object) -> Inject:
    says = {
        "title": f"Machine canary-{number:03}",
        "narrative": f"Rented by canary-{number:03}.",
        "marking": {"level": "RESTREINT", **marking},
        "grade": {"scale": "4x4", "code": "A2"},
        "legal_basis": "Order of the court of the place",
        "observables": [{"kind": "ipv4", "value": "203.0.113.7"}],
    }
    return {"at": at, "kind": "contribution", "from": by, "description": "A country contributes.", "says": says}


def _act(at: str, by: str, **does: object) -> Inject:
    return {"at": at, "kind": "act", "from": by, "description": "An act.", "does": does, "reason": "It is time."}


def _confirm(at: str, notice: str, *readers: str) -> Inject:
    kind = {"kind": "acknowledge", "from": list(readers), "notice": notice, "over": "+00:20"}
    return {"at": at, "description": "They confirm.", **kind}


_TO_GERMANY = {"releasable_to": [["country:DE", "group:ec3"]]}

SMALL: dict[str, Any] = {
    "name": "small",
    "version": "1",
    "title": "A small emergency",
    "summary": "Reports of every level, a launch, a warning, a hit, a closure; every text has its canary word.",
    "sources": [{"id": "made-up", "text": "Invented", "basis": "invented"}],
    "start": "2026-03-02T07:00:00+00:00",
    "length": "+08:00",
    "objectives": [{"id": "O1", "text": "The rules hold."}],
    "injects": [
        _report("+00:05", "csirt-lu", 1, marking={"tlp": "TLP:AMBER"}, grade={"scale": "admiralty", "code": "B2"}),
        _report("+00:15", "liaison-es", 2, marking={"level": "RESTREINT"}, grade={"scale": "4x4", "code": "A1"}),
        _report("+00:25", "poc-de", 3, marking={"level": "CONFIDENTIEL", **_TO_GERMANY}),
        _act("+00:30", "duty-officer", act="decide", choice="launch"),
        _act("+00:33", "duty-officer-2", act="decide", choice="launch"),
        _act("+00:36", "head-of-operations", act="decide", choice="launch"),
        _confirm("+00:40", "launch_external", "csirt-lu", "poc-de", "poc-us"),
        _act("+01:00", "operational-analyst-1", act="assess", facts={"outlook": "worsening"}),
        _act("+01:10", "duty-officer", act="warn", notice="early_warning"),
        _act("+01:15", "duty-officer", act="release", notice="early_warning", restrictions_read=True),
        _act("+01:20", "deputy-head", act="release", notice="early_warning", restrictions_read=True),
        _confirm("+01:30", "early_warning", "csirt-de", "enisa"),
        _contribution("+02:00", "poc-de", 13),
        _contribution("+02:10", "liaison-es", 14),
        _report("+03:00", "enisa", 15, marking={"tlp": "TLP:GREEN"}),
        _act("+03:10", "duty-officer", act="warn", notice="update"),
        _act("+03:15", "duty-officer", act="release", notice="update", restrictions_read=True),
        _act("+03:20", "head-of-operations", act="release", notice="update", restrictions_read=True),
        _act("+04:00", "duty-officer", act="close", outcome="normal_procedure"),
        _act("+04:05", "head-of-operations", act="close", outcome="normal_procedure"),
    ],
}


def plain_form(scenario: Scenario) -> dict[str, Any]:
    """A scenario as a file would have it, without what it expects."""
    form: dict[str, Any] = json.loads(scenario.model_dump_json(by_alias=True, exclude_defaults=True))
    form.pop("expectations", None)
    return form


def changed(form: dict[str, Any], changes: Iterable[Change]) -> Scenario:
    """The scenario after these changes, its injects in the order of their times and numbered so.

    What an inject says of an earlier one by its number goes with it, and goes where that one is gone.
    """
    form = copy.deepcopy(form)
    form.pop("expectations", None)
    injects: list[Inject] = form["injects"]
    for place, inject in enumerate(injects, start=1):
        inject["was"] = inject.pop("number", place)
        for name in ("expected", "outcome", "turned_away", "refused"):
            inject.pop(name, None)
    for change in changes:
        injects = change(injects)
    injects, numbers = _numbered(sorted(injects, key=lambda one: parse_offset(one["at"])))
    branches = [one for one in form.pop("branches", []) if _all_there(one, numbers)]
    form["branches"] = [_renumbered(one, numbers) for one in branches]
    known = {one["id"] for one in branches} | {None}
    form["injects"] = [one for one in injects if one.get("branch") in known]
    return Scenario.model_validate(form)


def _numbered(injects: Sequence[Inject]) -> tuple[list[Inject], dict[object, int]]:
    """The injects with new numbers, and which number each had; without those that name one that does not come first."""
    numbers: dict[object, int] = {}
    kept: list[Inject] = []
    for inject in injects:
        was = inject.pop("was")
        if _all_there(inject, numbers):
            numbers.setdefault(was, len(kept) + 1)
            kept.append(_renumbered(inject, numbers) | {"number": len(kept) + 1})
    return kept, numbers


_NAMES_AN_INJECT = ("inject", "report", "incident")
"""Keys whose value, where it is a number, is that of another inject."""


def _all_there(value: object, numbers: dict[object, int]) -> bool:
    """Whether every inject that is named in something is there."""
    if isinstance(value, dict):
        named = [one for key, one in value.items() if key in _NAMES_AN_INJECT and isinstance(one, int)]
        return all(one in numbers for one in named) and all(_all_there(one, numbers) for one in value.values())
    return not isinstance(value, list) or all(_all_there(one, numbers) for one in value)


def _renumbered(value: Any, numbers: dict[object, int]) -> Any:
    if isinstance(value, dict):
        return {
            key: numbers[one] if key in _NAMES_AN_INJECT and isinstance(one, int) else _renumbered(one, numbers)
            for key, one in value.items()
        }
    return [_renumbered(one, numbers) for one in value] if isinstance(value, list) else value


def _late(place: int, minutes: int) -> Change:
    """One inject later than it was."""

    def change(injects: list[Inject]) -> list[Inject]:
        one = injects[place % len(injects)]
        at = parse_offset(one["at"]) + timedelta(minutes=minutes)
        return [*(other for other in injects if other is not one), one | {"at": write_offset(at)}]

    return change


def _swapped(place: int) -> Change:
    """Two neighbours at each other's time."""

    def change(injects: list[Inject]) -> list[Inject]:
        ordered = sorted(injects, key=lambda one: parse_offset(one["at"]))
        first, second = ordered[place % len(ordered)], ordered[(place + 1) % len(ordered)]
        rest = [one for one in ordered if one is not first and one is not second]
        return [*rest, first | {"at": second["at"]}, second | {"at": first["at"]}]

    return change


def _reports(injects: list[Inject]) -> list[Inject]:
    return [one for one in injects if one["kind"] in ("report", "contribution")]


def _lost(place: int) -> Change:
    """A report or contribution that never comes; one report stays."""

    def change(injects: list[Inject]) -> list[Inject]:
        some = _reports(injects)
        gone = some[place % len(some)]
        if gone["kind"] == "report" and sum(one["kind"] == "report" for one in some) == 1:
            return injects
        return [one for one in injects if one is not gone]

    return change


def _doubled(place: int, minutes: int) -> Change:
    """A report or contribution that is sent a second time."""

    def change(injects: list[Inject]) -> list[Inject]:
        some = _reports(injects)
        one = some[place % len(some)]
        at = parse_offset(one["at"]) + timedelta(minutes=minutes)
        return [*injects, copy.deepcopy(one) | {"at": write_offset(at), "was": f"{one['was']} again"}]

    return change


def _failing(at: int, fault: tuple[str, str | None], lasts: int | None) -> Change:
    """Something fails for some minutes; None for the rest of the exercise."""
    what, name = fault
    named = {} if name is None else {"channel" if what == "channel_down" else "officer": name}
    long = {} if lasts is None or what == "worker_killed" else {"lasts": write_offset(timedelta(minutes=lasts))}

    def change(injects: list[Inject]) -> list[Inject]:
        body = {"kind": "fault", "what": what, "description": "Something fails.", "was": f"fault {at}"}
        return [*injects, {"at": write_offset(timedelta(minutes=at)), **body, **named, **long}]

    return change


_PLACES = st.integers(min_value=0, max_value=200)
_SHORT = [
    *(("channel_down", name) for name in ("email", "secure", "outbox")),
    *(("officer_ill", name) for name in ("duty-officer", "head-of-operations")),
]
_WHOLE = [*_SHORT, ("worker_killed", None)]


def changes(*, minutes: int, most: int = 5, whole: bool = False) -> st.SearchStrategy[list[Change]]:
    """Up to so many changes, within so many minutes of a scenario.

    `whole`: also what takes long to play: workers that are killed, and channels that stay away to the end.
    """
    delays = st.integers(min_value=1, max_value=90)
    long = st.integers(1, 60)
    one = st.one_of(
        st.builds(_late, _PLACES, delays),
        st.builds(_swapped, _PLACES),
        st.builds(_lost, _PLACES),
        st.builds(_doubled, _PLACES, delays),
        st.builds(
            _failing,
            st.integers(1, minutes),
            st.sampled_from(_WHOLE if whole else _SHORT),
            st.none() | long if whole else long,
        ),
    )
    return st.lists(one, min_size=1, max_size=most)
