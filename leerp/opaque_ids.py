"""Ids that tell a reader nothing: neither how many others there are, nor of what they are made."""

import hashlib
import hmac

DIGITS = 20


def opaque_id(prefix: str, name: str, *, secret: str, digits: int = DIGITS) -> str:
    """The id of what `name` names, keyed by an incident's secret (hexadecimal): the same name gives the same id."""
    digest = hmac.new(bytes.fromhex(secret), name.encode(), hashlib.sha256).hexdigest()
    return f"{prefix}-{digest[:digits]}"
