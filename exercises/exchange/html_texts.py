"""Texts in the HTML that other platforms keep their messages in: out of it, and into it."""

import html
from html.parser import HTMLParser

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})
_UNREAD = frozenset({"script", "style", "head"})


def to_html(text: str) -> str:
    """A text as HTML: escaped, its line ends as breaks."""
    return html.escape(text, quote=False).replace("\n", "<br />")


def from_html(text: str) -> str:
    """The text of HTML without its tags, a line for each paragraph; nothing in it is followed or run."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts).strip("\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count what is not read, and break the line at a break."""
        del attrs
        self._unread += tag in _UNREAD
        if tag == "br" or (tag in _BREAKS and self.parts and not self.parts[-1].endswith("\n")):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a paragraph."""
        self._unread -= tag in _UNREAD and self._unread > 0
        if tag in _BREAKS and tag != "br" and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self._unread:
            self.parts.append(data)
