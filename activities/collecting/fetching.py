"""Requests to sources on the web: only where they may go, no further than they were sent, and within limits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from activities.collecting.comparing import Stopwatch
from leerp.errors import BadInputError, ServiceMissingError
from notifications.destinations import UnfitDestinationError
from notifications.outgoing import GuardedConnector, trusted
from notifications.sources.common import WebSettings
from records.collecting_alarms import ClockSeen

_HEADERS = {"user-agent": "leerp", "accept-encoding": "identity"}
_OK, _NOT_MODIFIED, _REDIRECTS, _SERVER_FAULTS = 200, 304, range(300, 400), 500


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """An answer. `headers`: by lower-case name. `content`: nothing where nothing has changed (304)."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def unchanged(self) -> bool:
        """Whether the server has nothing new."""
        return self.status == _NOT_MODIFIED


class Fetcher:
    """Asks one source. `clock`: the centre's time; `names`: who is asked for the addresses of a name."""

    def __init__(
        self,
        name: str,
        settings: WebSettings,
        *,
        clock: Callable[[], datetime],
        names: AbstractResolver | None = None,
    ) -> None:
        self._name = name
        self._settings = settings
        self._watch = Stopwatch(name, clock)
        self._names = names

    @property
    def seen(self) -> ClockSeen | None:
        """The server's clock as its last answer has it, if it is to be compared."""
        return self._watch.seen if self._settings.trusted_clock else None

    async def get(self, url: str, *, headers: Mapping[str, str], most_bytes: int) -> Fetched:
        """The answer to one request, 200 or 304; anything else raises ServiceMissingError in one sentence.

        No redirect is followed: where it leads is the operator's to know. BadInputError for more than `most_bytes`.
        """
        try:
            async with asyncio.timeout(self._settings.timeout_seconds), self._asked(url, headers) as response:
                self._refuse(response)
                content = await self._content(response, most_bytes)
        except UnfitDestinationError as error:
            raise ServiceMissingError(f"source {self._name}: its address {error.sentence}") from error
        except TimeoutError as error:
            seconds = self._settings.timeout_seconds
            raise ServiceMissingError(f"source {self._name}: did not answer within {seconds:.0f} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ServiceMissingError(f"source {self._name}: does not answer ({_cause(error)})") from error
        found = {name.lower(): value for name, value in response.headers.items()}
        return Fetched(status=response.status, headers=found, content=content)

    @asynccontextmanager
    async def _asked(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        trust = trusted(self._settings.ca_file)
        connector = GuardedConnector(self._settings.rules, trust=trust, names=self._names)
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as client:
            begun = self._watch.now()
            response = await client.get(URL(url, encoded=True), headers={**_HEADERS, **headers}, allow_redirects=False)
            self._watch.compare(response.headers.get("date"), begun)
            try:
                yield response
            finally:
                response.close()

    def _refuse(self, response: aiohttp.ClientResponse) -> None:
        if response.status in (_OK, _NOT_MODIFIED):
            return
        if response.status in _REDIRECTS:
            what = "redirects elsewhere; put the final address into sources.yaml"
        elif response.status in (401, 403):
            what = "does not let the centre in; see whether key or password still hold"
        elif response.status >= _SERVER_FAULTS:
            what = "has a fault of its own"
        else:
            what = "does not take the request"
        raise ServiceMissingError(f"source {self._name}: {what} ({response.status})")

    async def _content(self, response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise BadInputError(f"source {self._name}: sends what is compressed though it was not asked to")
        content = bytearray()
        while chunk := await response.content.readany():
            content += chunk
            if len(content) > most_bytes:
                raise BadInputError(f"source {self._name}: sends more than {most_bytes // 2**20} MiB at once")
        return bytes(content)


def _cause(error: Exception) -> str:
    """What went wrong, without what the other side said."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not to be believed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or type(error.os_error).__name__
    return type(error).__name__
