"""The plain reading of YAML: never another value than the reading that keeps the lines, and never more."""

import io
import json
import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from leerp.errors import BadInputError
from leerp.formats.plain_yaml import UnusualError, plain_yaml
from leerp.formats.strict import yaml_of
from leerp.reports import MAX_DEPTH

ROOT = Path(__file__).parents[2]
ROOMS = ("matrices", "notifications", "exercises")
SHIPPED = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.yaml"))

WORDS = (
    *("NO", "no", "y", "yes", "on", "true", "True", "null", "~", "", "<<", "=", "a", "key", "a b", "ä"),
    *("0", "012", "0o17", "0x1F", "0b1", "1_000", "-1", "+1", "1.5", "1e3", ".5", "1.", ".inf", "-.INF", "12:30:45"),
    *("2017-05-12", "2017-05-12T07:44:00Z", "2017-05-12 07:44:00+02:00", "2017-05-12T07:44:00.5", "2017-02-30"),
)
"""What is read as something else by some reader or other."""

MARKS = (*"-?:,[]{}#&*!|>'\"%@`.", "\n", "\n", "\n  ", "\n- ", ": ", ": ", "- ", " # ", "---", "...", "\t", "\\n")
"""What gives a document its form."""


def exact(value: Any) -> Any:
    """A value with the type of all that is in it, in its order; the other reading has types of its own."""
    if isinstance(value, dict):
        return "map", [(exact(str(key)), exact(item)) for key, item in value.items()]
    if isinstance(value, list):
        return "list", [exact(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, datetime):
        return "time", value.isoformat()
    kinds = (bool, int, float, str, date, type(None))
    kind = next((kind for kind in kinds if isinstance(value, kind)), type(value))
    return kind.__name__, value


def written(value: Any, *, flow: bool) -> str:
    """A document with that value, in flow style as JSON."""
    if flow:
        return json.dumps(value)
    writer, out = YAML(typ="safe", pure=True), io.StringIO()
    writer.default_flow_style = False
    writer.dump(value, out)
    return out.getvalue()


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_every_shipped_file_is_read_plainly_and_alike(path: Path) -> None:
    """None of them needs the other reading, and none is read otherwise by it."""
    content = (ROOT / path).read_bytes()
    assert exact(plain_yaml(content.decode())) == exact(yaml_of(content, name=path.name))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)
KEYS = st.text(max_size=10) | st.sampled_from(WORDS)
VALUES = st.recursive(
    SCALARS, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=4), max_leaves=12
)


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_whatever_is_written_is_read_alike(value: Any, flow: bool) -> None:
    """Any value, in block and in flow style, is the same value in both readings."""
    text = written(value, flow=flow)
    assert exact(plain_yaml(text)) == exact(yaml_of(text.encode(), name="drawn"))


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(WORDS + MARKS), max_size=14).map("".join))
@example("a: !!str 1")
@example("? [a]\n: b")
@example("%YAML 1.1\n---\na: yes")
def test_nothing_is_read_that_the_other_reading_refuses_or_reads_otherwise(text: str) -> None:
    """A text that is hardly YAML is refused by the plain reading, or is the same value in the other."""
    try:
        found = plain_yaml(text)
    except (UnusualError, YAMLError, ValueError):
        return
    assert exact(found) == exact(yaml_of(text.encode(), name="drawn"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "# nothing", "a: 1\n---\nb: 2", "%YAML 1.1\n---\na: yes", "%TAG ! tag:x,1:\n---\na: 1"),
        *("a: 1\na: 2", "1: a", "[a]: b", "? {a: b}\n: c", "<<: {a: b}", "a: ="),
        *("a: &x 1", "a: &x [1]", "a: *x", "a: !!str 1", "a: !x [1]", "! a"),
        *("[" * MAX_DEPTH + "]" * MAX_DEPTH, "[" * 100_000, "- " * 50_000),
    ],
)
def test_the_unusual_is_left_to_the_other_reading(text: str) -> None:
    """Tags, anchors, doubled keys and keys that are no text, further documents, and nesting, as soon as it is met."""
    with pytest.raises(UnusualError):
        plain_yaml(text)


def test_nesting_within_the_limit_is_read() -> None:
    """One level less than the limit, with something in it."""
    deepest = MAX_DEPTH - 1
    text = "[" * deepest + "a" + "]" * deepest
    assert plain_yaml(text) == yaml_of(text.encode(), name="deep")
    with pytest.raises(BadInputError, match="nested deeper"):
        yaml_of(f"[{text}]".encode(), name="deeper")


def test_the_country_no_is_a_text() -> None:
    """YAML 1.2: the only truths are true and false."""
    assert plain_yaml("[NO, no, on, true]") == ["NO", "no", "on", True]
