"""A JSON document of others, read so that no leaf of it can be lost: what is not taken is listed in the end."""

from collections.abc import Iterator, Mapping
from typing import Any

from exercises.exchange.remarks import Remarks

Path = tuple[str | int, ...]

NOTHING: tuple[object, ...] = (None, "", [], {})
"""Leaves that hold nothing, so that there is nothing to carry."""


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value of a document that is no object and no list, with its path; what holds nothing is left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    elif value not in NOTHING:
        yield path, value


def pointer(path: Path) -> str:
    """A path as people and programs write it (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path) or "/"


class Source:
    """A document of which each part is taken at most by name; see `list_the_rest`."""

    def __init__(self, document: object, remarks: Remarks) -> None:
        self.document = document
        self.remarks = remarks
        self._taken: set[Path] = set()

    def at(self, *path: str | int) -> Any:  # noqa: ANN401 - any JSON value
        """What stands at a path, without taking it; None where nothing does."""
        value: Any = self.document
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
                value = value[part]
            else:
                return None
        return value

    def take(self, *path: str | int) -> Any:  # noqa: ANN401 - any JSON value
        """What stands at a path with all that is in it, which is then carried by whoever took it."""
        self._taken.update(place for place, _ in leaves(self.at(*path), path))
        return self.at(*path)

    def text(self, *path: str | int) -> str:
        """The text at a path, taken; empty, and not taken, where there is none."""
        value = self.at(*path)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(self.take(*path))

    def items(self, *path: str | int) -> range:
        """The indices of the list at a path; none where there is no list."""
        found = self.at(*path)
        return range(len(found)) if isinstance(found, list) else range(0)

    def index(self, key: str, identifier: str) -> dict[str, int]:
        """Where the entries of the list under a key stand, by the text that identifies each."""
        named = ((self.at(key, at, identifier), at) for at in self.items(key))
        return {name: at for name, at in named if isinstance(name, str)}

    def refuse(self, *path: str | int, why: str) -> None:
        """List a value as refused."""
        self._taken.update(place for place, _ in leaves(self.at(*path), path))
        self.remarks.refused(pointer(path), self.at(*path), why)

    def list_the_rest(self, reasons: Mapping[str, str]) -> None:
        """List whatever was not taken; a part of which nothing was taken is listed once, by the path of the whole.

        `reasons`: why what stands under a key is not; of several keys of a path the last one says it.
        """
        for path, value in _uppermost(self.document, (), self._taken):
            named = [reasons[part] for part in path if isinstance(part, str) and part in reasons]
            why = named[-1] if named else "a scenario has no place for it"
            self.remarks.not_carried(pointer(path), value if not isinstance(value, dict | list) else "", why)


def _uppermost(value: object, path: Path, taken: set[Path]) -> Iterator[tuple[Path, object]]:
    places = [place for place, _ in leaves(value, path)]
    left = [place for place in places if place not in taken]
    if not left:
        return
    if len(left) == len(places) and path:
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _uppermost(item, (*path, str(key)), taken)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _uppermost(item, (*path, at), taken)
