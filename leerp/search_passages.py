"""Passages: the piece of a text in which the words of a query stand, and where in it."""

from collections.abc import Sequence

from leerp.search_terms import Wanted
from leerp.search_words import Token, tokens
from leerp.searching import Passage

AROUND = 80
"""How many characters are shown on either side of the first word that was found."""

MOST_MARKS = 50
MOST_READ = 20_000
"""How many characters of a text are read for the place of a word; of a longer one the beginning is shown."""


def whole(text: str, wanted: Sequence[Wanted]) -> Passage:
    """A line with its words marked."""
    text = flat(text)
    return Passage(text=text, marks=_marks(text, wanted))


def around(text: str, wanted: Sequence[Wanted]) -> Passage | None:
    """The text around the first word that is found in it, or its beginning; None of an empty one."""
    text = flat(text)[:MOST_READ]
    first = next((place for token in tokens(text) for place in _places(token, wanted)), None)
    start = max(0, first[0] - AROUND) if first else 0
    end = min(len(text), (first[1] if first else 0) + 2 * AROUND)
    while start > 0 and not text[start - 1].isspace() and first and first[0] - start < 2 * AROUND:
        start -= 1
    piece = text[start:end].strip()
    return Passage(text=piece, marks=_marks(piece, wanted)) if piece else None


def flat(text: str) -> str:
    """A text on one line, character for character."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _marks(text: str, wanted: Sequence[Wanted]) -> tuple[tuple[int, int], ...]:
    places = [place for token in tokens(text) for place in _places(token, wanted)]
    return tuple(dict.fromkeys(places))[:MOST_MARKS]


def _places(token: Token, wanted: Sequence[Wanted]) -> list[tuple[int, int]]:
    """Where in a run of joined words something asked for stands: the whole of it, or words of it."""
    if any(_is(token.whole, one) for one in wanted):
        return [(token.start, token.end)]
    return [(start, end) for start, end, word in token.parts if any(_is(word, one) for one in wanted)]


def _is(word: str, one: Wanted) -> bool:
    if word.startswith(one.word) and (word == one.word or len(one.word) > 1):
        return True
    return "." in one.word and word.endswith(f".{one.word}")
