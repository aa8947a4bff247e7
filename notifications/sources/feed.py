"""What an operator settles for an RSS or Atom feed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leerp.keywords import KeywordRule
from leerp.model import Line
from notifications.sources.common import WebSettings

Url = Annotated[str, StringConstraints(min_length=9, max_length=2_000)]


class FeedSettings(WebSettings):
    """An open source. What matches one of the rules becomes a report of the centre, TLP:CLEAR, that quotes the feed.

    `origin`: whom these reports quote; the feed's own title unless said otherwise.
    """

    kind: Literal["feed"]
    url: Url
    origin: Line | None = None
    keywords: tuple[KeywordRule, ...] = Field(min_length=1, max_length=100)

    @property
    def address(self) -> str:
        """The feed's."""
        return self.url
