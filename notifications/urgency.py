"""Which notice goes first where several wait for one channel."""

from datetime import datetime, timedelta
from typing import NamedTuple

from leerp.notices import NoticeKind


class Urgency(NamedTuple):
    """Sorts: what is smaller goes first. Of equal rank the older one."""

    rank: int
    since: datetime


_RANKS = {
    NoticeKind.LAUNCH_INTERNAL: 0,
    NoticeKind.LAUNCH_EXTERNAL: 0,
    NoticeKind.PROVIDER: 1,
    NoticeKind.DECONFLICTION: 0,
    NoticeKind.MEETING: 1,
    NoticeKind.EARLY_WARNING: 1,
    NoticeKind.ACTION_PLAN: 2,
    NoticeKind.UPDATE: 2,
    NoticeKind.PRODUCT: 2,
    NoticeKind.PACKAGE: 2,
    NoticeKind.CLOSURE: 3,
}
"""That there is an emergency, or that somebody has to stop; what to do and to beware of at once; what is new; that it
is over. Project assumption."""


MOST_URGENT = 0


def rank(kind: NoticeKind) -> int:
    """How urgent a kind of notice is, from 0, the most urgent."""
    return _RANKS[kind]


def urgency(kind: NoticeKind, since: datetime) -> Urgency:
    """How urgent a notice of that kind is that has waited since then."""
    return Urgency(_RANKS[kind], since)


def longest_pause(kind: NoticeKind) -> timedelta:
    """How long at most between two attempts at a channel that is down: the most urgent find first that it is back."""
    return timedelta(minutes=2 if _RANKS[kind] == MOST_URGENT else 5)
