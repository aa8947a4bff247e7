"""The text in HTML that others wrote, without what a browser would do with it."""

import html
import re
from collections.abc import Iterator

_MARKUP = re.compile(r"(<[^<>]*>)")
_HIDDEN = re.compile(r"<(/?)(?:style|script|head)\b", re.IGNORECASE)


def visible(markup: str) -> Iterator[str]:
    """The text of HTML without tags, style and script, in one pass."""
    hidden = False
    for piece in _MARKUP.split(markup):
        switch = _HIDDEN.match(piece)
        if switch:
            hidden = not switch[1]
        elif not hidden:
            yield " " if piece.startswith("<") else html.unescape(piece)
