"""The index of collisions: every action that is planned, and which of them collide, kept as actions come and go.

An action is compared only with those that can collide with it: those that name a target of its own, or what lies over
or under one, in a window near its own; those of a type that a rule about any target names; those it waits for. What is
found is exactly what comparing every pair would find.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from leerp.plans import Action, ActionType
from leerp.pointers import Pointers
from leerp.selectors import Mark, Network, Selectors, selectors
from matrices.incompatibilities import Incompatibility, IncompatibleActions, TargetRelation, Timing
from matrices.windows import Windows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EVER = 1 << 62

SAME, SHARED, ACTOR, DEPENDENCY = 1, 2, 4, 8
_RELATIONS = {
    TargetRelation.SAME: SAME,
    TargetRelation.SHARED: SAME | SHARED,
    TargetRelation.ACTOR: ACTOR,
    TargetRelation.DEPENDENCY: DEPENDENCY,
}


class Place(NamedTuple):
    """An action by the incident whose plan it stands in, and its id there."""

    incident: str
    action: str


Pair = tuple[Place, Place]
"""Two actions, the smaller one first."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An action as it is compared."""

    place: Place
    action: Action
    pointers: tuple[Pointers, ...]
    type: ActionType
    begins: int
    ends: int
    depends_on: frozenset[Place]
    marks: Selectors


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule as it is compared. `relation`: the bits of which one must be set; 0 for any target."""

    one: frozenset[ActionType]
    other: frozenset[ActionType]
    relation: int
    first: bool
    margin: int

    def speaks(self, one: _Entry, other: _Entry, relation: int) -> bool:
        """Whether the first is the action of `one`, and the second the action of `other`."""
        if one.type not in self.one or other.type not in self.other:
            return False
        if self.relation == DEPENDENCY:
            if other.place not in one.depends_on:
                return False
        elif not (relation & self.relation if self.relation else one.place.incident == other.place.incident):
            return False
        margin = 0 if relation & DEPENDENCY else self.margin
        return one.begins < other.ends + margin and (self.first or other.begins < one.ends + margin)


class CollisionIndex:
    """Actions, and the pairs of them that collide, each with the number of the rule that speaks first."""

    def __init__(self, table: IncompatibleActions) -> None:
        self.table = table
        self._rules = tuple(_compiled(rule) for rule in table.rules)
        self._margins = {bit: _margin(self._rules, bit) for bit in (SAME, SHARED, ACTOR)}
        self._entries: dict[Place, _Entry] = {}
        self._met: dict[Place, dict[Place, int]] = {}
        self._exact = _Marked()
        self._named = _Marked()
        self._under = _Marked()
        self._actors = _Marked()
        self._networks = {4: _Networks(), 6: _Networks()}
        self._dependents: defaultdict[Place, set[Place]] = defaultdict(set)
        self._types: defaultdict[tuple[str, ActionType], _OfType] = defaultdict(_OfType)

    def __contains__(self, place: Place) -> bool:
        return place in self._entries

    @property
    def pairs(self) -> dict[Pair, Incompatibility]:
        """Every pair that collides, with its rule."""
        rules = self.table.rules
        return {
            (place, other): rules[number]
            for place, met in self._met.items()
            for other, number in met.items()
            if place < other
        }

    def of(self, incident: str) -> dict[Pair, Incompatibility]:
        """The pairs of which at least one stands in the plan of that incident."""
        rules = self.table.rules
        return {
            (min(place, other), max(place, other)): rules[number]
            for place, met in self._met.items()
            if place.incident == incident
            for other, number in met.items()
        }

    def keep(self, wanted: Mapping[Place, tuple[Action, tuple[Pointers, ...]]]) -> None:
        """Make the index hold these actions and no others; what has not changed is not compared again."""
        for place in [place for place in self._entries if place not in wanted]:
            self.drop(place)
        for place, (action, pointers) in wanted.items():
            stands = self._entries.get(place)
            if stands is None or stands.action != action or stands.pointers != pointers:
                self.put(place, action, pointers=pointers)

    def put(self, place: Place, action: Action, *, pointers: Iterable[Pointers] = ()) -> None:
        """Put an action in, in the place of what stood there; what is over collides with nothing.

        `pointers`: its tokens under the keys of the operation, where it is to be compared with sealed targets.
        """
        self.drop(place)
        if action.state.over:
            return
        entry = _entry(place, action, tuple(pointers))
        met = {}
        for other, relation in self._candidates(entry).items():
            number = self._speaking(entry, self._entries[other], relation)
            if number is not None:
                met[other] = number
        for other, number in met.items():
            self._met[other][place] = number
        self._met[place] = met
        self._entries[place] = entry
        self._enter(entry, add=True)

    def drop(self, place: Place) -> None:
        """Take an action out, if it is there."""
        entry = self._entries.pop(place, None)
        if entry is None:
            return
        self._enter(entry, add=False)
        for other in self._met.pop(place):
            del self._met[other][place]

    def _speaking(self, first: _Entry, second: _Entry, relation: int) -> int | None:
        for number, rule in enumerate(self._rules):
            if rule.speaks(first, second, relation) or rule.speaks(second, first, relation):
                return number
        return None

    def _candidates(self, entry: _Entry) -> dict[Place, int]:
        """What may collide with it, with what the two have in common."""
        found: dict[Place, int] = defaultdict(int)
        marks = entry.marks
        windows = {bit: (entry.begins - margin, entry.ends + margin) for bit, margin in self._margins.items()}
        for bit, kept, looked_up in (
            (SAME, self._exact, marks.exact),
            (SHARED, self._named, marks.named | marks.above),
            (SHARED, self._under, marks.named),
            (ACTOR, self._actors, marks.actors),
        ):
            for place in kept.near(looked_up, windows[bit]):
                found[place] |= bit
        for network in (*marks.networks, *marks.hosts):
            exact = network in marks.networks
            for place, bit in self._networks[network.version].near(network, windows, exact=exact):
                found[place] |= bit
        for place in self._any_target(entry):
            found[place] |= 0
        for place in entry.depends_on | self._dependents.get(entry.place, set()):
            if place in self._entries:
                found[place] |= DEPENDENCY
        return found

    def _any_target(self, entry: _Entry) -> Iterator[Place]:
        """What a rule about any target may speak of: actions of the types it names, in the same plan."""
        incident = entry.place.incident
        for rule in self._rules:
            if rule.relation:
                continue
            if entry.type in rule.one:
                for other in rule.other:
                    if kept := self._types.get((incident, other)):
                        yield from kept.ending_after(entry.begins - rule.margin)
            if entry.type in rule.other:
                for one in rule.one:
                    if kept := self._types.get((incident, one)):
                        yield from kept.beginning_before(entry.ends + rule.margin)

    def _enter(self, entry: _Entry, *, add: bool) -> None:
        """Enter an action under all that it is found by, or take it out from there."""
        line = (entry.begins, entry.ends, entry.place)
        for kept, under in (
            (self._exact, entry.marks.exact),
            (self._named, entry.marks.named),
            (self._under, entry.marks.above),
            (self._actors, entry.marks.actors),
        ):
            kept.enter(under, line, add=add)
        for network in entry.marks.networks:
            self._networks[network.version].enter(network, line, exact=True, add=add)
        for network in entry.marks.hosts:
            self._networks[network.version].enter(network, line, exact=False, add=add)
        for place in entry.depends_on:
            (self._dependents[place].add if add else self._dependents[place].discard)(entry.place)
        self._types[entry.place.incident, entry.type].enter(line, add=add)


def _compiled(rule: Incompatibility) -> _Rule:
    every = frozenset(ActionType)
    return _Rule(
        one=frozenset(rule.one) or every,
        other=frozenset(rule.other) or every,
        relation=_RELATIONS.get(rule.target, 0),
        first=rule.timing is Timing.ONE_FIRST,
        margin=rule.margin_minutes * 60_000_000,
    )


def _margin(rules: Iterable[_Rule], relation: int) -> int:
    """How far from a window another one may lie for any rule to speak of actions that have so much in common."""
    near = [rule for rule in rules if rule.relation & relation]
    return _EVER if any(rule.first for rule in near) else max((rule.margin for rule in near), default=0)


def _entry(place: Place, action: Action, pointers: tuple[Pointers, ...]) -> _Entry:
    marks = selectors(action.targets)
    if pointers:
        marks = marks._replace(
            exact=marks.exact | {(one.key, token) for one in pointers for token in one.same},
            named=marks.named | {(one.key, token) for one in pointers for token in one.named},
            above=marks.above | {(one.key, token) for one in pointers for token in one.above},
            actors=marks.actors | {(one.key, token) for one in pointers for token in one.who},
        )
    return _Entry(
        place=place,
        action=action,
        pointers=pointers,
        type=action.type,
        begins=(action.starts_at - _EPOCH) // _MICROSECOND,
        ends=(action.ends_at - _EPOCH) // _MICROSECOND,
        depends_on=frozenset(Place(place.incident, one) for one in action.depends_on),
        marks=marks,
    )


_Line = tuple[int, int, Place]


class _Marked:
    """Windows under the marks that their actions name."""

    def __init__(self) -> None:
        self._windows: dict[Mark, Windows[Place]] = {}

    def enter(self, marks: Iterable[Mark], line: _Line, *, add: bool) -> None:
        for mark in marks:
            if add:
                self._windows.setdefault(mark, Windows()).add(*line)
            else:
                self._windows[mark].remove(*line)
                if not self._windows[mark]:
                    del self._windows[mark]

    def near(self, marks: Iterable[Mark], window: tuple[int, int]) -> Iterator[Place]:
        for mark in marks:
            if kept := self._windows.get(mark):
                yield from kept.overlapping(*window)


class _Networks:
    """Windows under networks of one version: what is the same as one, holds it, or lies in it.

    A wider network is found by its prefix, of the few lengths there are; what lies inside by the order of addresses.
    """

    def __init__(self) -> None:
        self._windows: dict[tuple[Network, bool], Windows[Place]] = {}
        self._lengths: Counter[int] = Counter()
        self._order: list[tuple[int, int, bool]] = []

    def enter(self, network: Network, line: _Line, *, exact: bool, add: bool) -> None:
        under, sorts = (network, exact), (network.first, network.length, exact)
        if add:
            if under not in self._windows:
                self._windows[under] = Windows()
                self._lengths[network.length] += 1
                insort(self._order, sorts)
            self._windows[under].add(*line)
            return
        self._windows[under].remove(*line)
        if not self._windows[under]:
            del self._windows[under]
            self._lengths[network.length] -= 1
            del self._order[bisect_left(self._order, sorts)]

    def near(
        self, network: Network, windows: Mapping[int, tuple[int, int]], *, exact: bool
    ) -> Iterator[tuple[Place, int]]:
        """What meets that network, with how: the same only where both name it themselves."""
        for length, number in self._lengths.items():
            if number and length <= network.length:
                for named in (True, False):
                    if kept := self._windows.get((network.around(length), named)):
                        bit = SAME if length == network.length and named and exact else SHARED
                        yield from ((place, bit) for place in kept.overlapping(*windows[bit]))
        low = bisect_left(self._order, (network.first,))
        high = bisect_right(self._order, (network.last, 129))
        for first, length, named in self._order[low:high]:
            if length > network.length:
                inside = self._windows[Network(network.version, first, length), named]
                yield from ((place, SHARED) for place in inside.overlapping(*windows[SHARED]))


class _OfType:
    """The actions of one type in one plan, by their begin and by their end."""

    def __init__(self) -> None:
        self._by_begin: list[tuple[int, Place]] = []
        self._by_end: list[tuple[int, Place]] = []

    def enter(self, line: _Line, *, add: bool) -> None:
        begins, ends, place = line
        for kept, at in ((self._by_begin, begins), (self._by_end, ends)):
            if add:
                insort(kept, (at, place))
            else:
                del kept[bisect_left(kept, (at, place))]

    def beginning_before(self, at: int) -> Iterator[Place]:
        yield from (place for _, place in self._by_begin[: bisect_left(self._by_begin, (at,))])

    def ending_after(self, at: int) -> Iterator[Place]:
        yield from (place for _, place in self._by_end[bisect_left(self._by_end, (at + 1,)) :])
