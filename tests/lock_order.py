"""A plugin for pytest: over PostgreSQL, locks of two kinds are always taken in the same order.

    .venv/bin/python -m pytest -p no:cacheprovider -p tests.lock_order -p tests.on_postgresql -q tests/activities

Two transactions that take the same locks in two orders wait in a ring until the database ends one of them. It takes
two at the same moment, which a test hardly ever is; the order is in each of them. The run fails and names both places.
It is to be loaded before anything imports `hold_all`.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import FrameType

import greenlet  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from records import statements
from tests.servers import ROOT

Pair = tuple[str, str]

GUARDED = frozenset({("journal", "references")})
"""Both ways only behind a lock that both take first: a split opens an incident, and nothing is taken in meanwhile."""

PLACES = 4
"""How many places in our own code are named for each pair."""

_hold_all = statements.hold_all
_held: dict[int, list[str]] = defaultdict(list)
_found: dict[Pair, tuple[str, ...]] = {}


def _noted(connection: Connection, names: Iterable[str]) -> None:
    wanted = sorted(set(names))
    held = _held[id(connection.get_transaction())]
    for name in (one for one in wanted if one not in held):
        for before in held:
            _found.setdefault((_kind(before), _kind(name)), tuple(_places())[:PLACES])
        held.append(name)
    _hold_all(connection, wanted)


def _kind(name: str) -> str:
    return name.partition("/")[0]


def _places() -> Iterator[str]:
    """Where this is in our own code, the innermost place first, through the greenlets of SQLAlchemy."""
    frame: FrameType | None = sys._getframe()
    ours = greenlet.getcurrent()
    while ours is not None:
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(f"{ROOT}/") and "/.venv/" not in path and path not in (__file__, statements.__file__):
                yield f"{path.removeprefix(f'{ROOT}/')}:{frame.f_lineno}"
            frame = frame.f_back
        ours = ours.parent
        frame = ours.gr_frame if ours is not None else None


def _ended(connection: Connection) -> None:
    _held.pop(id(connection.get_transaction()), None)


for _moment in ("begin", "commit", "rollback"):
    event.listen(Engine, _moment, _ended)
statements.hold_all = _noted


def both_ways(found: Iterable[Pair]) -> list[Pair]:
    """The pairs that are taken in both orders, each named once."""
    pairs = {pair for pair in found if pair not in GUARDED}
    return sorted((first, then) for first, then in pairs if first < then and (then, first) in pairs)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for what is taken both ways."""
    if not _found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nno lock was seen: the plugin is loaded too late, or nothing runs over PostgreSQL")  # noqa: T201
    for first, then in both_ways(_found):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for one, other in ((first, then), (then, first)):
            print(f"\n{one} and then {other}: {', '.join(_found[one, other])}")  # noqa: T201
