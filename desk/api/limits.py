"""How much one token may ask: a bucket of a minute's requests that fills again as time goes by.

Each process of the desk counts for itself.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_BUCKETS = 10_000


class Limits:
    """What is left of each token's minute. Times are seconds of a clock that only goes forward."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, *, per_minute: int, cost: int = 1) -> float:
        """Take `cost` requests out of the bucket: 0 if they were in it, else in how many seconds they will be.

        More at once than a minute holds is let through when the bucket is full, and paid off afterwards.
        """
        now = self._clock()
        left, at = self._buckets.pop(name, (float(per_minute), now))
        left = min(per_minute, left + (now - at) * per_minute / 60)
        needed = min(cost, per_minute)
        allowed = left >= needed
        self._buckets[name] = (left - cost if allowed else left, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (needed - left) * 60 / per_minute
