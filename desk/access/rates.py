"""How often the desk is asked: so many requests in a minute from one address, or in one session."""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

SIGN_IN_A_MINUTE = 60
"""Requests to sign in from one address: a whole shift behind one address gets in, and nobody can try much."""

_MOST = 10_000


class Rate:
    """How many requests an address may make in a minute. Times are seconds of a clock that only goes forward."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._minute = 0
        self._made: dict[str, int] = {}

    def allows(self, address: str) -> bool:
        """Count a request, and say whether it may be answered."""
        minute = int(self._clock() // 60)
        if minute != self._minute or len(self._made) >= _MOST:
            self._minute, self._made = minute, {}
        place = network(address)
        self._made[place] = self._made.get(place, 0) + 1
        return self._made[place] <= self._most


def network(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 address: one customer has 2**64 of those."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)


def address_of(request: HTTPConnection) -> str:
    """Where a request comes from, as far as the server can tell."""
    return request.client.host if request.client else ""
