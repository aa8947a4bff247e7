"""Signs: what a scenario says, in single words, each with the inject, cast member or expectation that says it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exercises.cast import CastMember
from exercises.conditions import Condition
from exercises.deed_forms import AssessDeed, CloseDeed, DecideDeed, GradeDeed
from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation
from exercises.injects import (
    AcknowledgeInject,
    ActInject,
    ContingencyInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    FaultInject,
    Inject,
    ReportInject,
    plain,
)
from exercises.known_facts import said
from exercises.scenario import Scenario
from leerp.facts import Facts
from leerp.marking import Level, Marking, Tlp

ALWAYS = "always"
"""What every run does."""


class Sign(NamedTuple):
    """One word, and who says it: `inject 7`, `cast csirt-lu`, `expectation E1`, `branch no-launch`."""

    word: str
    origin: str


def signs(scenario: Scenario) -> Iterator[Sign]:
    """Everything that a scenario says, in its order; `coverage.yaml` explains the words."""
    yield Sign(ALWAYS, "every run")
    seen: set[tuple[str, str]] = set()
    for inject in scenario.injects:
        yield from (Sign(word, f"inject {inject.number}") for word in _inject(inject, seen))
    for member in scenario.cast:
        yield from (Sign(word, f"cast {member.who}") for word in _cast(member))
    for branch in scenario.branches:
        asked = (one for one in (branch.when, branch.unless) if one)
        yield from (Sign(word, f"branch {branch.id}") for word in ("branch", *_asked(asked)))
    for expectation in scenario.expectations:
        yield from (Sign(word, f"expectation {expectation.id}") for word in _expectation(expectation))


def _inject(inject: Inject, seen: set[tuple[str, str]]) -> Iterator[str]:
    does = plain(inject)
    yield f"inject:{does.kind}"
    if isinstance(inject, ContingencyInject):
        yield "contingency"
    yield from _asked(one for one in (inject.when, inject.unless) if one)
    refused = getattr(does, "refused", None)
    if refused is not None:
        yield f"refused:{refused.value}"
    match does:
        case ReportInject():
            yield from _report(does, seen)
        case ContributionInject():
            yield from _marked(does.says.marking)
            yield from ["contribution:turned_away"] * does.turned_away
        case AcknowledgeInject():
            yield from [f"confirms:{does.notice.value}"] * (refused is None)
        case FactInject():
            yield from _facts(does.facts, settled=True)
        case FaultInject():
            yield f"fault:{does.what.value}"
        case DecisionInject() if refused is None:
            yield from ("act:decide", f"decides:{does.choice.value}")
        case ActInject() if refused is None:
            yield from _act(does)


def _asked(several: Iterable[Condition]) -> Iterator[str]:
    return (f"entry:{one.kind.value}" for one in several)


def _report(inject: ReportInject, seen: set[tuple[str, str]]) -> Iterator[str]:
    says = inject.says
    if says.id is not None:
        yield from ["report:doubled"] * ((inject.sender, says.id) in seen)
        seen.add((inject.sender, says.id))
    if inject.outcome:
        yield f"report:{inject.outcome.value}"
    yield from ["report:turned_away"] * inject.turned_away
    yield from _marked(says.marking)
    yield from _facts(says.facts, settled=False)


def _marked(marking: Marking) -> Iterator[str]:
    if marking.level not in (Level.PUBLIC, Level.BPL):
        yield f"marking:{marking.level.value}"
    if marking.tlp is not Tlp.CLEAR:
        yield f"tlp:{marking.tlp.value.removeprefix('TLP:')}"
    yield from (f"handling:{one.code.value}" for one in marking.handling)
    yield from ["releasable"] * bool(marking.releasable_to)


def _facts(facts: Facts, *, settled: bool) -> Iterator[str]:
    for name, value in said(facts).items():
        for one in value.split(", "):
            yield f"fact:{name}={one}"
            yield from [f"settled:{name}={one}"] * settled


def _act(inject: ActInject) -> Iterator[str]:
    yield f"act:{inject.does.act.value}"
    match inject.does:
        case DecideDeed():
            yield f"decides:{inject.does.choice.value}"
        case CloseDeed():
            yield f"closes:{inject.does.outcome}"
        case GradeDeed():
            yield f"grades:{'agreed' if inject.does.provider_agrees else 'alone'}"
        case AssessDeed():
            yield from _facts(inject.does.facts, settled=True)


def _cast(member: CastMember) -> Iterator[str]:
    yield f"cast:{member.answers.value}"
    yield from (f"confirms:{kind.value}" for kind in member.notices or ())
    yield from (f"act:{act.value}" for act in member.confirms)


def _expectation(expectation: Expectation) -> Iterator[str]:
    if expectation.after and expectation.after.kind:
        yield f"entry:{expectation.after.kind.value}"
    if isinstance(expectation, JournalExpectation):
        yield f"{'never' if expectation.at_most == 0 else 'entry'}:{expectation.kind.value}"
    elif isinstance(expectation, DeliveryExpectation):
        yield from (f"notice:{expectation.notice.value}", f"delivery:{expectation.state.value}")
        yield from [f"withheld:{expectation.reason}"] * bool(expectation.reason)
        yield from ["shows"] * bool(expectation.shows) + ["hides"] * bool(expectation.hides)
    else:
        yield "could_see" if expectation.could_see else "never_sees"
