"""Texts of others, made safe to show and to store: folded to one line, freed of control characters, cut with a mark."""

import re

MAX_LINE = 256
MAX_TEXT = 100_000

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_INVISIBLE = "\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"  # line separators and direction overrides: they hide text
_HALVES = "\ud800-\udfff"

_NOT_IN_A_LINE = re.compile(f"[\\s{_CONTROL}{_INVISIBLE}{_HALVES}]+")
_NOT_IN_A_TEXT = re.compile(f"[{_CONTROL}{_INVISIBLE}{_HALVES}]+")
_NOT_IN_A_VALUE = re.compile(f"[\t\n{_CONTROL}{_INVISIBLE}{_HALVES}]")


def line(text: str, *, otherwise: str, limit: int = MAX_LINE) -> str:
    """One line of at most `limit` characters; `otherwise` when nothing is left. A cut ends in an ellipsis."""
    folded = _NOT_IN_A_LINE.sub(" ", text[: 16 * limit]).strip()
    if not folded:
        return otherwise
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def shown(text: str, *, limit: int = 80) -> str:
    """A word of a file as it may stand in a message: one line, short, and nothing in it that a terminal obeys."""
    one_line = line(text, otherwise="?", limit=limit)
    return one_line if one_line.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in one_line)


def prose(text: str) -> str:
    """Text with line breaks as newlines and without any other control character; not cut."""
    return _NOT_IN_A_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def printable(value: str) -> bool:
    """Whether a value holds nothing that a screen would hide or a store refuse."""
    return not _NOT_IN_A_VALUE.search(value)
