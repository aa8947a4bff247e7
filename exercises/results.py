"""What came of the objectives and injects of a scenario: met or not and how well, and how each inject went."""

from collections.abc import Iterator, Mapping, Sequence

from exercises.conditions import Condition, Scalar
from exercises.improvement import Rating, table
from exercises.injects import (
    ActInject,
    ContingencyInject,
    ContributionInject,
    DecisionInject,
    FaultInject,
    Inject,
    ReportInject,
    plain,
    senders,
)
from exercises.offsets import write_offset
from exercises.played import Played
from exercises.scenario import Scenario
from exercises.scoring import Scored
from leerp.marking import Marking
from leerp.model import Instant, Message


class InjectResult(Message):
    """An inject with the columns of its MSEL, and what became of it.

    `marking`: of what it says, where that has one. `condition`: what it waited for, in words. `fired` False: it
    was not played, because of its condition, its branch or a fault.
    """

    number: int
    offset: str
    at: Instant
    kind: str
    senders: tuple[str, ...]
    to: str
    delivery: str = ""
    description: str
    expected: str
    objective: str | None
    sources: tuple[str, ...]
    evaluator_note: str
    controller: str | None = None
    learning_point: str = ""
    max_minutes: int | None = None
    marking: str | None = None
    branch: str | None = None
    condition: str | None = None
    fired: bool = True
    as_expected: bool
    played: tuple[Played, ...]


class ObjectiveResult(Message):
    """An objective is met when every expectation under it is; one without expectations is left to the evaluators.

    `rating`: P, S, M or U by the table of improvement; None is for the evaluators to fill in. `otherwise`: its injects
    that went otherwise. `owner`, `recommendation`: as the scenario names them, for when it is not met.
    """

    id: str
    text: str
    met: bool | None
    rating: Rating | None = None
    expectations: tuple[Scored, ...]
    otherwise: tuple[int, ...] = ()
    owner: str = ""
    recommendation: str = ""

    @property
    def missed(self) -> tuple[Scored, ...]:
        """The expectations that are not met."""
        return tuple(one for one in self.expectations if not one.met)


def objective_results(
    scenario: Scenario, scored: Sequence[Scored], injects: Sequence[InjectResult]
) -> Iterator[ObjectiveResult]:
    """Every objective of the scenario, in its order."""
    for objective in scenario.objectives:
        mine = tuple(one for one in scored if one.objective == objective.id)
        otherwise = tuple(one.number for one in injects if one.objective == objective.id and not one.as_expected)
        met = sum(one.met for one in mine)
        yield ObjectiveResult(
            id=objective.id,
            text=objective.text,
            met=met == len(mine) if mine else None,
            rating=table().rate(met=met, of=len(mine), in_order=not otherwise),
            expectations=mine,
            otherwise=otherwise,
            owner=objective.owner or "",
            recommendation=objective.recommendation or "",
        )


def inject_results(scenario: Scenario, played: Sequence[Played]) -> tuple[InjectResult, ...]:
    """Every inject of the scenario, in its order."""
    notes: dict[int, list[Played]] = {}
    for one in played:
        notes.setdefault(one.number, []).append(one)
    return tuple(_inject(scenario, inject, tuple(notes.get(inject.number, ()))) for inject in scenario.injects)


def _inject(scenario: Scenario, inject: Inject, played: tuple[Played, ...]) -> InjectResult:
    marking = marking_of(inject)
    return InjectResult(
        number=inject.number,
        offset=write_offset(inject.at),
        at=scenario.time(inject.at),
        kind=_kind(inject),
        senders=senders(inject),
        to=inject.to,
        delivery=inject.delivery,
        description=inject.description,
        expected=inject.expected,
        objective=inject.objective,
        sources=inject.sources,
        evaluator_note=inject.evaluator_note,
        controller=inject.controller,
        learning_point=inject.learning_point,
        max_minutes=inject.max_minutes,
        marking=marking.banner if marking else None,
        branch=inject.branch,
        condition=_condition(inject),
        fired=not played or any(one.happened for one in played),
        as_expected=all(one.as_expected for one in played),
        played=played,
    )


def _kind(inject: Inject) -> str:
    """`act: decide`, `fault: channel_down`, `decision: launch`; of a contingency also what it does."""
    does = plain(inject)
    more = ""
    match does:
        case ActInject():
            more = f": {does.does.act.value}"
        case DecisionInject():
            more = f": {does.choice.value}"
        case FaultInject():
            more = f": {does.what.value}"
    lead = "contingency: " if isinstance(inject, ContingencyInject) else ""
    return f"{lead}{does.kind}{more}"


def marking_of(inject: Inject) -> Marking | None:
    """The marking of what an inject says; None where it says nothing that is marked."""
    does = plain(inject)
    return does.says.marking if isinstance(does, ReportInject | ContributionInject) else None


def _condition(inject: Inject) -> str | None:
    """What an inject waits for, in words."""
    if inject.when:
        return f"if there is {condition_words(inject.when)}"
    return f"unless there is {condition_words(inject.unless)}" if inject.unless else None


def condition_words(asked: Condition) -> str:
    """A condition on the journal in words: `triage.decision.made with choice launch by duty-officer after inject 9`."""
    words = asked.kind.value + _with(asked.where)
    words += f" by {asked.actor}" if asked.actor else ""
    words += f" about {asked.reader}" if asked.reader else ""
    if asked.after is None:
        return words
    after = asked.after
    since = f"inject {after.inject}" if after.kind is None else after.kind.value + _with(after.where)
    return f"{words} after {since}"


def _with(where: Mapping[str, Scalar]) -> str:
    return " with " + " and ".join(f"{key} {value}" for key, value in where.items()) if where else ""
