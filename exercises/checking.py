"""Checking a scenario beyond its form: what names something must name something that is there, in order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation
from exercises.injects import (
    ActInject,
    GradeDeed,
    InformDeed,
    Inject,
    MeetDeed,
    PlanAddDeed,
    ReportInject,
    senders,
)
from exercises.offsets import write_offset
from exercises.scenario import Scenario
from leerp.stakeholders import Directory

Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Fault:
    """One fault: where in the document it stands, and what is wrong."""

    location: Location
    sentence: str


def faults(scenario: Scenario, *, directory: Directory | None = None) -> Iterator[Fault]:
    """The faults of a scenario in their order; without a directory, people and stakeholders are not looked at."""
    yield from _order(scenario)
    yield from _names_once("expectations", scenario.expectations)
    yield from _names_once("objectives", scenario.objectives)
    yield from _names_once("sources", scenario.sources)
    for at, inject in enumerate(scenario.injects):
        yield from _placed(("injects", at), _inject_faults(scenario, inject, before=scenario.injects[:at]))
    for at, expectation in enumerate(scenario.expectations):
        yield from _placed(("expectations", at), _expectation_faults(scenario, expectation))
    if directory is not None:
        yield from _strangers(scenario, directory)


def _placed(place: Location, found: Iterable[tuple[Location, str]]) -> Iterator[Fault]:
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
        if inject.at > scenario.length:
            sentence = f"{write_offset(inject.at)} lies after the end of the scenario, {write_offset(scenario.length)}"
            yield Fault(("injects", at, "at"), sentence)
        former = inject


def _names_once(key: str, items: Iterable[object]) -> Iterator[Fault]:
    seen: set[object] = set()
    for at, item in enumerate(items):
        name = getattr(item, "id", None)
        if name in seen:
            yield Fault((key, at, "id"), f"{name} stands twice")
        seen.add(name)


def _inject_faults(scenario: Scenario, inject: Inject, *, before: tuple[Inject, ...]) -> Iterator[tuple[Location, str]]:
    reported = {one.number for one in before if isinstance(one, ReportInject)}
    if inject.objective and inject.objective not in {one.id for one in scenario.objectives}:
        yield ("objective",), f"there is no objective {inject.objective}"
    known = {one.id for one in scenario.sources}
    for at, source in enumerate(inject.sources):
        if source not in known:
            yield ("sources", at), f"there is no source {source}"
    incident = getattr(inject, "incident", None)
    if incident is not None and incident not in reported:
        yield ("incident",), f"inject {incident} is no report that comes before inject {inject.number}"
    if isinstance(inject, ActInject):
        yield from _deed_faults(inject, reported)


def _deed_faults(inject: ActInject, reported: set[int]) -> Iterator[tuple[Location, str]]:
    deed = inject.does
    if isinstance(deed, GradeDeed) and deed.report not in reported:
        yield ("does", "report"), f"inject {deed.report} is no report that comes before inject {inject.number}"
    if isinstance(deed, MeetDeed) and deed.meeting_at <= inject.at and inject.refused is None:
        yield ("does", "meeting_at"), "the meeting does not lie after the call to it"


def _expectation_faults(scenario: Scenario, expectation: Expectation) -> Iterator[tuple[Location, str]]:
    if expectation.objective and expectation.objective not in {one.id for one in scenario.objectives}:
        yield ("objective",), f"there is no objective {expectation.objective}"
    after = expectation.after
    if after and after.inject is not None and after.inject not in {one.number for one in scenario.injects}:
        yield ("after", "inject"), f"there is no inject {after.inject}"


def _strangers(scenario: Scenario, directory: Directory) -> Iterator[Fault]:
    """Whoever is named and is not in the directory."""
    for at, inject in enumerate(scenario.injects):
        place: Location = ("injects", at)
        people = isinstance(inject, ActInject)
        for name in senders(inject):
            if (directory.officer(name) if people else directory.stakeholder(name)) is None:
                what = "officer" if people else "stakeholder"
                yield Fault((*place, "from"), f"there is no {what} {name} in the directory {directory.version}")
        yield from _unknown(directory.stakeholder, _named_by(inject, place), directory.version)
    for at, expectation in enumerate(scenario.expectations):
        place = ("expectations", at)
        yield from _unknown(directory.stakeholder, _readers_of(expectation, place), directory.version)


def _named_by(inject: Inject, place: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(inject, ActInject) and inject.refused is None:
        if isinstance(inject.does, InformDeed):
            yield from (((*place, "does", "readers", at), name) for at, name in enumerate(inject.does.readers))
        if isinstance(inject.does, PlanAddDeed):
            yield (*place, "does", "action", "owner"), inject.does.action.owner


def _readers_of(expectation: Expectation, place: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(expectation, DeliveryExpectation):
        yield (*place, "reader"), expectation.reader
    if isinstance(expectation, JournalExpectation) and expectation.reader:
        yield (*place, "reader"), expectation.reader


def _unknown(find: Callable[[str], object], named: Iterable[tuple[Location, str]], version: str) -> Iterator[Fault]:
    for location, name in named:
        if find(name) is None:
            yield Fault(location, f"there is no stakeholder {name} in the directory {version}")
