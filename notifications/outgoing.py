"""Connections to readers' own servers: to the very addresses that were judged, by no detour, and to no others."""

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.resolver import ThreadedResolver
from aiohttp.tracing import Trace

from leerp.errors import BadInputError
from notifications.destinations import Rules, UnfitDestinationError, address_of


class GuardedResolver(AbstractResolver):
    """Looks a name up and lets it pass only if every address that it leads to may be connected to.

    One address that may not is enough to refuse the name: who mixes them is up to something, or misconfigured.
    """

    def __init__(self, rules: Rules, names: AbstractResolver) -> None:
        self._rules = rules
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses, all of them judged; UnfitDestinationError for the first that may not be connected to."""
        found = await self._names.resolve(host, port, family)
        for one in found:
            wrong = self._rules.refusal(host, port, address_of(one["host"]))
            if wrong:
                raise UnfitDestinationError(wrong)
        return found

    async def close(self) -> None:
        """End the lookup of names."""
        await self._names.close()


class GuardedConnector(aiohttp.TCPConnector):
    """Connects where the rules let it, and nowhere else: first requests and redirects, names and numbers alike.

    A name is looked up once for a connection, and what was judged is what is connected to, so that an answer that
    changes in between (DNS rebinding) changes nothing. Every request has a connection of its own.
    """

    def __init__(
        self, rules: Rules, *, trust: ssl.SSLContext, limit: int = 1, names: AbstractResolver | None = None
    ) -> None:
        guarded = GuardedResolver(rules, names or ThreadedResolver())
        super().__init__(resolver=guarded, use_dns_cache=False, ssl=trust, limit=limit, force_close=True)
        self._rules = rules

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> Connection:
        """A connection for this request; UnfitDestinationError if it may go nowhere, or only through a proxy."""
        if req.proxy:
            raise UnfitDestinationError("would go through a proxy, which alone would decide where it ends")
        self._rules.destination(str(req.url))
        return await super().connect(req, traces, timeout)


def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are believed: those of public authorities, or of the one in the file (PEM) and of no other."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadInputError(f"the ca_file {ca_file} holds no certificate that can be read; put it there") from error
