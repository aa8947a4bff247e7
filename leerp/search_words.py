"""Words as they are compared in a search: without case, accents and compatibility forms, defanged or not.

A word is a run of letters and digits. Words joined without a space, such as `evil.example`, `MS17-010` or `10.0.0.1`,
are one word together and each by itself; `evil[.]example` is `evil.example`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from leerp.observables import refanged

LONGEST_WORD = 64
"""Longer words are cut to so many characters; longer runs of joined words are their words alone."""

_PART = "(?:[^\\W_]|[\u0300-\u036f])+"
_JOINED = r"(?:[._@+-]|\[(?:\.|@|at|dot)\]|\((?:\.|at|dot)\)|\{\.\}){1,3}"
_TOKEN = re.compile(f"{_PART}(?:{_JOINED}{_PART})*", re.IGNORECASE)
_PARTS = re.compile(_PART)
_ASCII = re.compile(f"[0-9A-Za-z]+(?:{_JOINED}[0-9A-Za-z]+)*", re.IGNORECASE | re.ASCII)
"""The same as `_TOKEN` in a text of ASCII alone, in half the time."""

_SIGNS = re.compile(r"[._@+-]+")
_BRACKETS = re.compile(r"[\[({]")
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
        return _found_by(self.whole, tuple(word for _, _, word in self.parts))


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
        whole, inside = _apart(written) if len(written) <= LONGEST_WORD else _taken_apart(written)
        if inside:
            parts = tuple((start + first, start + after, word) for first, after, word in inside)
            yield Token(start, match.end(), whole, parts)


def runs(text: str) -> Iterable[str]:
    """The different runs of joined words in a text as they are written there, in the order of their first mention."""
    return dict.fromkeys((_ASCII if text.isascii() else _TOKEN).findall(text))


def read_run(written: str) -> tuple[str, tuple[str, ...]]:
    """How a run is compared as a whole, and all words by which it is found, as a `Token` has both.

    A run that is nothing but signs has no words.
    """
    if not written.isascii() or _BRACKETS.search(written):
        whole, inside = _taken_apart(written)
        return whole, _found_by(whole, tuple(word for _, _, word in inside))
    lowered = written.lower()
    if lowered.isalnum():
        word = _cut(lowered)
        return word, (word,)
    whole, parts = refanged(lowered), tuple(map(_cut, _SIGNS.split(lowered)))
    return whole, _found_by(whole, parts)


def _found_by(whole: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    return (whole, *parts) if len(parts) > 1 and len(whole) <= LONGEST_WORD else parts


def _taken_apart(written: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """A run of joined words as it is compared, and its words with their places in it."""
    parts = tuple((one.start(), one.end(), word) for one in _parts(written) if (word := _cut(fold(one[0]))))
    return (parts[0][2] if len(parts) == 1 else plain(written)), parts


_apart = lru_cache(maxsize=20_000)(_taken_apart)
"""The same; of the words of an incident most come again and again."""


def _parts(written: str) -> Iterator[re.Match[str]]:
    """The words of a run, without the `at` and `dot` that stand for a sign."""
    for one in _PARTS.finditer(written):
        around = written[max(one.start() - 1, 0) : one.start()] + written[one.end() : one.end() + 1]
        if one[0].lower() not in ("at", "dot") or around not in ("[]", "()"):
            yield one


def _cut(folded: str) -> str:
    word = folded[:LONGEST_WORD]
    return "http" + word[4:] if word in ("hxxp", "hxxps") else word
