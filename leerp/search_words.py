"""Words as they are compared in a search: without case, accents and compatibility forms, defanged or not.

A word is a run of letters and digits. Words joined without a space, such as `evil.example`, `MS17-010` or `10.0.0.1`,
are one word together and each by itself; `evil[.]example` is `evil.example`.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from leerp.observables import refanged

LONGEST_WORD = 64
"""Longer words are cut to so many characters; longer runs of joined words are their words alone."""

_PART = "(?:[^\\W_]|[\u0300-\u036f])+"
_JOINED = r"(?:[._@+-]|\[(?:\.|@|at|dot)\]|\((?:\.|at|dot)\)|\{\.\}){1,3}"
_TOKEN = re.compile(f"{_PART}(?:{_JOINED}{_PART})*", re.IGNORECASE)
_PARTS = re.compile(_PART)
_FANGS = ((re.compile(r"\{\.\}|\[dot\]|\(dot\)"), "."), (re.compile(r"\(at\)"), "@"), (re.compile(r"\[://\]"), "://"))
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)


class Token(NamedTuple):
    """A run of joined words in a text: where it stands, how it is compared, and where each of its words stands."""

    start: int
    end: int
    whole: str
    parts: tuple[tuple[int, int, str], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All by which it is found."""
        parts = tuple(word for _, _, word in self.parts)
        return (self.whole, *parts) if len(parts) > 1 and len(self.whole) <= LONGEST_WORD else parts


def fold(text: str) -> str:
    """A text without case, accents and compatibility forms (Unicode NFKC, case folding, without combining marks)."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).translate(_LETTERS)
    return unicodedata.normalize("NFKC", plain)


def plain(text: str) -> str:
    """The same, with what was written so that nobody clicks it as it was meant."""
    text = fold(text)
    for expression, meant in _FANGS:
        text = expression.sub(meant, text)
    return refanged(text)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in their order, in time that grows with its length alone."""
    for match in _TOKEN.finditer(text):
        start, written = match.start(), match[0]
        whole = plain(written)
        parts = tuple((start + one.start(), start + one.end(), word) for one in _parts(written) if (word := _cut(one)))
        if parts:
            yield Token(start, match.end(), whole if len(parts) > 1 else parts[0][2], parts)


def _parts(written: str) -> Iterator[re.Match[str]]:
    """The words of a run, without the `at` and `dot` that stand for a sign."""
    for one in _PARTS.finditer(written):
        around = written[max(one.start() - 1, 0) : one.start()] + written[one.end() : one.end() + 1]
        if one[0].lower() not in ("at", "dot") or around not in ("[]", "()"):
            yield one


def _cut(one: re.Match[str]) -> str:
    word = fold(one[0])[:LONGEST_WORD]
    return "http" + word[4:] if word in ("hxxp", "hxxps") else word
