"""Which injects of a scenario can never be played, as its form alone shows; such a scenario is not what was meant."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from exercises.branches import Branch
from exercises.conditions import Condition
from exercises.deed_forms import AssessDeed, DecideDeed, Deed
from exercises.injects import (
    CONTROL,
    AcknowledgeInject,
    ActInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    FaultInject,
    Inject,
    ReportInject,
    plain,
    senders,
)
from exercises.plan_deeds import MeetDeed, PlanAddDeed, PlanAgreeDeed
from exercises.scenario import Scenario
from leerp.journal import JournalKind
from leerp.reports import IntakeOutcome

_TWO = 2


class Sure(NamedTuple):
    """What an inject writes into the journal whatever happens, as far as its form tells."""

    kind: JournalKind
    data: Mapping[str, Any]
    actor: str
    inject: int

    def fulfils(self, condition: Condition) -> bool:
        """Whether a condition holds once this is written. What the data holds beyond this is not known."""
        known = all(name in self.data and self.data[name] == value for name, value in condition.where.items())
        about = condition.reader in (None, self.data.get("reader"))
        return self.kind is condition.kind and known and about and condition.actor in (None, self.actor)


def why_never(scenario: Scenario, at: int) -> str | None:
    """Why the inject at this place of the scenario can never be played by its own condition; None if it can."""
    inject = scenario.injects[at]
    branch = scenario.branch(inject.branch) if inject.branch else None
    if inject.unless is not None:
        done = next(_done_before(scenario, inject.unless, at), None)
        if done is not None:
            return f"what it waits for in vain always happens with inject {done.inject}"
        if branch and branch.when and implies(branch.when, inject.unless):
            return f"branch {branch.id} is taken only when that has happened"
    first = branch is not None and _first_of(scenario, branch) == at
    if first and inject.when and branch and branch.unless and implies(inject.when, branch.unless):
        return f"branch {branch.id} is taken only when that has not happened"
    if inject.when is not None and inject.when.after and branch:
        other = scenario.inject(inject.when.after.inject or 0)
        of_other = scenario.branch(other.branch) if other and other.branch else None
        if of_other and _exclude(scenario, branch, of_other):
            return f"it counts from inject {inject.when.after.inject}, and branch {of_other.id} excludes {branch.id}"
    return None


def why_never_taken(scenario: Scenario, branch: Branch) -> str | None:
    """Why a branch can never be taken; None if it can."""
    first = _first_of(scenario, branch)
    if first is None:
        return "no inject stands in it"
    if branch.unless is not None:
        done = next(_done_before(scenario, branch.unless, first), None)
        if done is not None:
            return f"what it waits for in vain always happens with inject {done.inject}"
    return None


def implies(first: Condition, second: Condition) -> bool:
    """Whether the second condition holds wherever the first one does."""
    return (
        first.kind is second.kind
        and second.where.items() <= first.where.items()
        and second.actor in (None, first.actor)
        and second.reader in (None, first.reader)
        and second.after in (None, first.after)
    )


def _exclude(scenario: Scenario, one: Branch, other: Branch) -> bool:
    """Whether two branches are never both taken: the one that waits for it is settled before the one without it."""
    for with_it, without in ((one, other), (other, one)):
        if with_it.when and without.unless and implies(with_it.when, without.unless):
            begins, other_begins = _first_of(scenario, with_it), _first_of(scenario, without)
            return begins is not None and other_begins is not None and begins <= other_begins
    return False


def _first_of(scenario: Scenario, branch: Branch) -> int | None:
    return next((at for at, inject in enumerate(scenario.injects) if inject.branch == branch.id), None)


def _done_before(scenario: Scenario, condition: Condition, at: int) -> Iterator[Sure]:
    """What always fulfils a condition before a place of the scenario."""
    after = condition.after
    if after is not None and after.inject is None:
        return
    ill = _ill(scenario)
    proposed: dict[tuple[str, int | None], str] = {}
    begun = after is None
    for inject in scenario.injects[:at]:
        begun = begun or (after is not None and inject.number == after.inject)
        if inject.branch or inject.when or inject.unless or set(senders(inject)) & ill:
            if after is not None and inject.number == after.inject:
                return  # it may never begin to count
            continue
        yield from (one for one in _sure(inject, proposed) if begun and one.fulfils(condition))


def _ill(scenario: Scenario) -> set[str]:
    found = (plain(inject) for inject in scenario.injects)
    return {one.officer for one in found if isinstance(one, FaultInject) and one.officer}


def _sure(inject: Inject, proposed: dict[tuple[str, int | None], str]) -> Iterator[Sure]:
    """What an inject without any condition writes. `proposed`: the choices of first persons, by incident."""
    match inject:
        case ReportInject() if not inject.turned_away:
            yield from _of_report(inject)
        case ContributionInject() if not inject.turned_away:
            kind = JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED
            yield Sure(kind, {"contributor": inject.sender}, CONTROL, inject.number)
        case AcknowledgeInject() if inject.refused is None and not inject.over:
            kind = JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED
            yield from (Sure(kind, {"reader": one}, CONTROL, inject.number) for one in inject.senders)
        case FactInject() if inject.refused is None:
            yield Sure(JournalKind.TRIAGE_FACTS_ASSESSED, {}, inject.sender, inject.number)
        case DecisionInject() if inject.refused is None and len(set(inject.senders)) >= _TWO:
            data = {"choice": inject.choice.value}
            yield Sure(JournalKind.TRIAGE_DECISION_MADE, data, inject.senders[1], inject.number)
        case ActInject() if inject.refused is None and isinstance(inject.does, DecideDeed):
            choice = inject.does.choice.value
            first = proposed.setdefault((choice, inject.incident), inject.sender)
            if first != inject.sender:
                yield Sure(JournalKind.TRIAGE_DECISION_MADE, {"choice": choice}, inject.sender, inject.number)
        case ActInject() if inject.refused is None:
            found = _of_deed(inject.does)
            if found:
                yield Sure(*found, inject.sender, inject.number)
        case _:
            return


_OUTCOMES = {
    IntakeOutcome.CREATED: JournalKind.DETECTION_INCIDENT_OPENED,
    IntakeOutcome.JOINED: JournalKind.DETECTION_INCIDENT_JOINED,
    IntakeOutcome.DUPLICATE: JournalKind.DETECTION_REPORT_DUPLICATED,
}


def _of_report(inject: ReportInject) -> Iterator[Sure]:
    if inject.outcome in (IntakeOutcome.CREATED, IntakeOutcome.JOINED):
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        yield Sure(kind, {"source": inject.sender}, CONTROL, inject.number)
    if inject.outcome is not None:
        data = {"source": inject.sender} if inject.outcome is IntakeOutcome.DUPLICATE else {}
        yield Sure(_OUTCOMES[inject.outcome], data, CONTROL, inject.number)


def _of_deed(deed: Deed) -> tuple[JournalKind, dict[str, Any]] | None:
    match deed:
        case AssessDeed():
            return JournalKind.TRIAGE_FACTS_ASSESSED, {}
        case MeetDeed() if deed.relation is None and deed.kind is not None:
            return JournalKind.PLAN_MEETING_CALLED, {"kind": deed.kind.value}
        case PlanAddDeed():
            return JournalKind.PLAN_ACTION_ADDED, {"action": deed.action.id}
        case PlanAgreeDeed():
            return JournalKind.PLAN_VERSION_AGREED, {"country": deed.country}
        case _:
            return None
