"""How fast a workspace may be written to. Times are seconds of a clock that only goes forward."""

_MOST_REMEMBERED = 10_000


class Pace:
    """When the next message may go: so many a minute in all, and in one conversation only every so often.

    What Slack itself says (429 with Retry-After) counts per method, as its limits do
    (https://docs.slack.dev/apis/web-api/rate-limits).
    """

    def __init__(self, *, per_minute: int, seconds_between: float) -> None:
        self._interval = 60 / per_minute
        self._between = seconds_between
        self._next = 0.0
        self._next_in: dict[str, float] = {}
        self._shut: dict[str, float] = {}

    def reserve(self, conversation: str, *, now: float) -> float:
        """Book the next message in a conversation: how many seconds to wait for it.

        A conversation that has to wait takes no time from the others.
        """
        turn = max(now, self._next)
        self._next = turn + self._interval
        at = max(turn, self._next_in.get(conversation, 0.0))
        if len(self._next_in) >= _MOST_REMEMBERED:
            self._next_in = {name: free for name, free in self._next_in.items() if free > now}
        self._next_in[conversation] = at + self._between
        return at - now

    def shut(self, method: str, *, until: float) -> None:
        """Leave a method alone until then."""
        self._shut[method] = max(until, self._shut.get(method, 0.0))

    def shut_for(self, method: str, *, now: float) -> float:
        """How many seconds a method is still to be left alone."""
        return max(0.0, self._shut.get(method, 0.0) - now)
