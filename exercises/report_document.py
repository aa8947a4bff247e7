"""The after-action report as a PDF document: PDF/A-2a to keep, PDF/UA-1 to be read aloud.

It is set from the HTML page of the same report, so that the two never say different things: of its `main` the headings,
paragraphs, lists, tables and charts are taken, as data, and handed to the typesetter of `notifications`, which reads
none of it as code. The marking and the sign of the exercise stand on every page, as on a notice.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from typing import Any

from exercises.after_action import AfterAction
from exercises.report_page import Drawing
from notifications.forms.pdf import letterhead, shown, typeset

Block = dict[str, Any]

_NAMED = 3
"""How many incidents the foot of a page names."""


def set_document(report: AfterAction, page: str, drawn: Sequence[Drawing]) -> bytes:
    """The document. ServiceMissingError without a typesetter, BadInputError if it refuses what the report says."""
    return begin_document(report, page, drawn)()


def begin_document(report: AfterAction, page: str, drawn: Sequence[Drawing]) -> Callable[[], bytes]:
    """Have the document set, by another process; what is returned waits for it. Both raise as `set_document` does."""
    said: Block = {
        "title": shown(f"EXERCISE | After-action report: {report.title}"),
        "author": "leerp",
        "blocks": [*_blocks(page, drawn)],
    }
    more = len(report.incidents) > _NAMED
    head = letterhead(
        banner=report.marking,
        incident=", ".join(one.reference for one in report.incidents[:_NAMED]) + (" …" if more else ""),
        document=f"after-action report of {report.exercise}",
        exercise=True,
    )
    return typeset(
        _source(),
        inputs={"notice": head, "report": said},
        at=report.ends_at,
        refusal=f"{report.exercise}: no PDF can be made of its report; read after-action.html instead",
    )


@cache
def _source() -> bytes:
    return (resources.files("exercises") / "templates" / "after-action.typ").read_bytes()


def _blocks(page: str, drawn: Sequence[Drawing]) -> list[Block]:
    reader = _Reader([str(one.svg) for one in drawn])
    reader.feed(page)
    reader.close()
    return reader.blocks


_HEADINGS = {"h1": 1, "h2": 2, "h3": 3}
_TEXTS = {*_HEADINGS, "p", "li", "td", "th"}
_SKIPPED = {"nav", "svg"}


class _Reader(HTMLParser):
    """Takes the blocks of a report out of its page. `charts`: as they were drawn, in the order of the page."""

    def __init__(self, charts: Sequence[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._charts = iter(charts)
        self._inside = False
        self._skipping: str | None = None
        self._text: list[str] | None = None
        self._tone = ""
        self._rows: list[list[Block]] | None = None
        self._head = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "main":
            self._inside = True
        if not self._inside or self._skipping:
            return
        if tag in _SKIPPED:
            self._skip(tag, dict(attrs))
        elif tag == "table":
            self._rows, self._head = [], 0
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in _TEXTS:
            self._text, self._tone = [], dict(attrs).get("class") or ""
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def _skip(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._skipping = tag
        if tag == "svg":
            alt = shown(attributes.get("aria-label") or "")
            self.blocks.append({"kind": "chart", "svg": shown(next(self._charts)), "alt": alt})

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._inside = False
        if tag == self._skipping:
            self._skipping = None
        elif self._inside and not self._skipping:
            self._end(tag)

    def _end(self, tag: str) -> None:
        if tag == "thead" and self._rows is not None:
            self._head = len(self._rows)
        elif tag == "table" and self._rows is not None:
            if self._rows[self._head :]:
                self.blocks.append(_table(self._rows, head=self._head))
            self._rows = None
        elif tag in _TEXTS and self._text is not None:
            self._take(tag, shown(_folded("".join(self._text))))
            self._text = None

    def _take(self, tag: str, text: str) -> None:
        tone = "unmet" if self._tone == "unmet" else ""
        if tag in ("td", "th") and self._rows:
            self._rows[-1].append({"said": _pieces(text), "tone": "head" if tag == "th" else tone})
        elif text and tag in _HEADINGS:
            self.blocks.append({"kind": "heading", "level": _HEADINGS[tag], "said": _pieces(text)})
        elif text:
            self.blocks.append({"kind": "item" if tag == "li" else "text", "said": _pieces(text), "tone": tone})

    def handle_data(self, data: str) -> None:
        if self._inside and not self._skipping and self._text is not None:
            self._text.append(data.replace("\n", " "))


def _folded(text: str) -> str:
    """White space as a browser shows it; a line break stays."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


_LONG = re.compile(r"\S{15,}")
_PIECE = 7


def _pieces(text: str) -> list[str]:
    """The text cut where a long word may break: nothing is put in, so that what is copied is what was written."""
    pieces, at = [], 0
    for found in _LONG.finditer(text):
        word = found[0]
        cuts = [word[start : start + _PIECE] for start in range(0, len(word), _PIECE)]
        pieces.append(text[at : found.start()] + cuts[0])
        pieces += cuts[1:]
        at = found.end()
    return [*pieces, text[at:]]


_ROOM_MM = 174.0
"""The width of a page without its margins."""
_INSET_MM = 2.6
_LETTER_MM = 1.5
"""What a cell takes beside its text, and what a letter takes at most on average, at the size of tables."""
_LINE_MM = 4.8
_WHOLE_MM = 90.0
"""A row that is lower than this is never cut by the end of a page; a higher one may not fit on one page at all."""
_WORD = 14
_USUAL = 110
"""A longer word is broken, and a longer text wraps anyway."""


def _table(rows: list[list[Block]], *, head: int) -> Block:
    """A table with the width of each column in mm."""
    columns = max(map(len, rows))
    for row in rows:
        row.extend([{"said": [""], "tone": ""}] * (columns - len(row)))
    texts = [["".join(row[column]["said"]) for row in rows] for column in range(columns)]
    widths = _widths(texts)
    body = [{"cells": row, "whole": _height(row, widths) < _WHOLE_MM} for row in rows[head:]]
    return {"kind": "table", "widths": widths, "head": rows[:head], "rows": body}


def _height(row: Sequence[Block], widths: Sequence[float]) -> float:
    """At most how high a row becomes, in mm."""
    room = [max(1, int((width - _INSET_MM) / _LETTER_MM)) for width in widths]
    texts = ["".join(cell["said"]).split("\n") for cell in row]
    lines = [sum(1 + len(line) // letters for line in text) for text, letters in zip(texts, room, strict=True)]
    return _LINE_MM * max(lines)


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """Each column gets room for its longest word; what is left goes to those whose texts want more."""
    least = [
        _wanted(max((min(len(word), _WORD) for text in some for word in text.split()), default=1)) for some in columns
    ]
    wanted = [_wanted(min(_USUAL, sum(map(len, some)) / len(some))) for some in columns]
    more = [max(0.0, want - need) for want, need in zip(wanted, least, strict=True)]
    left = max(0.0, _ROOM_MM - sum(least))
    shared = sum(more) or float(len(columns))
    given = [need + left * ((extra if sum(more) else 1.0) / shared) for need, extra in zip(least, more, strict=True)]
    return [round(one * _ROOM_MM / sum(given), 2) for one in given]


def _wanted(letters: float) -> float:
    return _INSET_MM + letters * _LETTER_MM
