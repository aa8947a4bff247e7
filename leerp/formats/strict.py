"""Reading structured text strictly: YAML 1.2 and JSON with limits first, then a model that refuses unknown keys.

Every fault is one BadInputError that names the file, and for YAML the line and the key.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from leerp.errors import BadInputError
from leerp.reports import MAX_DEPTH

MAX_YAML_BYTES = 8 * 1024 * 1024

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
    """A JSON value of bounded depth, without duplicate keys, NaN or Infinity."""
    text = text_of(content, name=name)
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, name), parse_constant=_no_constant)
    except RecursionError as error:
        raise BadInputError(f"{name}: nested deeper than {MAX_DEPTH} levels") from error
    except json.JSONDecodeError as error:
        raise BadInputError(
            f"{name}, line {error.lineno}, column {error.colno}: not valid JSON ({error.msg}); is the file complete?"
        ) from error
    except ValueError as error:
        raise BadInputError(f"{name}: not valid JSON ({error})") from error
    _bounded(value, name)
    return value


def _unique(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadInputError(f"{name}: the key {twice[:60]!r} stands twice in one object")
    return mapping


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a JSON number")


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
    """A YAML 1.2 document: safe, duplicate keys refused, no aliases, bounded. The country NO stays a text."""
    if len(content) > MAX_YAML_BYTES:
        raise BadInputError(f"{name}: larger than {MAX_YAML_BYTES // 1024 // 1024} MiB")
    text = text_of(content, name=name)
    reader = YAML(typ="rt")
    reader.version = (1, 2)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, AliasEvent):
                line = event.start_mark.line + 1
                raise BadInputError(f"{name}, line {line}: aliases (*name) are not read; write the value out")
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


def model_of(model: type[Parsed], value: Any, *, name: str) -> Parsed:  # noqa: ANN401 - any parsed value
    """The model of a parsed value. Times stay as they are written; the first fault is named with its place."""
    try:
        return model.model_validate(_plain(value))
    except ValidationError as error:
        raise BadInputError(f"{name}{_place(error, value)}") from error


def yaml_model(model: type[Parsed], content: bytes, *, name: str) -> Parsed:
    """The model of a YAML document."""
    return model_of(model, yaml_of(content, name=name), name=name)


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
    """`, line 12, key stakeholders.3.country: …` for the first fault, with how many more there are."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    keys = ".".join(str(part) for part in first["loc"])
    line = _line_of(value, first["loc"])
    where = (f", line {line}" if line else "") + (f", key {keys}" if keys else "")
    more = error.error_count() - 1
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" + (f" (and {more} more)" if more else "")


def _line_of(value: object, location: tuple[int | str, ...]) -> int | None:
    line: int | None = None
    for part in location:
        if isinstance(value, CommentedMap) and part in value:
            line = int(value.lc.key(part)[0]) + 1
            value = value[part]
        elif isinstance(value, CommentedSeq) and isinstance(part, int) and part < len(value):
            line = int(value.lc.item(part)[0]) + 1
            value = value[part]
        else:
            break
    return line
