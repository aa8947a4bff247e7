"""The after-action report: what was to be shown, what happened, who answered when, what was withheld, what to improve.

Its headings follow the after-action reports and improvement plans of HSEEP: overview, objectives, analysis,
improvement plan. This module puts together what is in it; `report_page` and `report_document` show it.
"""

from collections.abc import Iterable, Iterator, Sequence

from exercises.deadlines import Deadline, deadlines
from exercises.kept import Kept
from exercises.known_facts import FactStory, MessageTold, fact_stories, messages
from exercises.offsets import minutes_of
from exercises.played import CAST, Played
from exercises.recommendations import Findings, Recommendation, recommendations
from exercises.remarks import AlertResult, Remark, Weight, Withheld, alerts, remarks, withheld
from exercises.response_times import Answer, ResponseTimes, ToldLate, answers, by_reader, told_late
from exercises.results import (
    InjectResult,
    ObjectiveResult,
    inject_results,
    marking_of,
    objective_results,
)
from exercises.scenario import FactSource, Scenario
from exercises.scoring import Scored
from leerp.incidents import Decision, IncidentView, NoticeView
from leerp.marking import join_all
from leerp.model import Instant, Message


class BranchResult(Message):
    """A branch of the scenario, and whether it was taken; None where none of its injects was due."""

    id: str
    text: str
    injects: tuple[int, ...]
    taken: bool | None


class AfterAction(Message):
    """`after-action.json`. Nothing in it depends on when or how fast the run really was.

    `incident` is the first one of the run, `other_incidents` are the further ones; every line of the other parts says
    to which incident it belongs. `marking`: the join of everything that the report quotes. `cast`: what the cast did of
    its own accord.
    """

    exercise: str
    version: str
    title: str
    summary: str
    seed: int
    marking: str
    starts_at: Instant
    ends_at: Instant
    incident: IncidentView
    other_incidents: tuple[IncidentView, ...] = ()
    sources: tuple[FactSource, ...]
    met: bool
    failures: tuple[str, ...]
    objectives: tuple[ObjectiveResult, ...]
    other_expectations: tuple[Scored, ...]
    deadlines: tuple[Deadline, ...] = ()
    injects: tuple[InjectResult, ...]
    cast: tuple[Played, ...] = ()
    branches: tuple[BranchResult, ...] = ()
    answers: tuple[Answer, ...]
    response_times: tuple[ResponseTimes, ...] = ()
    told_late: tuple[ToldLate, ...] = ()
    withheld: tuple[Withheld, ...]
    alerts: tuple[AlertResult, ...] = ()
    facts: tuple[FactStory, ...] = ()
    messages: tuple[MessageTold, ...] = ()
    remarks: tuple[Remark, ...]
    recommendations: tuple[Recommendation, ...] = ()
    journal_entries: int

    @property
    def incidents(self) -> tuple[IncidentView, ...]:
        """All incidents of the run, its own first."""
        return (self.incident, *self.other_incidents)

    @property
    def decisions(self) -> tuple[tuple[str, Decision], ...]:
        """What people decided in all incidents, each with the reference of its incident, in the order of time."""
        every = [(one.reference, decision) for one in self.incidents for decision in one.decisions]
        return tuple(sorted(every, key=lambda pair: pair[1].at))

    @property
    def notices(self) -> tuple[tuple[str, NoticeView], ...]:
        """What went out in all incidents, each with the reference of its incident, in the order of time."""
        every = [(one.reference, notice) for one in self.incidents for notice in one.notices if notice.released]
        return tuple(sorted(every, key=lambda pair: pair[1].issued_at))

    @property
    def late_minutes(self) -> dict[str, float]:
        """By expectation, how long it took what came after its deadline."""
        return {
            one.expectation: minutes_of(one.happened_at - one.begins_at)
            for one in self.deadlines
            if one.happened_at and one.happened_at > one.ends_at
        }

    @property
    def alarms(self) -> tuple[Remark, ...]:
        """Those of the remarks that should have called somebody."""
        return tuple(one for one in self.remarks if one.weight is Weight.ALARM)

    @property
    def conditional(self) -> tuple[InjectResult, ...]:
        """The injects that waited for something: conditions, contingencies, branches."""
        return tuple(one for one in self.injects if one.condition or one.branch)


def after_action(
    scenario: Scenario, played: Sequence[Played], kept: Sequence[Kept], scored: Sequence[Scored], *, seed: int
) -> AfterAction:
    """The report of a run; the first incident kept is the run's own."""
    injects = inject_results(scenario, played)
    cast = tuple(one for one in played if one.number == CAST)
    failures = (*_unmet(scored), *_otherwise(injects), *_miscast(cast))
    told = tuple(one for each in kept for one in answers(each))
    found = Findings(
        objectives=tuple(objective_results(scenario, scored, injects)),
        others=tuple(one for one in scored if one.objective is None),
        injects=injects,
        answers=told,
        times=by_reader(told),
        told_late=tuple(one for each in kept for one in told_late(each)),
        withheld=tuple(one for each in kept for one in withheld(each)),
        alerts=tuple(alerts(kept)),
        remarks=tuple(sorted((one for each in kept for one in remarks(each)), key=lambda one: one.at)),
    )
    return AfterAction(
        exercise=scenario.name,
        version=scenario.version,
        title=scenario.title,
        summary=scenario.summary,
        seed=seed,
        marking=_marking(scenario, kept),
        starts_at=scenario.start,
        ends_at=scenario.end,
        incident=kept[0].incident,
        other_incidents=tuple(one.incident for one in kept[1:]),
        sources=scenario.sources,
        met=not failures,
        failures=failures,
        objectives=found.objectives,
        other_expectations=found.others,
        deadlines=tuple(deadlines(scenario, played, kept, scored, told)),
        injects=injects,
        cast=cast,
        branches=tuple(_branches(scenario, injects)),
        answers=found.answers,
        response_times=found.times,
        told_late=found.told_late,
        withheld=found.withheld,
        alerts=found.alerts,
        facts=tuple(fact_stories(scenario, played, kept)),
        messages=tuple(messages(scenario, played)),
        remarks=found.remarks,
        recommendations=recommendations(scenario, found, kept),
        journal_entries=sum(len(one.journal) for one in kept),
    )


def _unmet(scored: Iterable[Scored]) -> Iterator[str]:
    return (f"Expectation {one.id} is not met: {one.text} {one.because}" for one in scored if not one.met)


def _otherwise(injects: Iterable[InjectResult]) -> Iterator[str]:
    for inject in injects:
        for one in inject.played:
            if not one.as_expected:
                yield f"Inject {inject.number} ({one.sender}) went otherwise: {one.became}"


def _miscast(cast: Iterable[Played]) -> Iterator[str]:
    return (f"{one.sender} of the cast went otherwise: {one.became}" for one in cast if not one.as_expected)


def _marking(scenario: Scenario, kept: Sequence[Kept]) -> str:
    """The join of what is quoted: what the incidents hold, and what the injects say, played or not."""
    said = (marking_of(inject) for inject in scenario.injects)
    return join_all([*(one.marking for one in kept), *(one for one in said if one)]).banner


def _branches(scenario: Scenario, injects: Sequence[InjectResult]) -> Iterator[BranchResult]:
    for branch in scenario.branches:
        mine = [one for one in injects if one.branch == branch.id]
        said = [note.branch_taken for one in mine for note in one.played if note.branch_taken is not None]
        yield BranchResult(
            id=branch.id,
            text=branch.text,
            injects=tuple(one.number for one in mine),
            taken=any(said) if said else None,
        )
