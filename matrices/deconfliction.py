"""Deconflict: which planned actions collide. It tells the two owners to talk; it never decides between them."""

from collections.abc import Iterable, Mapping

from leerp.plans import Action, Conflict
from leerp.pointers import OperationKey, Pointers, opened, pointers
from matrices.collisions import CollisionIndex, Place
from matrices.incompatibilities import (
    Incompatibility,
    IncompatibleActions,
    load_incompatibilities,
    shipped_incompatibilities,
)

__all__ = [
    "Incompatibility",
    "IncompatibleActions",
    "compared",
    "conflicts",
    "conflicts_of",
    "load_incompatibilities",
    "shipped_incompatibilities",
]


def conflicts(actions: Iterable[Action], *, table: IncompatibleActions | None = None) -> tuple[Conflict, ...]:
    """The pairs of actions of one plan that collide, one alert each, sorted by their ids.

    Actions that are over no longer collide with anything. Windows are half open: one that ends when another begins
    does not overlap it. What is told names no target, so that it shows nothing of either action.
    """
    index = CollisionIndex(table or shipped_incompatibilities())
    for action in actions:
        index.put(Place("", action.id), action)
    return conflicts_of(index, "")


def conflicts_of(index: CollisionIndex, incident: str) -> tuple[Conflict, ...]:
    """The collisions inside the plan of one incident, sorted by the ids of its actions."""
    return tuple(
        Conflict(first=first.action, second=second.action, alert=rule.alert, because=rule.why)
        for (first, second), rule in sorted(index.of(incident).items(), key=lambda item: item[0])
        if first.incident == second.incident
    )


def compared(
    plans: Mapping[str, Iterable[Action]], *, keys: Mapping[str, Iterable[OperationKey]]
) -> dict[Place, tuple[Action, tuple[Pointers, ...]]]:
    """The actions of several plans with the tokens that each is compared by.

    `keys`: of each incident the keys of its operation. Open targets become tokens only where somebody in the same plan
    has sealed theirs, and under the keys that were used.
    """
    found = {}
    for incident, actions in plans.items():
        planned = [action for action in actions if not action.state.over]
        used = {action.sealed.key for action in planned if action.sealed}
        held = [key for key in keys.get(incident, ()) if key.key in used]
        for action in planned:
            found[Place(incident, action.id)] = (action, _tokens(action, held))
    return found


def _tokens(action: Action, keys: Iterable[OperationKey]) -> tuple[Pointers, ...]:
    if action.sealed:
        return (opened(action.sealed),)
    return tuple(pointers(action.targets, key) for key in keys) if action.targets else ()
