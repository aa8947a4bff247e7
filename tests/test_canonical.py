"""Canonical JSON: the fast way gives the very bytes of RFC 8785, and refuses what that refuses."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from leerp import canonical
from leerp.journal import JournalKind

TEXTS = some.text(alphabet=some.characters(codec="utf-8"), max_size=8)
NUMBERS = some.integers(-(2**53) + 1, 2**53 - 1) | some.floats(allow_nan=False, allow_infinity=False)
VALUES = some.recursive(
    some.none() | some.booleans() | NUMBERS | TEXTS,
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_both_ways_give_the_same_bytes(value: object) -> None:
    """Whatever JSON can say is written as the reference does it: signs, fractions, the order of names."""
    assert canonical.dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        {"\U0001f600": 1, "\ufb33": 2, "\n": 3},
        '\x00\x1f\x7f\u2028"\\/',
        {"kind": JournalKind.DESK_ACT_REFUSED, JournalKind.DESK_ACT_REFUSED: (1, 2)},
        [1.0, -0.0, 1e21, 333333333.3333333, True, 2**53 - 1],
    ],
    ids=["names out of the first plane", "signs", "words of a list", "numbers"],
)
def test_what_encoders_write_differently(value: object) -> None:
    """The cases in which the encoder of the standard library would be wrong, or might be."""
    assert canonical.dumps(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [2**53, float("nan"), "\ud800", {1: "one"}, {"a": {None: 1}}, {"x": b"bytes"}], ids=repr
)
def test_what_json_cannot_say_is_refused(value: object) -> None:
    """As by the reference: a number too large, half a character, a name that is no text."""
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical.dumps(value)
