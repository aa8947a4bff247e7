"""The tokens that are in use now, so that a busy source does not have them looked up again for each request."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

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
        self._used: dict[str, datetime] = {}

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

    async def used(self, token: Token, *, at: datetime) -> None:
        """Keep that a token was let in, once a minute."""
        last = self._used.get(token.id) or token.used_at
        if last is not None and at - last < machines.USED_EVERY:
            return
        self._used[token.id] = at
        async with self._store.writing() as tx:
            await machines.used(tx, token.id, at=at)
