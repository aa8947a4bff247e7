"""Deconflict: which planned actions collide. It tells the two owners to talk; it never decides between them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from urllib.parse import urlsplit

from pydantic import Field

from leerp.formats.strict import yaml_model
from leerp.model import Identifier, Line, Model
from leerp.observables import Observable, ObservableKind, normalise
from leerp.plans import Action, ActionState, ActionType, AlertLevel, Conflict
from matrices.tables import content_of

_PLANNED = frozenset({ActionState.PROPOSED, ActionState.AGREED})


class Timing(StrEnum):
    """How two windows must lie for a rule to speak."""

    OVERLAPPING = "overlapping"
    ONE_FIRST = "one_first"
    """An action of `one` begins before an action of `other` has ended."""


class TargetRelation(StrEnum):
    """What two actions must have in common for a rule to speak."""

    SHARED = "shared"
    ANY = "any"


class Incompatibility(Model):
    """Types of action that do not go together, and what their owners are told. An empty list stands for every type."""

    id: Identifier
    one: tuple[ActionType, ...]
    other: tuple[ActionType, ...]
    timing: Timing
    target: TargetRelation
    alert: AlertLevel
    why: Line
    source: Line


class IncompatibleActions(Model):
    """The file of incompatible actions. The first rule that speaks is the one the owners hear."""

    table: Identifier
    version: Line
    title: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    rules: tuple[Incompatibility, ...] = Field(min_length=1)


def load_incompatibilities(content: bytes, *, name: str) -> IncompatibleActions:
    """The table in the bytes of a YAML file; raises BadInputError."""
    return yaml_model(IncompatibleActions, content, name=name)


@lru_cache(maxsize=1)
def shipped_incompatibilities() -> IncompatibleActions:
    """The shipped table of incompatible actions."""
    return load_incompatibilities(content_of("incompatible-actions"), name="incompatible-actions.yaml")


def conflicts(actions: Sequence[Action], *, table: IncompatibleActions | None = None) -> tuple[Conflict, ...]:
    """The pairs of actions that collide, one alert each, sorted by their ids.

    Actions that are done or cancelled no longer collide with anything. Windows are half open: one that ends when
    another begins does not overlap it. What is told names no target, so that it shows nothing of either action.
    """
    rules = (table or shipped_incompatibilities()).rules
    planned = sorted((action for action in actions if action.state in _PLANNED), key=lambda action: action.id)
    marks = {action.id: _Targets(action.targets) for action in planned}
    found = []
    for first, second in combinations(planned, 2):
        shared = marks[first.id].meet(marks[second.id])
        rule = next((rule for rule in rules if _speaks(rule, first, second, shared=shared)), None)
        if rule:
            found.append(Conflict(first=first.id, second=second.id, alert=rule.alert, because=rule.why))
    return tuple(found)


def _speaks(rule: Incompatibility, first: Action, second: Action, *, shared: bool) -> bool:
    if rule.target is TargetRelation.SHARED and not shared:
        return False
    return _collide(rule, first, second) or _collide(rule, second, first)


def _collide(rule: Incompatibility, one: Action, other: Action) -> bool:
    if (rule.one and one.type not in rule.one) or (rule.other and other.type not in rule.other):
        return False
    begins_in_time = one.starts_at < other.ends_at
    return begins_in_time and (rule.timing is Timing.ONE_FIRST or other.starts_at < one.ends_at)


class _Targets:
    """The targets of an action, and what lies above them: a domain falls with the domain it is under."""

    def __init__(self, targets: Iterable[Observable]) -> None:
        self.named = {mark for target in targets for mark in _marks(target)}
        self.with_parents = {parent for mark in self.named for parent in _parents(mark)}

    def meet(self, other: "_Targets") -> bool:
        """Whether one of them is, holds or lies under one of the others."""
        return not (self.named.isdisjoint(other.with_parents) and self.with_parents.isdisjoint(other.named))


Mark = tuple[ObservableKind, str]


def _marks(target: Observable) -> Iterable[Mark]:
    """The target itself, and for a URL the host it stands on."""
    yield target.kind, target.value
    if target.kind is ObservableKind.URL:
        yield from _host(target.value)


def _host(url: str) -> Iterable[Mark]:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return
    for kind in (ObservableKind.IPV4, ObservableKind.IPV6, ObservableKind.DOMAIN):
        try:
            yield kind, normalise(kind, host)
        except ValueError:
            continue
        return


def _parents(mark: Mark) -> Iterable[Mark]:
    kind, value = mark
    yield mark
    if kind is ObservableKind.DOMAIN:
        labels = value.split(".")
        yield from ((kind, ".".join(labels[start:])) for start in range(1, len(labels) - 1))
