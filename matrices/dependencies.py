"""Dependencies between the actions of a plan: whether they can be kept, and which actions they hold up."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from leerp.errors import BadInputError
from leerp.plans import Action, ActionState

_LOST = (ActionState.FAILED, ActionState.CANCELLED)
_MOST_NAMED = 12


def need_order(actions: Iterable[Action]) -> None:
    """Raise BadInputError if an action waits for one that is not in the plan, or for itself by way of others."""
    waits = {action.id: action.depends_on for action in actions}
    for identifier, others in waits.items():
        unknown = next((other for other in others if other not in waits), None)
        if unknown is not None:
            raise BadInputError(
                f"action {identifier} waits for {unknown}, which is not in the plan; add that one first"
            )
    cycle = _cycle(waits)
    if cycle:
        shown = cycle if len(cycle) <= _MOST_NAMED else [*cycle[: _MOST_NAMED - 1], "…", cycle[-1]]
        raise BadInputError(
            f"these actions wait for each other in a circle: {' → '.join(shown)}; take one of these out"
        )


def _cycle(waits: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle, its first action again at the end; empty if there is none. Without recursion: plans are deep."""
    settled: set[str] = set()
    for start in waits:
        path: dict[str, None] = {}
        open_ends = [(start, iter(() if start in settled else waits[start]))]
        path[start] = None
        while open_ends:
            at, others = open_ends[-1]
            other = next((one for one in others if one not in settled), None)
            if other is None:
                open_ends.pop()
                path.pop(at, None)
                settled.add(at)
            elif other in path:
                names = list(path)
                return [*names[names.index(other) :], other]
            else:
                path[other] = None
                open_ends.append((other, iter(waits[other])))
    return []


def overdue(actions: Iterable[Action], *, at: datetime) -> tuple[Action, ...]:
    """The actions whose window has passed and that are not over."""
    return tuple(action for action in actions if not action.state.over and action.ends_at <= at)


def blocked(actions: Iterable[Action], *, late: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The actions that cannot begin because of others, each with why; `late`: those that are overdue.

    What an action needs has failed, was cancelled, is late or cannot begin itself; what it only comes after is late or
    cannot begin. An action that is under way or over has begun.
    """
    plan = {action.id: action for action in actions}
    overdue_ids = frozenset(late)
    found: dict[str, tuple[str, ...]] = {}
    for action in _in_order(plan):
        if action.state.over or action.state is ActionState.UNDER_WAY:
            continue
        reasons = [
            _hindrance(plan[other], overdue_ids, found, needed=other in action.needs) for other in _of(action, plan)
        ]
        if any(reasons):
            found[action.id] = tuple(reason for reason in reasons if reason)
    return found


def _of(action: Action, plan: Mapping[str, Action]) -> list[str]:
    return [other for other in action.depends_on if other in plan]


def _hindrance(other: Action, late: frozenset[str], found: Mapping[str, object], *, needed: bool) -> str:
    if other.state in _LOST:
        return f"{other.id} is {other.state.value}" if needed else ""
    if other.state.over:
        return ""
    if other.id in late:
        return f"{other.id} is overdue"
    return f"{other.id} is blocked" if other.id in found or other.state is ActionState.BLOCKED else ""


def _in_order(plan: Mapping[str, Action]) -> list[Action]:
    """Every action after those it waits for; in a plan that was not checked, a circle is left where it is met."""
    order: dict[str, Action] = {}
    entered: set[str] = set()
    for start in plan:
        stack = [start]
        while stack:
            at = stack[-1]
            missing = [other for other in _of(plan[at], plan) if other not in order and other not in entered]
            entered.add(at)
            if missing:
                stack.extend(missing[:1])
            else:
                order.setdefault(at, plan[at])
                stack.pop()
    return list(order.values())
