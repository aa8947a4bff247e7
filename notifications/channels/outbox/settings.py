"""What an operator settles for an outbox channel."""

from typing import Literal

from pydantic import Field

from leerp.marking import Level
from leerp.model import Model
from leerp.notices import Form


class OutboxSettings(Model):
    """A channel that writes into the outbox folder. `maximum`: the highest level it is accredited for.

    `forms`: the forms of a notice that it carries; all of them unless said otherwise.
    """

    type: Literal["outbox"]
    maximum: Level
    forms: tuple[Form, ...] = Field(default=tuple(Form), min_length=1)

    @property
    def needs_key(self) -> bool:
        """Never: a folder is not encrypted."""
        return False

    def address_fault(self, address: str) -> str | None:
        """Why nothing can be sent to this address: never, since a folder is named after the reader."""
        del address
        return None
