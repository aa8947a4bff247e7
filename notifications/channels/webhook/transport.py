"""Sends signed requests: one message, one connection, to the server of the reader that it is for."""

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from leerp.errors import BadInputError, DeliveryError
from leerp.notices import DeliveryReason, Mode
from notifications.channels import Envelope
from notifications.channels.answers import Acknowledgement
from notifications.channels.configured import ConfiguredChannel
from notifications.channels.webhook.message import body, webhook_id
from notifications.channels.webhook.settings import WebhookSettings
from notifications.channels.webhook.signing import acknowledges, signed_headers
from notifications.channels.webhook.verdicts import Verdict, retry_after_seconds, verdict
from notifications.destinations import Destination, UnfitDestinationError
from notifications.outgoing import GuardedConnector, trusted

LONGEST_ANSWER_BYTES = 64 * 1024

_HEADERS = {"user-agent": "leerp", "accept": "application/json", "accept-encoding": "identity"}


def _now() -> datetime:
    return datetime.now(UTC)


class WebhookChannel(ConfiguredChannel[WebhookSettings]):
    """A channel to the readers' own servers, which know a repeat by its `webhook-id`.

    `clock`: the centre's time, for signatures. `names`: who is asked for the addresses of a name; the system unless
    said otherwise.
    """

    can_tell_a_repeat = True
    server_per_reader = True

    def __init__(
        self,
        name: str,
        settings: WebhookSettings,
        *,
        clock: Callable[[], datetime] = _now,
        names: AbstractResolver | None = None,
    ) -> None:
        super().__init__(name, settings)
        self._clock = clock
        self._names = names

    @asynccontextmanager
    async def session(self) -> AsyncIterator["WebhookSession"]:
        """A session. Each message opens a connection of its own, so there is nothing to close."""
        yield WebhookSession(self.name, self.settings, clock=self._clock, names=self._names)


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What a server said. `content`: nothing if it was too long or broke off."""

    status: int
    headers: dict[str, str]
    content: bytes


class _NotPermittedError(Exception):
    """The permit was not given; nothing has left."""


class _Connector(GuardedConnector):
    """Asks for the permit when the connection stands and before anything is sent over it."""

    permit: Callable[[], Awaitable[bool]] | None = None

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        permitted = False
        try:
            permitted = self.permit is None or await self.permit()
        finally:
            if not permitted:
                connection.close()
        if not permitted:
            raise _NotPermittedError
        return connection


class WebhookSession:
    """Sends one message after another, each to its reader's server."""

    def __init__(
        self, name: str, settings: WebhookSettings, *, clock: Callable[[], datetime], names: AbstractResolver | None
    ) -> None:
        self._name = name
        self._settings = settings
        self._rules = settings.rules
        self._clock = clock
        self._names = names
        self._trust: ssl.SSLContext | None = None
        self._acknowledgement: Acknowledgement | None = None

    def take_acknowledgement(self) -> Acknowledgement | None:
        """The acknowledgement that came with the answer to the last message, once; None if none came."""
        said, self._acknowledgement = self._acknowledgement, None
        return said

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Send one message; a 2xx answer makes it the server's. DeliveryError says whether to try again."""
        self._acknowledgement = None
        destination = self._destination(envelope)
        try:
            answer = await self._exchange(envelope, destination, permit)
        except _NotPermittedError:
            return False
        except (BadInputError, aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            self._trust = None  # the ca_file may be mended by the next attempt
            raise self._failed(error, envelope, destination) from error
        refused = verdict(answer.status, asked_to_wait="retry-after" in answer.headers)
        if refused:
            raise self._refused(refused, answer, destination)
        self._acknowledgement = self._said(answer, envelope)
        return True

    def _destination(self, envelope: Envelope) -> Destination:
        """Where the message goes; nowhere at all in an exercise."""
        if envelope.mode is Mode.EXERCISE:
            # Never reached: an exercise builds no such channel. If it ever is, nothing may leave (DESIGN rule 10).
            raise self._error(
                "an exercise message may not leave by webhook", DeliveryReason.NOT_CONFIGURED, permanent=True
            )
        try:
            return self._rules.destination(envelope.address)
        except UnfitDestinationError as error:
            raise self._unfit(error, envelope) from error

    async def _exchange(self, envelope: Envelope, destination: Destination, permit: Awaitable[bool] | None) -> _Answer:
        """One request and its answer. The time-out is for each of the two; time spent on the permit does not count."""
        content = body(envelope)
        headers = signed_headers(
            self._settings.signature,
            content,
            url=destination.url,
            webhook_id=webhook_id(envelope.message_id),
            reader=envelope.reader,
            at=self._clock(),
        )
        seconds = self._settings.timeout_seconds
        async with self._client() as (client, connector):
            async with asyncio.timeout(seconds) as limit:
                connector.permit = _untimed(permit, limit, seconds) if permit is not None else None
                response = await client.post(
                    URL(destination.url, encoded=True),
                    data=io.BytesIO(content),
                    headers=_HEADERS | headers,
                    allow_redirects=False,
                )
            return _Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                content=await _content(response, seconds),
            )

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[tuple[aiohttp.ClientSession, _Connector]]:
        """A client for one request: no proxy of the environment's, no cookies, nothing unpacked."""
        self._trust = self._trust or trusted(self._settings.ca_file)
        connector = _Connector(self._rules, trust=self._trust, names=self._names)
        async with aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(),  # `_exchange` has its own
        ) as client:
            yield client, connector

    def _said(self, answer: _Answer, envelope: Envelope) -> Acknowledgement | None:
        """The acknowledgement in an answer, if it is signed. Without the secrets to tell, nothing is one."""
        secrets = self._settings.answer_secrets
        if secrets is None or "webhook-signature" not in answer.headers:
            return None
        try:
            known = secrets.of(envelope.reader)
        except BadInputError:
            return None  # the message has arrived all the same; the reader can still confirm it by the link
        name = webhook_id(envelope.message_id)
        if not acknowledges(answer.content, answer.headers, webhook_id=name, secrets=known):
            return None
        return Acknowledgement(notice=envelope.notice, reader=envelope.reader, channel=self._name, at=self._clock())

    def _failed(self, error: Exception, envelope: Envelope, destination: Destination) -> DeliveryError:
        """The fault of a message to which there was no answer."""
        place = destination.place
        if isinstance(error, UnfitDestinationError):
            return self._unfit(error, envelope)
        if isinstance(error, BadInputError):
            return self._error(error.sentence, DeliveryReason.NOT_CONFIGURED)
        if isinstance(error, aiohttp.ClientSSLError):
            return self._error(
                f"TLS with {place} failed, or its certificate is not trusted; look at ca_file and at the server",
                DeliveryReason.NOT_CONFIGURED,
            )
        return self._error(f"{place} cannot be reached, or does not answer in time", DeliveryReason.UNREACHABLE)

    def _refused(self, refused: Verdict, answer: _Answer, destination: Destination) -> DeliveryError:
        what = "refuses the message for good" if refused.permanent else "does not take the message now"
        return self._error(
            f"{destination.place} {what} ({answer.status})",
            refused.reason,
            permanent=refused.permanent,
            retry_after_seconds=retry_after_seconds(answer.headers.get("retry-after"), now=self._clock()),
        )

    def _unfit(self, error: UnfitDestinationError, envelope: Envelope) -> DeliveryError:
        # The address itself stays out of the sentence: its path may hold a secret.
        return self._error(
            f"the address of {envelope.reader} {error.sentence}; correct it in the directory or exempt it",
            DeliveryReason.ADDRESS_UNKNOWN,
            permanent=True,
        )

    def _error(
        self, what: str, reason: DeliveryReason, *, permanent: bool = False, retry_after_seconds: float | None = None
    ) -> DeliveryError:
        return DeliveryError(
            f"channel {self._name}: {what}",
            permanent=permanent,
            reason=reason,
            retry_after_seconds=retry_after_seconds,
        )


def _untimed(permit: Awaitable[bool], limit: asyncio.Timeout, seconds: float) -> Callable[[], Awaitable[bool]]:
    """Wait for the permit with the time-out stopped, and start it anew."""

    async def ask() -> bool:
        limit.reschedule(None)
        try:
            return await permit
        finally:
            limit.reschedule(asyncio.get_running_loop().time() + seconds)

    return ask


async def _content(response: aiohttp.ClientResponse, seconds: float) -> bytes:
    """What the answer says: nothing if that is too long, or does not come in time. The status has decided by now."""
    content = b""
    if verdict(response.status, asked_to_wait=False):
        response.close()
        return content
    try:
        async with asyncio.timeout(seconds):
            while len(content) <= LONGEST_ANSWER_BYTES and (chunk := await response.content.readany()):
                content += chunk
    except (aiohttp.ClientError, TimeoutError):
        return b""
    finally:
        response.close()
    return content if len(content) <= LONGEST_ANSWER_BYTES else b""
