"""Questions: what a reader asks about a notice, and what the centre answers. The words are kept as documents."""

from leerp.model import Identifier, Instant, Message, Model, Text

MAX_CHARACTERS = 4_000
"""How long a question or an answer may be."""


class Said(Model):
    """The words of a question or an answer, as they are kept."""

    text: Text


class Asked(Message):
    """A question. `id` is the number of its journal entry, as `Q-12`; `document`, `answer`: SHA-256 of the words."""

    id: Identifier
    notice: Identifier
    reader: Identifier
    asked_by: str
    asked_at: Instant
    document: str
    answer: str | None = None
    answered_by: str | None = None
    answered_at: Instant | None = None
