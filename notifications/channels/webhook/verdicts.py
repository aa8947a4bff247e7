"""What an answer means for a delivery: the status code decides, never the words of the server."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from leerp.notices import DeliveryReason

LONGEST_WAIT_SECONDS = 24 * 60 * 60.0
"""More than this no server can ask for: a notice is not put off for longer than a day."""

_SUCCESS = range(200, 300)
_SERVER_FAULTS = range(500, 600)
_REQUEST_FAULTS = range(400, 500)
_SECONDS = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
"""The one form of a date that is still sent (RFC 9110 §5.6.7)."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Why a message is not delivered, and whether that is for good."""

    reason: DeliveryReason
    permanent: bool


_MOVED = Verdict(reason=DeliveryReason.ADDRESS_UNKNOWN, permanent=True)
_REFUSED = Verdict(reason=DeliveryReason.REFUSED_BY_SERVER, permanent=True)
_DEFERRED = Verdict(reason=DeliveryReason.REFUSED_BY_SERVER, permanent=False)
_BUSY = Verdict(reason=DeliveryReason.RATE_LIMITED, permanent=False)
_DOWN = Verdict(reason=DeliveryReason.UNREACHABLE, permanent=False)

_VERDICTS = {
    HTTPStatus.MOVED_PERMANENTLY: _MOVED,
    HTTPStatus.PERMANENT_REDIRECT: _MOVED,
    HTTPStatus.NOT_FOUND: _MOVED,
    HTTPStatus.GONE: _MOVED,
    HTTPStatus.REQUEST_TIMEOUT: _DOWN,
    HTTPStatus.TOO_EARLY: _DOWN,
    HTTPStatus.TOO_MANY_REQUESTS: _BUSY,
}
"""Answers that mean something of their own (RFC 9110 §15, RFC 6585 §4); the others go by their hundred."""


def verdict(status: int, *, asked_to_wait: bool) -> Verdict | None:
    """What an answer means; None if the message is the server's now. `asked_to_wait`: it came with Retry-After."""
    if status in _SUCCESS:
        return None
    if status == HTTPStatus.SERVICE_UNAVAILABLE and asked_to_wait:
        return _BUSY
    if status in _VERDICTS:
        return _VERDICTS[HTTPStatus(status)]
    if status in _REQUEST_FAULTS:
        return _REFUSED
    # What is left below 400 is a redirect for now, or no answer to a POST: the next attempt may find it gone.
    return _DOWN if status in _SERVER_FAULTS else _DEFERRED


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """How long a server asks to be left alone (RFC 9110 §10.2.3), at most a day; None if it does not say."""
    if header is None:
        return None
    if _SECONDS.fullmatch(header):
        return min(float(header), LONGEST_WAIT_SECONDS)
    if not _DATE.fullmatch(header):
        return None
    try:
        until = parsedate_to_datetime(header)
    except ValueError:  # the 31st of February
        return None
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
