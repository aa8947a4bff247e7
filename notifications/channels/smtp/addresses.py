"""Which mail addresses leerp sends to: the plain form of RFC 5321, and nothing that needs quoting."""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST = 254
_LONGEST_LOCAL_PART = 64


def fault(address: str) -> str | None:
    """What is wrong with an address, in a few words; None if mail can go there.

    Quoted local parts, address literals, comments, display names and anything beyond ASCII are refused: each is a way
    to make two programs read one address differently.
    """
    if not address.isascii() or not address.isprintable():
        return "holds characters that a mail address cannot have"
    local_part, at, domain = address.rpartition("@")
    if not at:
        return "has no @"
    if len(address) > _LONGEST or len(local_part) > _LONGEST_LOCAL_PART:
        return "is too long for a mail address"
    if not _LOCAL_PART.fullmatch(local_part):
        return "has a part before the @ that leerp does not send to (quotes, spaces or a second @)"
    return None if _DOMAIN.fullmatch(domain) else "has no valid domain after the @"
