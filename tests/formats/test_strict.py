"""Strict JSON and YAML: limits first, and the place of every fault."""

import time

import pytest
from pydantic import BaseModel

from leerp.errors import BadInputError
from leerp.formats.strict import MAX_YAML_BYTES, json_of, text_of, yaml_model, yaml_of
from leerp.model import Instant, Model
from leerp.reports import MAX_DEPTH


class _Row(Model):
    country: str
    at: Instant | None = None


class _Sheet(Model):
    rows: tuple[_Row, ...] = ()


def said(content: bytes, *, yaml: bool = False, model: type[BaseModel] | None = None) -> str:
    """The sentence with which a file is refused."""
    try:
        if model:
            return f"not refused: {yaml_model(model, content, name='file')!r}"
        return f"not refused: {yaml_of(content, name='file') if yaml else json_of(content, name='file')!r}"
    except BadInputError as error:
        return error.sentence


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Windows writes one."""
    assert text_of(b"\xef\xbb\xbfx", name="file") == "x"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": 1', "file, line 1, column 8: not valid JSON (Expecting ',' delimiter); is the file complete?"),
        (b"\n{]", "file, line 2, column 2: not valid JSON"),
        (b'{"a": {"b": 1, "b": 2}}', "file: the key 'b' stands twice in one object"),
        (b"NaN", "file: not valid JSON (NaN is not a JSON number)"),
        (b"-Infinity", "file: not valid JSON (-Infinity is not a JSON number)"),
        (b"1" * 5_000, "file: holds a number of more than 4,300 digits; correct it"),
        (b'"\\ud800"', "file: holds half of a character (a lone \\ud8xx-\\udfxx escape); repair the text"),
        (b'{"\\udfff": 1}', "file: holds half of a character"),
        (b"\xff", "file: not UTF-8 text (byte 0); save it as UTF-8 and try again"),
        (b"[" * 2_000, "file: nested deeper than 40 levels"),
        (b"[" * 50 + b"]" * 50, "file: nested deeper than 40 levels"),
        (b"[" + b"[]," * 250_000 + b"[]]", "file: more than 250,000 objects and lists or 1,200,000 commas"),
        (b"[" + b"1," * 1_200_001 + b"1]", "file: more than 250,000 objects and lists or 1,200,000 commas"),
    ],
)
def test_bad_json_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    """What is wrong and where."""
    assert said(content).startswith(sentence)


def test_json_within_the_limits_is_read() -> None:
    """Whole characters in escapes, and nesting up to the limit."""
    deepest: object = json_of(b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1), name="file")
    assert isinstance(deepest, list)
    assert json_of(b'"\\ud83d\\ude00"', name="file") == "\U0001f600"


def test_a_doubled_key_among_a_million_is_found_quickly() -> None:
    """The search for it does not take the square of the number of keys."""
    keys = b",".join(b'"%d":0' % number for number in range(300_000))
    begun = time.monotonic()
    assert said(b"{" + keys + b',"299999":1}') == "file: the key '299999' stands twice in one object"
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a: 1\nb: [", "file, line 2: expected the node content"),
        (b"a: 1\na: 2", "file, line 2: found duplicate key"),
        (b"a: &x 1\nb: *x", "file, line 2: aliases (*name) are not read; write the value out"),
        (b"[" * 100_000, "file, line 1: nested deeper than 40 levels"),
        (b"- " * 50_000, "file, line 1: nested deeper than 40 levels"),
        (b"\n".join(b" " * depth + b"a:" for depth in range(60)), "file, line 41: nested deeper than 40 levels"),
        (b"x" * (MAX_YAML_BYTES + 1), "file: larger than 8 MiB"),
        (b"a: \x00", "file: holds a NUL character; this is not a text file"),
    ],
)
def test_bad_yaml_is_refused_in_one_sentence_and_quickly(content: bytes, sentence: str) -> None:
    """What is wrong and on which line; a bomb of brackets or aliases does not go off."""
    begun = time.monotonic()
    assert said(content, yaml=True).startswith(sentence)
    assert said(content, model=_Sheet) == said(content, yaml=True)
    assert time.monotonic() - begun < 30


def test_norway_is_a_country_in_yaml() -> None:
    """YAML 1.2 has no other booleans than true and false."""
    assert yaml_model(_Sheet, b"rows: [{country: NO}]", name="file").rows[0].country == "NO"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"rows:\n- country: NO\n- land: NO",
            "file, line 3, key rows.1.land: Extra inputs are not permitted (and 1 more)",
        ),
        (b"rows:\n- {country: NO, at: 2017-05-12}", "file, line 2, key rows.0.at: "),
        (b"rows:\n- {country: NO}\n- {country: &x NO, at: ''}", "file, line 3, key rows.1.at: "),
        (b"rows:\n- {country: NO}\n- {1: NO}", "file, line 3, key rows.1.1: Extra inputs"),
        (b"rows:\n- country: NO\n  country: SE", "file, line 3: found duplicate key"),
        (b"rows:\n- {country: NO, at: '0001-01-01T00:00:00+14:00'}", "file: a time lies outside the years 1 to 9999"),
    ],
)
def test_what_a_model_refuses_is_placed_by_line_and_key(content: bytes, sentence: str) -> None:
    """A person can go to the line."""
    assert said(content, model=_Sheet).startswith(sentence)
