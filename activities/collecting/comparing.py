"""Comparing the centre's clock with the date in an answer (RFC 9110 §6.6.1), which has no more than whole seconds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from records.collecting_alarms import ClockSeen

_HALF_A_SECOND = timedelta(milliseconds=500)


class Stopwatch:
    """Compares the clock of one server. `clock`: the centre's time."""

    def __init__(self, name: str, clock: Callable[[], datetime]) -> None:
        self._name = name
        self.now = clock
        self.seen: ClockSeen | None = None

    def compare(self, date: str | None, begun: datetime) -> None:
        """Remember how far the centre's clock is ahead of the date in the answer to what was asked at `begun`."""
        try:
            theirs = parsedate_to_datetime(date or "").astimezone(UTC) + _HALF_A_SECOND
        except (ValueError, OverflowError, IndexError, TypeError):
            return
        self.seen = seen(self._name, theirs, begun=begun, ended=self.now(), within=_HALF_A_SECOND)


def seen(
    name: str, theirs: datetime, *, begun: datetime, ended: datetime, within: timedelta = timedelta()
) -> ClockSeen:
    """A clock that said `theirs`, give or take `within`, somewhen between `begun` and `ended` of the centre's."""
    half = (ended - begun) / 2
    return ClockSeen(
        name=name,
        offset_ms=_milliseconds(begun + half - theirs),
        within_ms=_milliseconds(abs(half) + within),
        at=ended,
    )


def _milliseconds(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))
