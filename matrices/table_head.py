"""What stands at the head of every table that does not classify."""

from pydantic import Field

from leerp.model import Identifier, Line, Model


class TableHead(Model):
    """Which table it is, in which version, how far it may be relied on, and where it comes from."""

    table: Identifier
    version: Line
    title: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
