"""The tokens that are in use now, so that a busy source does not have them looked up again for each request."""

import time
from collections import OrderedDict
from collections.abc import Callable

from leerp.machines import Token
from records import machines
from records.store import Store

KNOWN_SECONDS = 1.0
"""How long what was looked up counts: a token that is revoked is good for nothing a second later, at any desk."""

_MOST = 1_000


class Tokens:
    """Finds tokens by their secrets. Times are seconds of a clock that only goes forward."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[str, tuple[Token, float]] = OrderedDict()

    async def find(self, secret: str) -> Token | None:
        """The token with this secret, as it stood a second ago or since; one that is not there is looked for anew."""
        now = self._clock()
        token, at = self._known.get(secret, (None, 0.0))
        if token is not None and now - at < KNOWN_SECONDS:
            return token
        async with self._store.reading() as connection:
            token = await machines.by_secret(connection, secret)
        self._known.pop(secret, None)
        if token is not None:
            self._known[secret] = (token, now)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return token
