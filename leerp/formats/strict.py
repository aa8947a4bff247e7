"""Reading structured text strictly: YAML 1.2 and JSON with limits first, then a model that refuses unknown keys.

Every fault is one BadInputError that names the file, and for YAML the line and the key.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event

from leerp.errors import BadInputError
from leerp.formats.plain_yaml import UnusualError, plain_yaml
from leerp.formats.texts import shown
from leerp.reports import MAX_DEPTH

MAX_YAML_BYTES = 8 * 1024 * 1024

MAX_JSON_CONTAINERS = 250_000
"""The most objects and lists in one JSON file; a 20 MiB export of real attributes has half of that."""

MAX_JSON_COMMAS = 1_200_000
"""The most commas in one JSON file: a bound on its values that is counted before a parser is started."""

Parsed = TypeVar("Parsed", bound=BaseModel)


def text_of(content: bytes, *, name: str) -> str:
    """UTF-8 text, without a byte order mark."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{name}: not UTF-8 text (byte {error.start}); save it as UTF-8 and try again") from error
    if "\x00" in text:
        raise BadInputError(f"{name}: holds a NUL character; this is not a text file")
    return text


def json_of(content: bytes, *, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value of bounded depth and size, without duplicate keys, NaN, Infinity or halves of characters."""
    containers = content.count(b"{") + content.count(b"[")
    if containers > MAX_JSON_CONTAINERS or content.count(b",") > MAX_JSON_COMMAS:
        raise BadInputError(
            f"{name}: more than {MAX_JSON_CONTAINERS:,} objects and lists or {MAX_JSON_COMMAS:,} commas; split the file"
        )
    text = text_of(content, name=name)
    try:
        value = _DECODER.decode(text)
    except _RefusedError as error:
        raise BadInputError(f"{name}: {error}") from error
    except RecursionError as error:
        raise BadInputError(f"{name}: nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        raise BadInputError(
            f"{name}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg}); is the file complete?"
        ) from error
    except ValueError as error:  # json leaves the length of a number to int()
        raise BadInputError(f"{name}: holds a number of more than 4,300 digits; correct it") from error
    if containers > MAX_DEPTH:
        _bounded(value, name)
    if _HALF.search(text):
        _whole_characters(value, name)
    return value


_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _whole_characters(value: object, name: str) -> None:
    """Refuse a surrogate without its other half: JSON can write it, UTF-8 (and so any store) cannot hold it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInputError(
            f"{name}: holds half of a character (a lone \\ud8xx-\\udfxx escape); repair the text"
        ) from error


class _RefusedError(Exception):
    """What is wrong with a JSON text, without the name of its file."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise _RefusedError(f"the key {shown(twice)!r} stands twice in one object")
    return mapping


def _no_constant(text: str) -> None:
    raise _RefusedError(f"not valid JSON ({text} is not a JSON number)")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _bounded(value: object, name: str) -> None:
    """Refuse nesting beyond the limit, without recursion."""
    layer: list[object] = [value]
    for _ in range(MAX_DEPTH):
        layer = [child for item in layer for child in _children(item)]
        if not layer:
            return
    raise BadInputError(f"{name}: nested deeper than {MAX_DEPTH} levels")


def _children(item: object) -> Iterator[object]:
    if isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, list):
        yield from item


def yaml_of(content: bytes, *, name: str) -> Any:  # noqa: ANN401 - any YAML value
    """A YAML 1.2 document: safe, duplicate keys refused, no aliases, bounded. The country NO stays a text.

    It keeps its lines for `line_of`, which takes 40 kB for each entry of a directory; `yaml_model` takes a tenth.
    """
    text = _yaml_text(content, name)
    reader = YAML(typ="rt")
    reader.version = (1, 2)
    try:
        _shallow(YAML(typ="safe", pure=True).parse(text), name)
        value = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = " ".join((error.problem or "not valid YAML").split())
        raise BadInputError(f"{name}{line}: {problem}") from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise BadInputError(f"{name}: not valid YAML") from error
    _bounded(value, name)
    return value


def _yaml_text(content: bytes, name: str) -> str:
    if len(content) > MAX_YAML_BYTES:
        raise BadInputError(f"{name}: larger than {MAX_YAML_BYTES // 1024 // 1024} MiB")
    return text_of(content, name=name)


def _shallow(events: Iterator[Event], name: str) -> None:
    """Refuse aliases, and nesting beyond the limit as soon as it is met: the scanner's time grows with its square."""
    depth = 0
    for event in events:
        if isinstance(event, AliasEvent):
            line = event.start_mark.line + 1
            raise BadInputError(f"{name}, line {line}: aliases (*name) are not read; write the value out")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BadInputError(f"{name}, line {event.start_mark.line + 1}: nested deeper than {MAX_DEPTH} levels")


def model_of(model: type[Parsed], value: Any, *, name: str) -> Parsed:  # noqa: ANN401 - any parsed value
    """The model of a parsed value. Times stay as they are written; the first fault is named with its place."""
    try:
        return model.model_validate(_plain(value))
    except ValidationError as error:
        raise BadInputError(f"{name}{_place(error, value)}") from error
    except OverflowError as error:  # the first or last hours of the calendar have no equal in UTC
        raise BadInputError(f"{name}: a time lies outside the years 1 to 9999 in UTC; correct it") from error


def json_model(model: type[Parsed], value: Any, *, name: str) -> Parsed:  # noqa: ANN401 - any JSON value
    """`model_of` for what `json_of` has read, which holds nothing that would first have to be made plain."""
    try:
        return model.model_validate(value)
    except (ValidationError, OverflowError):
        return model_of(model, value, name=name)


def yaml_model(model: type[Parsed], content: bytes, *, name: str) -> Parsed:
    """The model of a YAML document: read plainly, and a second time with its lines if there is a fault to be placed."""
    text = _yaml_text(content, name)
    try:
        return model.model_validate(plain_yaml(text))
    except (UnusualError, YAMLError, ValueError, OverflowError):
        return model_of(model, yaml_of(content, name=name), name=name)


def shipped_model(model: type[Parsed], content: bytes, *, name: str) -> Parsed:
    """The model of a YAML document that comes with leerp."""
    return yaml_model(model, content, name=name)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any parsed value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    return value


def _place(error: ValidationError, value: object) -> str:
    """`, line 12, key stakeholders.3.country: …` for one fault, an unknown key first, with how many more there are."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    # A mistyped key is two faults, one missing and one unknown; only the unknown one stands in the file and has a line.
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    keys = shown(".".join(str(part) for part in first["loc"]), limit=120) if first["loc"] else ""
    line = line_of(value, first["loc"])
    where = (f", line {line}" if line else "") + (f", key {keys}" if keys else "")
    more = error.error_count() - 1
    message = shown(first["msg"].removeprefix("Value error, "), limit=200)
    return f"{where}: {message}" + (f" (and {more} more)" if more else "")


def line_of(value: object, location: Sequence[int | str]) -> int | None:
    """The line of what stands at a location of a YAML document, or of the nearest thing around it.

    A part of the location that is no key there, such as the tag of a union in pydantic's locations, is passed over.
    """
    line: int | None = None
    for part in location:
        if isinstance(value, CommentedMap) and part in value:
            line = int(value.lc.key(part)[0]) + 1
            value = value[part]
        elif isinstance(value, CommentedSeq) and isinstance(part, int) and part < len(value):
            line = int(value.lc.item(part)[0]) + 1
            value = value[part]
    return line
