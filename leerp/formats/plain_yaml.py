"""YAML 1.2 as nearly all files are written, read in one pass over the parser's events.

A reader that could write the file back keeps every token with its line: 40 kB for each entry of a directory, and ten
times the time. Here a file becomes plain values at once. What is written in an unusual way is left to that reader, and
so is every fault, because that reader knows the lines.
"""

import sys
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import ScalarNode

from leerp.reports import MAX_DEPTH

_TEXT = "tag:yaml.org,2002:str"
_SCALARS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "timestamp"))


class UnusualError(Exception):
    """Something that this reader leaves to the other: a tag, an anchor, a key that is no text or stands twice."""


def plain_yaml(text: str) -> Any:  # noqa: ANN401 - any YAML value
    """The value of one YAML 1.2 document, in dicts with texts as keys, lists, texts, numbers, truths and times.

    UnusualError for what is not read here, as soon as it is met; ruamel's YAMLError and ValueError for what is no YAML.
    """
    builder = _Builder()
    for event in YAML(typ="safe", pure=True).parse(text):
        builder.add(event)
    return builder.value


class _Builder:
    """A value that grows event by event."""

    def __init__(self) -> None:
        self.value: Any = None
        self._open: list[dict[str, Any] | list[Any]] = []
        self._keys: list[str | None] = []  # of each open mapping, the key whose value comes next
        self._documents = 0
        # The scalars of the other reader, so that a time is the same time.
        self._reader = YAML(typ="rt")
        self._reader.version = (1, 2)

    def add(self, event: Event) -> None:
        """Take in the next event; UnusualError."""
        if isinstance(event, ScalarEvent):
            self._put(self._scalar(event))
        elif isinstance(event, CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if event.version or event.tags or self._documents > 1:
                raise UnusualError
        elif isinstance(event, AliasEvent) or (isinstance(event, StreamEndEvent) and not self._documents):
            raise UnusualError

    def _begin(self, event: CollectionStartEvent) -> None:
        # One level less than is allowed, where an empty list may still stand but nothing in it.
        if event.tag is not None or event.anchor is not None or len(self._open) + 1 >= MAX_DEPTH:
            raise UnusualError
        collection: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
        self._put(collection)
        self._open.append(collection)
        self._keys.append(None)

    def _put(self, value: Any) -> None:  # noqa: ANN401 - any YAML value
        if not self._open:
            self.value = value
            return
        collection = self._open[-1]
        if isinstance(collection, list):
            collection.append(value)
            return
        key = self._keys[-1]
        if key is not None:
            collection[key] = value
            self._keys[-1] = None
        elif isinstance(value, str) and value not in collection:
            self._keys[-1] = sys.intern(value)  # an entry of a directory has the same keys as ten thousand others
        else:
            raise UnusualError

    def _scalar(self, event: ScalarEvent) -> Any:  # noqa: ANN401 - any scalar
        if event.tag is not None or event.anchor is not None:
            raise UnusualError
        if not event.implicit[0]:
            return event.value
        tag = self._reader.resolver.resolve(ScalarNode, event.value, event.implicit)
        if tag.suffix == _TEXT:
            return event.value
        if tag.suffix not in _SCALARS:
            raise UnusualError
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)
        return self._reader.constructor.construct_document(node)
