"""Names of messages, computed and never drawn: the same message has the same name on every attempt."""

import hashlib
from functools import lru_cache

from leerp import canonical

DOMAIN = "leerp.invalid"
"""The right-hand side of a Message-ID: a name that RFC 2606 reserves, so that it is nobody else's."""


@lru_cache(maxsize=5_000)  # a message names all those before it to the same reader
def message_id(notice: str, reader: str, channel: str) -> str:
    """The Message-ID of one notice to one reader over one channel. It tells nothing of the content."""
    seed = canonical.dumps([notice, reader, channel])
    return f"<{hashlib.sha256(seed).hexdigest()[:40]}@{DOMAIN}>"
