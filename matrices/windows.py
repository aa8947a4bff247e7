"""Windows of time, indexed: which of many overlap a given one, without looking at all of them."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Generic, TypeVar

_FEW = 16
"""Up to here it is quicker to look at all of them."""


Key = TypeVar("Key", bound=tuple[str, ...])


class Windows(Generic[Key]):
    """Half-open windows of whole numbers, each under a key.

    They are kept by how long they are, in classes of doubling length, and within a class by their begin: those of a
    class that overlap a window lie next to one another, with at most as many again that do not.
    """

    __slots__ = ("_classes", "_few")

    def __init__(self) -> None:
        self._few: list[tuple[int, int, Key]] = []
        self._classes: dict[int, list[tuple[int, int, Key]]] | None = None

    def __bool__(self) -> bool:
        return bool(self._few) or any((self._classes or {}).values())

    def add(self, begins: int, ends: int, key: Key) -> None:
        """Add a window."""
        if self._classes is not None:
            insort(self._classes.setdefault((ends - begins).bit_length(), []), (begins, ends, key))
            return
        self._few.append((begins, ends, key))
        if len(self._few) > _FEW:
            moved, self._few, self._classes = self._few, [], {}
            for one in moved:
                self.add(*one)

    def remove(self, begins: int, ends: int, key: Key) -> None:
        """Take out a window that was added."""
        if self._classes is None:
            self._few.remove((begins, ends, key))
            return
        kept = self._classes[(ends - begins).bit_length()]
        del kept[bisect_left(kept, (begins, ends, key))]

    def overlapping(self, begins: int, ends: int) -> Iterator[Key]:
        """The keys of the windows that overlap this one, in no order."""
        for first, last, key in self._few:
            if first < ends and last > begins:
                yield key
        for length, kept in (self._classes or {}).items():
            at = bisect_left(kept, (begins - (1 << length),))
            while at < len(kept) and kept[at][0] < ends:
                if kept[at][1] > begins:
                    yield kept[at][2]
                at += 1

    def all(self) -> Iterator[Key]:
        """Every key, in no order."""
        for kept in (self._few, *(self._classes or {}).values()):
            for _, _, key in kept:
                yield key
