"""Which actions wait for which, and what that holds up."""

from datetime import UTC, datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.plans import Action
from matrices.dependencies import blocked, need_order, overdue

NOON = datetime(2017, 5, 13, 12, tzinfo=UTC)


def action(identifier: str, *, ends: float = 2, **more: Any) -> Action:
    """An agreed action from noon, two hours long unless it is said otherwise."""
    fields = {"id": identifier, "title": "x", "type": "search", "owner": "u", "country": "DE", "state": "agreed"}
    return Action.model_validate({**fields, "starts_at": NOON, "ends_at": NOON + timedelta(hours=ends), **more})


def test_a_circle_is_named() -> None:
    """One sentence names the actions of the circle in their order, and what to do."""
    plan = [action("a", after=["b"]), action("b", needs=["c"]), action("c", after=["a"]), action("d", after=["a"])]
    with pytest.raises(BadInputError) as refused:
        need_order(plan)
    expected = "these actions wait for each other in a circle: a → b → c → a; take one of these out"
    assert refused.value.sentence == expected


def test_an_unknown_dependency_is_named() -> None:
    """It says which action waits for what is not there."""
    with pytest.raises(BadInputError, match="action a waits for z, which is not in the plan; add that one first"):
        need_order([action("a", needs=["z"])])


def test_a_plan_may_be_deep() -> None:
    """Five thousand actions in a chain are checked; with the last before the first they are a circle."""
    chain = [action(f"a{number}", after=[f"a{number - 1}"] if number else []) for number in range(5_000)]
    need_order(chain)
    assert blocked(chain, late=["a0"])["a4999"] == ("a4998 is blocked",)
    with pytest.raises(BadInputError, match=r"in a circle: .* → … → "):
        need_order([action("a0", after=["a4999"]), *chain[1:]])


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"), max_size=3)))
def test_a_circle_is_found_exactly_when_there_is_one(waits: dict[str, set[str]]) -> None:
    """As the standard library sorts them."""
    waits = {name: {one for one in others if one in waits and one != name} for name, others in waits.items()}
    plan = [action(name, after=sorted(others)) for name, others in waits.items()]
    try:
        TopologicalSorter(waits).prepare()
    except CycleError:
        with pytest.raises(BadInputError, match="in a circle"):
            need_order(plan)
    else:
        need_order(plan)


def test_an_action_whose_window_has_passed_is_overdue() -> None:
    """Unless it is over, whatever came of it."""
    plan = [action("a", ends=1), action("b", ends=3), *(action(one, ends=1, state=one) for one in ("done", "failed"))]
    assert [one.id for one in overdue(plan, at=NOON + timedelta(hours=1))] == ["a"]


@pytest.mark.parametrize(
    ("state", "needed", "late", "why"),
    [
        ("failed", True, False, "a is failed"),
        ("cancelled", True, False, "a is cancelled"),
        ("failed", False, False, None),
        ("cancelled", False, False, None),
        ("done", True, False, None),
        ("agreed", True, False, None),
        ("agreed", True, True, "a is overdue"),
        ("agreed", False, True, "a is overdue"),
        ("blocked", False, False, "a is blocked"),
    ],
)
def test_what_is_waited_for_holds_up(state: str, needed: bool, late: bool, why: str | None) -> None:
    """What failed holds up what needs its outcome; what is late holds up whatever comes after it, and so on down."""
    first = action("a", state=state)
    plan = [action("c", after=["b"]), action("b", after=["a"], needs=["a"] if needed else []), first]
    found = blocked(plan, late=["a"] if late else [])
    assert found == ({"b": (why,), "c": ("b is blocked",)} if why else {})


def test_what_has_begun_is_not_blocked() -> None:
    """An action that is under way goes on although what it needed has failed."""
    plan = [action("a", state="failed"), action("b", needs=["a"], state="under_way")]
    assert blocked(plan, late=[]) == {}
