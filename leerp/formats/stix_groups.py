"""STIX objects as a collection hands them out, one after another, put together into what belongs together.

A report, an incident or a grouping is one bundle with everything it refers to; what nobody refers to is one more.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Raw = Mapping[str, Any]
"""A STIX object as it was read."""

_CONTAINERS = ("report", "incident", "grouping")
_NAMESPACE = uuid.UUID("6f2b2b0e-3a52-4c8e-9d0b-4f4f1b1f5b1a")
MOST_IN_ALL = 100_000
"""So many objects all bundles hold together, one in two bundles counted twice; what is left is one bundle more."""


def bundles(objects: Sequence[Raw]) -> Iterator[dict[str, Any]]:
    """The bundles, each with an id made of what is in it and in which version: the same objects, the same id."""
    newest = _newest(objects)
    links = _links(newest)
    told: set[str] = set()
    room = MOST_IN_ALL
    for identifier, one in newest.items():
        if room > 0 and one.get("type") in _CONTAINERS:
            reached = _closure([identifier], newest)
            reached |= _between(reached, newest, links)
            told |= reached
            room -= len(reached)
            yield _bundle(reached, newest)
    rest = [identifier for identifier in newest if identifier not in told]
    if any(not identifier.startswith(("identity--", "marking-definition--")) for identifier in rest):
        yield _bundle(_closure(rest, newest), newest)


def missing(objects: Iterable[Raw]) -> set[str]:
    """The ids that the objects refer to and that are not among them."""
    newest = _newest(objects)
    return {reference for one in newest.values() for reference in references(one) if reference not in newest}


def references(one: Raw) -> Iterator[str]:
    """Every id that an object refers to, however deep."""
    stack: list[tuple[str, object]] = list(one.items())
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.items())
        elif isinstance(value, list):
            stack.extend((key, item) for item in value)
        elif isinstance(value, str) and key.endswith(("_ref", "_refs")):
            yield value


def _newest(objects: Iterable[Raw]) -> dict[str, Raw]:
    """The objects by id, of several versions the newest, in the order in which they first came."""
    found: dict[str, Raw] = {}
    for one in objects:
        identifier = one.get("id")
        if not isinstance(identifier, str):
            continue
        before = found.get(identifier)
        if before is None or _version(one) >= _version(before):
            found[identifier] = one
    return found


def _version(one: Raw) -> str:
    return str(one.get("modified", one.get("created", "")))


def _closure(start: Iterable[str], objects: Mapping[str, Raw]) -> set[str]:
    """What these refer to, and what that refers to, as far as it is there."""
    reached: set[str] = set()
    ahead = [*start]
    while ahead:
        identifier = ahead.pop()
        if identifier in objects and identifier not in reached:
            reached.add(identifier)
            ahead.extend(references(objects[identifier]))
    return reached


def _links(objects: Mapping[str, Raw]) -> dict[str, list[str]]:
    """The relationships, by what they begin at."""
    found: dict[str, list[str]] = {}
    for identifier, one in objects.items():
        source = one.get("source_ref")
        if one.get("type") == "relationship" and isinstance(source, str):
            found.setdefault(source, []).append(identifier)
    return found


def _between(reached: set[str], objects: Mapping[str, Raw], links: Mapping[str, list[str]]) -> set[str]:
    """The relationships whose two ends are there, with what they refer to."""
    found = [link for one in sorted(reached) for link in links.get(one, ())]
    return _closure([link for link in found if objects[link].get("target_ref") in reached], objects)


def _bundle(reached: set[str], objects: Mapping[str, Raw]) -> dict[str, Any]:
    chosen = [identifier for identifier in objects if identifier in reached]
    named = "\n".join(f"{identifier} {_version(objects[identifier])}" for identifier in sorted(chosen))
    identifier = uuid.uuid5(_NAMESPACE, named)
    return {"type": "bundle", "id": f"bundle--{identifier}", "objects": [objects[one] for one in chosen]}
