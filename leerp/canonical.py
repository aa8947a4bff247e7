"""Canonical JSON (RFC 8785): one way to write a value, so that what is equal has equal bytes and one hash.

For nearly all that is written here the encoder of the standard library, which is made in C, gives the very same bytes
in a tenth of the time: only fractions, and names outside the first plane of Unicode, are written another way.
"""

import json
from collections.abc import Iterable
from typing import Any

import rfc8785

_LARGEST = 2**53 - 1
"""The largest number that JSON holds exactly (RFC 8785, appendix D)."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def dumps(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can say; anything else is refused
    """The one way to write a value; rfc8785.CanonicalizationError for what JSON cannot say exactly."""
    if _is_plain(value):
        try:
            return _ENCODER.encode(value).encode()
        except UnicodeEncodeError:  # half a character: refused below, as whatever else cannot be said
            pass
    return rfc8785.dumps(value)


def _is_plain(value: object) -> bool:
    """Whether both encoders write it alike: no fractions, no number too large, and names whose order is plain."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str) or one is None or one is True or one is False:
            continue
        if isinstance(one, dict):
            if not _are_plain_names(one):
                return False
            todo.extend(one.values())
        elif isinstance(one, list | tuple):
            todo.extend(one)
        elif not (isinstance(one, int) and -_LARGEST <= one <= _LARGEST):
            return False
    return True


def _are_plain_names(names: Iterable[object]) -> bool:
    try:
        return "".join(names).isascii()  # type: ignore[arg-type]  # anything else than a text is what is caught
    except TypeError:
        return False
