"""The index of collisions finds what comparing every pair finds, whatever comes, changes and goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from leerp.plans import Action, ActionState, ActionType
from matrices.collisions import CollisionIndex, Place
from matrices.deconfliction import conflicts, conflicts_of, shipped_incompatibilities
from matrices.incompatibilities import IncompatibleActions, TargetRelation, Timing
from matrices.windows import Windows
from tests.matrices.pairwise import pairwise

NOON = datetime(2017, 5, 13, 12, tzinfo=UTC)
TARGETS = [
    {"kind": "domain", "value": "evil.example"},
    {"kind": "domain", "value": "panel.evil.example"},
    {"kind": "domain", "value": "a.panel.evil.example"},
    {"kind": "url", "value": "https://panel.evil.example/login"},
    {"kind": "url", "value": "http://198.51.100.7:8080/gate"},
    {"kind": "ipv4", "value": "198.51.100.7"},
    {"kind": "ip_range", "value": "198.51.100.7/32"},
    {"kind": "ip_range", "value": "198.51.100.0/24"},
    {"kind": "ip_range", "value": "198.51.0.0/16"},
    {"kind": "ipv6", "value": "2001:db8::7"},
    {"kind": "ip_range", "value": "2001:db8::/32"},
    {"kind": "wallet", "value": "wallet-1"},
    {"kind": "account", "value": "mail.example:boss"},
    {"kind": "registrant", "value": "evil holdings"},
    {"kind": "handle", "value": "evil holdings"},
]
IDS = [f"a{number}" for number in range(9)]


@st.composite
def actions(draw: st.DrawFn) -> Action:
    """An action of few names and few times, so that many meet."""
    begins = NOON + timedelta(minutes=30 * draw(st.integers(0, 12)))
    identifier = draw(st.sampled_from(IDS))
    others = [one for one in IDS if one != identifier]
    return Action.model_validate(
        {
            "id": identifier,
            "title": "x",
            "type": draw(st.sampled_from(ActionType)),
            "owner": "unit",
            "country": "DE",
            "targets": draw(st.lists(st.sampled_from(TARGETS), max_size=3)),
            "starts_at": begins,
            "ends_at": begins + timedelta(minutes=draw(st.sampled_from([15, 30, 90, 1440]))),
            "after": draw(st.lists(st.sampled_from(others), max_size=2, unique=True)),
            "state": draw(st.sampled_from([*[ActionState.AGREED] * 6, *ActionState])),
        }
    )


@st.composite
def tables(draw: st.DrawFn) -> IncompatibleActions:
    """The shipped table, or rules as nobody would write them: any relation at any time."""
    shipped = shipped_incompatibilities()
    if draw(st.booleans()):
        return shipped
    rules = [
        rule.model_copy(
            update={
                "timing": draw(st.sampled_from(Timing)),
                "target": draw(st.sampled_from(TargetRelation)),
                "margin_minutes": draw(st.sampled_from([0, 45])),
            }
        )
        for rule in draw(st.permutations(shipped.rules))
    ]
    return shipped.model_copy(update={"rules": tuple(rules[: draw(st.integers(1, len(rules)))])})


@settings(max_examples=250, deadline=None)
@given(st.lists(actions(), max_size=9, unique_by=lambda one: one.id), tables())
def test_the_index_finds_what_comparing_every_pair_finds(plan: list[Action], table: IncompatibleActions) -> None:
    """Rules, levels and words are the same, for any plan and any table."""
    expected = pairwise(plan, table)
    event(f"conflicts: {min(len(expected), 3)}")
    assert expected == conflicts(plan, table=table)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(actions(), st.sampled_from(IDS)), max_size=25), tables())
def test_it_stays_true_as_actions_come_change_and_go(steps: list[Action | str], table: IncompatibleActions) -> None:
    """After any sequence of additions, replacements and removals it holds what it would if it were built anew."""
    index, plan = CollisionIndex(table), dict[str, Action]()
    for step in steps:
        if isinstance(step, Action):
            plan[step.id] = step
            index.put(Place("", step.id), step)
        else:
            plan.pop(step, None)
            index.drop(Place("", step))
    assert pairwise(plan.values(), table) == conflicts_of(index, "")


@settings(max_examples=100, deadline=None)
@given(st.lists(actions(), max_size=8, unique_by=lambda one: one.id), st.randoms(use_true_random=False))
def test_the_order_in_which_actions_come_does_not_matter(plan: list[Action], random: Any) -> None:
    """The same plan in any order gives the same conflicts in the same order."""
    expected = conflicts(plan)
    random.shuffle(plan)
    assert expected == conflicts(plan)


@settings(max_examples=100, deadline=None)
@given(st.lists(actions(), max_size=6, unique_by=lambda one: one.id), st.lists(actions(), max_size=6))
def test_keeping_a_plan_is_building_it(before: list[Action], after: list[Action]) -> None:
    """An index that held another plan and is told to keep this one holds this one alone."""
    index = CollisionIndex(shipped_incompatibilities())
    for plan in (before, after):
        index.keep({Place("", one.id): (one, ()) for one in plan})
    assert conflicts({one.id: one for one in after}.values()) == conflicts_of(index, "")


def one(identifier: str, kind: str, target: dict[str, str], **more: Any) -> Action:
    """An action at noon."""
    fields = {"id": identifier, "title": kind, "type": kind, "owner": "u", "country": "DE", "targets": [target]}
    return Action.model_validate({**fields, "starts_at": NOON, "ends_at": NOON + timedelta(hours=1), **more})


def test_two_incidents_collide_by_target_and_not_by_a_word_in_public() -> None:
    """A rule about any target speaks within one plan; targets meet across plans, and ids are told apart by the plan."""
    index = CollisionIndex(shipped_incompatibilities())
    index.put(Place("X", "a"), one("a", "takedown", TARGETS[0]))
    index.put(Place("Y", "a"), one("a", "covert_monitoring", TARGETS[1]))
    index.put(Place("Y", "b"), one("b", "arrest", TARGETS[13]))
    index.put(Place("X", "b"), one("b", "public_statement", TARGETS[9], after=["a"]))
    found = {pair: rule.id for pair, rule in index.of("X").items()}
    assert found == {
        (Place("X", "a"), Place("Y", "a")): "ends-a-live-collection",
        (Place("X", "a"), Place("X", "b")): "begins-before-what-it-depends-on-ends",
    }
    assert index.of("Y").keys() == {(Place("X", "a"), Place("Y", "a"))}
    assert conflicts_of(index, "Y") == ()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.sampled_from([1, 2, 3, 7, 64, 65, 3_000])), min_size=12, max_size=60),
    st.tuples(st.integers(-10, 5_000), st.integers(1, 400)),
    st.data(),
)
def test_windows_are_found_as_by_looking_at_all(
    spans: list[tuple[int, int]], asked: tuple[int, int], data: st.DataObject
) -> None:
    """Also after some of them were taken out."""
    windows: Windows[tuple[str]] = Windows()
    kept = {(f"{number:03}",): (first, first + length) for number, (first, length) in enumerate(spans)}
    for key, (begins, ends) in kept.items():
        windows.add(begins, ends, key)
    for key in data.draw(st.lists(st.sampled_from(sorted(kept)), unique=True)) if kept else []:
        windows.remove(*kept.pop(key), key)
    begins, ends = asked[0], asked[0] + asked[1]
    expected = sorted(key for key, (first, last) in kept.items() if first < ends and last > begins)
    assert expected == sorted(windows.overlapping(begins, ends))
    assert sorted(kept) == sorted(windows.all())
    assert bool(kept) is bool(windows)


class Counting(CollisionIndex):
    """An index that counts the pairs it compares."""

    compared = 0

    def _speaking(self, *pair: Any) -> int | None:
        self.compared += 1
        return super()._speaking(*pair)


def test_many_actions_on_one_target_at_other_times_are_not_compared_with_each_other() -> None:
    """A thousand actions one after another on one target take no half a million comparisons, but hardly any."""
    index = Counting(shipped_incompatibilities())
    for number in range(1_000):
        at = NOON + timedelta(hours=3 * number)
        late = one(f"a{number:04}", "search", TARGETS[5], starts_at=at, ends_at=at + timedelta(hours=1))
        index.put(Place("", late.id), late)
    assert index.pairs == {}
    assert index.compared < 1_000
