"""Other decisions for a recorded scenario: what the table recommends, at the time at which it first does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from exercises.counterfactual import launch_recommended
from exercises.measures import Level, Measures
from exercises.offsets import parse_offset, second, write_offset
from exercises.recorded_book import Body
from exercises.scenario import Scenario
from exercises.setting import Setting
from leerp.errors import BadInputError
from leerp.incidents import Choice
from leerp.notices import NoticeKind
from leerp.protocol import ActName
from leerp.stakeholders import Role

_CLASSIFYING = (ActName.GRADE, ActName.ASSESS)
_NAMES = ("report", "call", "proposal", "product", "room", "incident")
"""Keys of an inject, or of what it does, that name another inject by its number."""


def bodies(scenario: Scenario) -> list[Body]:
    """The injects of a scenario as its file has them."""
    injects: list[Body] = scenario.document["injects"]
    return injects


def with_injects(scenario: Scenario, injects: Sequence[Body]) -> Scenario:
    """The same scenario with other injects."""
    return Scenario.model_validate({**scenario.document, "injects": list(injects)})


def classifying(scenario: Scenario) -> Scenario:
    """Only what classifies: reports, grades and assessments."""
    return with_injects(scenario, [one for one in bodies(scenario) if _act(one) in (None, *_CLASSIFYING)])


def without_tables(scenario: Scenario) -> Scenario:
    """The same scenario, in which nobody puts the incident under another table."""
    injects = bodies(scenario)
    for one in injects:
        if _act(one) is ActName.ASSESS:
            one["does"].pop("table", None)
    return with_injects(scenario, injects)


def _act(inject: Body) -> str | None:
    """What an inject does; None for a report, and another word for what is neither."""
    if inject["kind"] == "act":
        return ActName(inject["does"]["act"]) if inject["does"]["act"] in set(ActName) else str(inject["does"]["act"])
    return None if inject["kind"] == "report" else str(inject["kind"])


def redecided(
    scenario: Scenario,
    before: Sequence[Measures],
    measured: Sequence[Measures],
    *,
    incidents: Mapping[int, int],
    centre: Setting,
) -> Scenario:
    """The scenario with the decisions that are recommended instead of those that were taken.

    `before`: what is on record of each incident, in the order of their opening. `measured`: how each is classified when
    nobody decides anything. `incidents`: by the number of an inject, its incident, 0 the first. Raises BadInputError
    when the team has nobody who could decide.
    """
    injects = bodies(scenario)
    kept = [_answered(one, before, measured, incidents) for one in injects if _act(one) is not ActName.DECIDE]
    fresh: list[Body] = []
    decided = [inject for inject in injects if _act(inject) is ActName.DECIDE]
    for number, one in enumerate(measured):
        mine = [inject for inject in decided if incidents.get(inject["number"]) == number]
        first = min((inject for inject, place in incidents.items() if place == number), default=None)
        said = {"incident": first} if first and len(before) > 1 else {}
        fresh += [inject | said for inject in _decisions(scenario, mine, one.levels, centre=centre)]
    merged = sorted([*kept, *fresh], key=lambda inject: parse_offset(inject["at"]))
    return _renumbered(scenario, merged)


def _decisions(
    scenario: Scenario, recorded: Sequence[Body], levels: Sequence[Level], *, centre: Setting
) -> Iterator[Body]:
    launch = launch_recommended(levels)
    proposed: str | None = None
    for one in recorded:
        at = scenario.time(parse_offset(one["at"]))
        choice = one["does"]["choice"]
        confirms, proposed = choice == proposed, choice if choice == Choice.LAUNCH else None
        standing = _standing(levels, at)
        if confirms or standing is None or (launch is not None and second(launch) <= at):
            continue
        yield {**one, "does": {"act": "decide", "choice": standing}, "reason": _WHY}
    if launch is None:
        return
    offset = write_offset(second(launch) - scenario.start)
    for officer in _deciders(recorded, centre):
        yield {
            "number": 0,
            "at": offset,
            "kind": "act",
            "from": officer,
            "description": "What is recommended is done at once.",
            "does": {"act": "decide", "choice": "launch"},
            "reason": _WHY,
        }


def _answered(
    inject: Body, before: Sequence[Measures], measured: Sequence[Measures], places: Mapping[int, int]
) -> Body:
    """A confirmation of a launch notice, as long after it as on record; every other inject as it is."""
    number = places.get(inject["number"], 0)
    if inject["kind"] != "acknowledge" or inject["notice"] not in _AT_LAUNCH or number >= len(measured):
        return inject
    recorded, launch = _launched(before[number]), launch_recommended(measured[number].levels)
    sent = {one.reader: one.sent_at for one in before[number].told if one.kind == inject["notice"]}
    told_at = [sent.get(reader) for reader in inject["from"]]
    if recorded is None or launch is None or any(at is None or abs(at - recorded) > _AT_ONCE for at in told_at):
        return inject
    moved = parse_offset(inject["at"]) + (launch - recorded)
    return inject | {"at": write_offset(max(timedelta(seconds=round(moved.total_seconds())), timedelta()))}


_AT_LAUNCH = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
_AT_ONCE = timedelta(minutes=10)
"""So soon after the decision a launch notice was sent because of it, and not to somebody who joined late."""


def _launched(measured: Measures) -> datetime | None:
    return next((one.at for one in measured.decisions if one.what == "decide launch"), None)


_WHY = "It is what the table recommends."


def _standing(levels: Sequence[Level], at: datetime) -> str | None:
    """What was recommended at a time."""
    return next((one.recommendation for one in reversed(levels) if second(one.at) <= at), None)


def _deciders(recorded: Sequence[Body], centre: Setting) -> list[str]:
    """Who launches: who did on record, else whoever of the team may; two where the policy asks for two."""
    launched = [one["from"] for one in recorded if one["does"]["choice"] == Choice.LAUNCH]
    named = list(dict.fromkeys(launched))
    wanted = 2 if ActName.DECIDE in centre.policy.four_eyes else 1
    if len(named) >= wanted:
        return named[-wanted:]
    first = _with_role(centre, Role.OFFICER, but=None)
    second = _with_role(centre, Role.APPROVER, but=first)
    return [first, second][:wanted]


def _with_role(centre: Setting, role: Role, *, but: str | None) -> str:
    found = next((one for one in centre.team if role in one.roles and one.id != but), None)
    if found is None:
        raise BadInputError(f"the team has no other {role.value} to launch as recommended; name another with --team")
    return found.id


def _renumbered(scenario: Scenario, injects: Sequence[Body]) -> Scenario:
    """Ascending numbers again; whatever names an inject names it by its new number."""
    numbers = {one["number"]: place for place, one in enumerate(injects, start=1) if one["number"]}
    fresh = [_named(one, numbers) | {"number": place} for place, one in enumerate(injects, start=1)]
    return with_injects(scenario, fresh)


def _named(inject: Body, numbers: Mapping[int, int]) -> Body:
    changed: Body = {name: numbers.get(value, value) for name, value in inject.items() if name in _NAMES}
    does = inject.get("does")
    if isinstance(does, dict):
        within = {
            name: numbers.get(value, value) for name, value in does.items() if name in _NAMES and isinstance(value, int)
        }
        items = {"items": [numbers.get(one, one) for one in does["items"]]} if "items" in does else {}
        changed["does"] = does | within | items
    return inject | changed
