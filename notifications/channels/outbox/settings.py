"""What an operator settles for an outbox channel."""

from typing import Literal

from leerp.marking import Level
from leerp.model import Model


class OutboxSettings(Model):
    """A channel that writes into the outbox folder. `maximum`: the highest level it is accredited for."""

    type: Literal["outbox"]
    maximum: Level

    def address_fault(self, address: str) -> str | None:
        """Why nothing can be sent to this address: never, since a folder is named after the reader."""
        del address
        return None
