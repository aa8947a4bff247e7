"""What an operator settles for a MISP server."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leerp.model import Identifier, Line
from notifications.sources.common import WebSettings, from_file

Url = Annotated[str, StringConstraints(min_length=9, max_length=500, pattern=r"^https://[^?#]+$")]


class MispSettings(WebSettings):
    """A MISP server, whose published events with one of the tags are read.

    `source`: the stakeholder it speaks for. `key_file`: the authorisation key of a user of its own, who needs to read
    only. `overlap_hours`: how far behind the last event it looks again: MISP servers hand on what has an older time.
    """

    kind: Literal["misp"]
    url: Url
    source: Identifier
    key_file: Path
    tags: tuple[Line, ...] = Field(min_length=1, max_length=50)
    overlap_hours: float = Field(default=72.0, ge=0, le=30 * 24)

    @property
    def address(self) -> str:
        """The server's."""
        return self.url

    def key(self) -> str:
        """The authorisation key."""
        return from_file(self.key_file, what="MISP key") or ""
