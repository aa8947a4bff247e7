"""What a counterpart may say in its answer to a message, over a channel that can tell who says it."""

from typing import Protocol, runtime_checkable

from leerp.model import Identifier, Instant, Message


class Acknowledgement(Message):
    """A reader has confirmed a notice in the very answer to it. `at`: when the answer came, by the centre's clock."""

    notice: Identifier
    reader: Identifier
    channel: Identifier
    at: Instant


@runtime_checkable
class Answering(Protocol):
    """A session over which a reader can acknowledge at once."""

    def take_acknowledgement(self) -> Acknowledgement | None:
        """The acknowledgement that came with the answer to the last message, once; None if none came.

        Ask after `send` has returned True and the delivery stands as sent: before, there is nothing to acknowledge.
        """
