"""Coverage: which steps, rules, triggers and stakeholder groups a scenario touches, read from its file alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

from pydantic import Field

from exercises.deed_forms import AssessDeed, InformDeed
from exercises.injects import ActInject, FactInject, Inject, ReportInject, plain, senders
from exercises.scenario import Scenario
from exercises.signs import Sign, signs
from leerp.facts import Facts
from leerp.formats.strict import shipped_model
from leerp.grades import UNGRADED
from leerp.model import Identifier, Line, Message, Model
from leerp.stakeholders import Directory, Group
from matrices.assertions import Assertion
from matrices.merging import merge, settle
from matrices.tables import Table, Tables


class Signed(Model):
    """A step or a rule, and the signs that touch it."""

    id: Identifier
    title: Line
    signs: tuple[Line, ...] = Field(min_length=1)


class CoverageTable(Model):
    """`coverage.yaml`."""

    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    steps: tuple[Signed, ...]
    rules: tuple[Signed, ...]


@cache
def table() -> CoverageTable:
    """The table that comes with leerp."""
    content = (resources.files("exercises") / "coverage.yaml").read_bytes()
    return shipped_model(CoverageTable, content, name="coverage.yaml")


class Touchable(Message):
    """Something that scenarios may touch: a step, a rule, a trigger or a group."""

    kind: str
    id: str
    title: str

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return f"{self.kind} {self.id}" + (f", {self.title}" if self.title else "")


class Touch(Touchable):
    """The same in one scenario. `because`: what touches it, each once, as `inject 7 (act:warn)`."""

    because: tuple[str, ...]

    @property
    def touched(self) -> bool:
        """Whether anything does."""
        return bool(self.because)


def coverage(scenario: Scenario, *, directory: Directory, tables: Tables | None = None) -> tuple[Touch, ...]:
    """Everything there is to touch, in one order for all scenarios: steps, rules, triggers, stakeholder groups."""
    found = tuple(signs(scenario))
    of = tables or Tables()
    return (
        *(_signed("step", one, found) for one in table().steps),
        *(_signed("rule", one, found) for one in table().rules),
        *_triggers(scenario, [of.named(name) for name in of.names()]),
        *_groups(scenario, directory),
    )


def _signed(kind: str, one: Signed, found: Sequence[Sign]) -> Touch:
    hits = (sign for sign in found if any(fnmatchcase(sign.word, pattern) for pattern in one.signs))
    because = dict.fromkeys(f"{sign.origin} ({sign.word})" for sign in hits)
    return Touch(kind=kind, id=one.id, title=one.title, because=tuple(because))


def _triggers(scenario: Scenario, tables: Sequence[Table]) -> Iterator[Touch]:
    """Each trigger of each table, and the first inject after which what is told so far meets its conditions."""
    lifts = [(one, lift) for one in tables for lift in one.rules.lifts]
    met: dict[tuple[str, str], str] = {}
    for inject, facts in _facts_so_far(scenario):
        for one in tables:
            matched, _ = one.rules.matching(facts)
            for lift in one.rules.lifts:
                if matched & lift.bit:
                    met.setdefault((one.name, lift.trigger.id), f"inject {inject.number} (facts told so far)")
        if len(met) == len(lifts):
            break
    for one, lift in lifts:
        because = met.get((one.name, lift.trigger.id))
        yield Touch(
            kind="trigger",
            id=f"{one.name}/{lift.trigger.id}",
            title=lift.trigger.why,
            because=(because,) if because else (),
        )


def _facts_so_far(scenario: Scenario) -> Iterator[tuple[Inject, Facts]]:
    """The facts of the first incident after each inject that adds some, as if every report joined it."""
    told: list[Assertion] = []
    settled = Facts()
    for inject in sorted(scenario.injects, key=lambda one: one.at):
        does = plain(inject)
        if isinstance(does, ReportInject) and not does.turned_away and does.says.facts != Facts():
            told.append(Assertion(does.says.facts, does.says.grade or UNGRADED, does.sender))
        elif isinstance(does, FactInject) and does.refused is None:
            settled = settle(settled, does.facts)
        elif isinstance(does, ActInject) and isinstance(does.does, AssessDeed) and does.refused is None:
            settled = settle(settled, does.does.facts)
        else:
            continue
        yield inject, merge(told, settled=settled)


def _groups(scenario: Scenario, directory: Directory) -> Iterator[Touch]:
    """The stakeholder groups, and who of them reports, contributes, confirms, is told late or is asked about."""
    group_of = {one.id: Group.EC3 for one in directory.officers} | {
        one.id: one.group for one in directory.by_id().values()
    }
    because: dict[Group, dict[str, None]] = {group: {} for group in Group}
    for who, origin in _people(scenario):
        if who in group_of:
            because[group_of[who]][f"{origin}: {who}"] = None
    for group in Group:
        yield Touch(kind="group", id=group.value, title="", because=tuple(because[group]))


def _people(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for inject in scenario.injects:
        does, origin = plain(inject), f"inject {inject.number}"
        yield from ((one, origin) for one in senders(inject))
        if isinstance(does, ActInject) and isinstance(does.does, InformDeed):
            yield from ((one, origin) for one in does.does.readers)
    yield from ((one.who, "cast") for one in scenario.cast)
    for expectation in scenario.expectations:
        reader = getattr(expectation, "reader", None)
        if isinstance(reader, str):
            yield reader, f"expectation {expectation.id}"


class LibraryTouch(Touchable):
    """The same in many scenarios, and those of them that touch it."""

    scenarios: tuple[str, ...]


def together(several: Iterable[tuple[str, Sequence[Touch]]]) -> tuple[LibraryTouch, ...]:
    """The coverage of many scenarios, each with its name, thing by thing."""
    named = list(several)
    first = named[0][1] if named else ()
    touched = Counter((name, one.kind, one.id) for name, found in named for one in found if one.touched)
    return tuple(
        LibraryTouch(
            kind=one.kind,
            id=one.id,
            title=one.title,
            scenarios=tuple(name for name, _ in named if touched[name, one.kind, one.id]),
        )
        for one in first
    )
