"""Names of messages, computed and never drawn: the same message has the same name on every attempt."""

import hashlib

import rfc8785

DOMAIN = "leerp.invalid"
"""The right-hand side of a Message-ID: a name that RFC 2606 reserves, so that it is nobody else's."""


def message_id(notice: str, reader: str, channel: str) -> str:
    """The Message-ID of one notice to one reader over one channel. It tells nothing of the content."""
    seed = rfc8785.dumps([notice, reader, channel])
    return f"<{hashlib.sha256(seed).hexdigest()[:40]}@{DOMAIN}>"
