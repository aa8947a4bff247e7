"""Checking a scenario beyond its form: what names something must name something that is there, in order."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from exercises.cast import CastMember
from exercises.conditions import After, Condition, Scalar
from exercises.deed_forms import GradeDeed
from exercises.expectations import Expectation, JournalExpectation
from exercises.injects import APART, CONTROL, ActInject, ContingencyInject, DecisionInject, Inject, ReportInject, plain
from exercises.journal_fields import fields_of
from exercises.naming import ANYBODY, CHANNEL, OFFICER, STAKEHOLDER, Location, Named, named_in, unmade
from exercises.offsets import write_offset
from exercises.plan_deeds import MeetDeed
from exercises.reachability import why_never, why_never_taken
from exercises.scenario import Scenario
from leerp.journal import PROTOCOL, JournalKind
from leerp.stakeholders import Directory

Found = Iterator[tuple[Location, str]]


@dataclass(frozen=True)
class Fault:
    """One fault: where in the document it stands, and what is wrong."""

    location: Location
    sentence: str

    @property
    def key(self) -> str:
        """Where it stands, in words: `injects.3.does.act`."""
        return ".".join(str(part) for part in self.location)


def faults(
    scenario: Scenario, *, directory: Directory | None = None, channels: Collection[str] | None = None
) -> Iterator[Fault]:
    """The faults of a scenario in their order; without a directory or channels, who and what they name is not asked."""
    yield from _order(scenario)
    for key in ("expectations", "objectives", "sources", "branches"):
        yield from _names_once(key, getattr(scenario, key))
    for at, member in enumerate(scenario.cast):
        yield from _placed(("cast", at), _cast_faults(member, scenario.cast[:at]))
    for at, inject in enumerate(scenario.injects):
        yield from _placed(("injects", at), _inject_faults(scenario, inject, before=scenario.injects[:at]))
        never = why_never(scenario, at)
        if never:
            key = "unless" if inject.unless else "when"
            yield Fault(("injects", at, key), f"inject {inject.number} can never be played: {never}")
    for at, branch in enumerate(scenario.branches):
        first = next((place for place, one in enumerate(scenario.injects) if one.branch == branch.id), 0)
        yield from _placed(("branches", at), _conditions(branch, scenario.injects[:first], "the first of the branch"))
        never = why_never_taken(scenario, branch)
        if never:
            yield Fault(("branches", at), f"branch {branch.id} can never be taken: {never}")
    for at, expectation in enumerate(scenario.expectations):
        yield from _placed(("expectations", at), _expectation_faults(scenario, expectation))
    yield from _strangers(scenario, directory, channels)


def _placed(place: Location, found: Found) -> Iterator[Fault]:
    for location, sentence in found:
        yield Fault((*place, *location), sentence)


def _order(scenario: Scenario) -> Iterator[Fault]:
    former: Inject | None = None
    for at, inject in enumerate(scenario.injects):
        if former and inject.number <= former.number:
            sentence = f"inject {inject.number} stands after inject {former.number}; numbers must ascend"
            yield Fault(("injects", at, "number"), sentence)
        if former and inject.at < former.at:
            times = f"{write_offset(inject.at)} stands after {write_offset(former.at)}"
            yield Fault(("injects", at, "at"), f"{times}; injects must stand in the order of their times")
        last = (
            inject.at + APART * (len(one.senders) - 1)
            if isinstance(one := plain(inject), DecisionInject)
            else inject.at
        )
        if last > scenario.length:
            sentence = f"{write_offset(last)} lies after the end of the scenario, {write_offset(scenario.length)}"
            yield Fault(("injects", at, "at"), sentence)
        former = inject


def _names_once(key: str, items: Iterable[object]) -> Iterator[Fault]:
    seen: set[object] = set()
    for at, item in enumerate(items):
        name = getattr(item, "id", None)
        if name in seen:
            yield Fault((key, at, "id"), f"{name} stands twice")
        seen.add(name)


def _inject_faults(scenario: Scenario, inject: Inject, *, before: tuple[Inject, ...]) -> Found:
    yield from _columns(scenario, inject, ())
    if isinstance(inject, ContingencyInject):
        yield from _columns(scenario, inject.does, ("does",))
    if inject.branch and scenario.branch(inject.branch) is None:
        yield ("branch",), f"there is no branch {inject.branch}"
    yield from _conditions(inject, before, f"inject {inject.number}")
    one = plain(inject)
    inside: Location = () if one is inject else ("does",)
    reported = {each.number for each in map(plain, before) if isinstance(each, ReportInject)}
    incident = getattr(one, "incident", None)
    if incident is not None and incident not in reported:
        yield (*inside, "incident"), f"inject {incident} is no report that comes before inject {inject.number}"
    if isinstance(one, ActInject):
        for location, sentence in _deed_faults(one, reported, before):
            yield (*inside, *location), sentence


def _columns(scenario: Scenario, columns: object, inside: Location) -> Found:
    """Objectives and sources that are none."""
    objective = getattr(columns, "objective", None)
    if objective and objective not in {one.id for one in scenario.objectives}:
        yield (*inside, "objective"), f"there is no objective {objective}"
    known = {one.id for one in scenario.sources}
    for at, source in enumerate(getattr(columns, "sources", ())):
        if source not in known:
            yield (*inside, "sources", at), f"there is no source {source}"


def _deed_faults(inject: ActInject, reported: set[int], before: tuple[Inject, ...]) -> Found:
    deed = inject.does
    if isinstance(deed, GradeDeed) and deed.report not in reported:
        yield ("does", "report"), f"inject {deed.report} is no report that comes before inject {inject.number}"
    if isinstance(deed, MeetDeed) and deed.meeting_at <= inject.at and inject.refused is None:
        yield ("does", "meeting_at"), "the meeting does not lie after the call to it"
    for key, number, what in unmade(deed, before):
        yield ("does", *key), f"inject {number} is no {what} that comes before inject {inject.number}"


def _conditions(conditional: object, before: tuple[Inject, ...], who: str) -> Found:
    """What is wrong with `when` and `unless`. `before`: the injects they may count from."""
    for key in ("when", "unless"):
        condition = getattr(conditional, key)
        if not isinstance(condition, Condition):
            continue
        for location, sentence in (*_asked(condition), *_counted(condition.after)):
            yield (key, *location), sentence
        after = condition.after
        if after and after.inject is not None and after.inject not in {one.number for one in before}:
            yield (key, "after", "inject"), f"inject {after.inject} does not come before {who}"


def _asked(asked: Condition | JournalExpectation) -> Found:
    """Fields and readers that entries of that kind do not have."""
    yield from _fields(asked.kind, asked.where, ("where",))
    if asked.reader and not {"reader", "readers"} & fields_of(asked.kind):
        yield ("reader",), f"entries of kind {asked.kind.value} are about no reader"


def _counted(after: After | None) -> Found:
    if after and after.kind is not None:
        yield from _fields(after.kind, after.where, ("after", "where"))


def _fields(kind: JournalKind, where: Mapping[str, Scalar], place: Location) -> Found:
    known = fields_of(kind)
    for name in where:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            yield (*place, name), f"entries of kind {kind.value} have no field {name}; there are {there}"


def _cast_faults(member: CastMember, before: tuple[CastMember, ...]) -> Found:
    for other in before:
        if other.who != member.who:
            continue
        everything = {member.notices, other.notices} & {None}
        if everything or set(member.notices or ()) & set(other.notices or ()):
            yield ("who",), f"{member.who} stands twice in the cast; give each its own notices"


def _expectation_faults(scenario: Scenario, expectation: Expectation) -> Found:
    if expectation.objective and expectation.objective not in {one.id for one in scenario.objectives}:
        yield ("objective",), f"there is no objective {expectation.objective}"
    after = expectation.after
    if after and after.inject is not None and after.inject not in {one.number for one in scenario.injects}:
        yield ("after", "inject"), f"there is no inject {after.inject}"
    yield from _counted(after)
    if isinstance(expectation, JournalExpectation):
        yield from _asked(expectation)


def _strangers(scenario: Scenario, directory: Directory | None, channels: Collection[str] | None) -> Iterator[Fault]:
    """Whoever is named and is not in the directory, and channels that are none."""
    for one in named_in(scenario):
        if one.what == CHANNEL:
            if channels is not None and one.name not in channels:
                known = ", ".join(sorted(channels))
                yield Fault(one.location, f"there is no channel {one.name}; there are {known}")
        elif directory is not None and not _known(one, directory):
            yield Fault(one.location, f"there is no {one.what} {one.name} in the directory {directory.version}")


def _known(named: Named, directory: Directory) -> bool:
    officer, stakeholder = directory.officer(named.name), directory.stakeholder(named.name)
    if named.what == ANYBODY:
        return bool(officer or stakeholder or named.name in (CONTROL, PROTOCOL))
    found = {OFFICER: officer, STAKEHOLDER: stakeholder}[named.what]
    return found is not None
