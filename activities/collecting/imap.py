"""An IMAP session (RFC 9051) as far as a mailbox of reports needs one: new mails by UID, flags, IDLE (RFC 2177)."""

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import aioimaplib

from activities.collecting.imap_starttls import StartTlsClient
from leerp.errors import BadInputError, ServiceMissingError
from notifications.outgoing import trusted
from notifications.sources.mailbox import MailboxSettings, Security

LONGEST_IDLE_SECONDS = 25 * 60.0
"""A server may end an IDLE of half an hour (RFC 2177)."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_VALIDITY = re.compile(rb"UIDVALIDITY (\d{1,10})")
_NEXT = re.compile(rb"UIDNEXT (\d{1,10})")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_FAULTS = (aioimaplib.AioImapException, OSError, asyncio.IncompleteReadError, ValueError, AssertionError)

logging.getLogger("aioimaplib").setLevel(logging.CRITICAL + 1)  # it logs what the server sends, and no log holds mail

Answer = TypeVar("Answer")


class Selected(NamedTuple):
    """The folder as it was opened. While `validity` stays, a UID means the same mail. `following`: the next UID."""

    validity: int
    following: int | None


class ImapSession:
    """One session after another, opened when needed. Raises ServiceMissingError for what the server does not do."""

    def __init__(self, name: str, settings: MailboxSettings) -> None:
        self._name = name
        self._settings = settings
        self._client: Any = None

    async def open(self) -> Selected:
        """Be signed in, with the folder open and what has come since in view."""
        if self._client is not None:
            with contextlib.suppress(ServiceMissingError):  # a session that has ended meanwhile
                await self._ask(lambda client: client.noop())
                return await self._select()
        self._client = await self._connected()
        return await self._select()

    async def _connected(self) -> Any:  # noqa: ANN401 - an untyped library
        settings = self._settings
        password = settings.password()
        client = _client(settings)
        try:
            await client.wait_hello_from_server()
            answer = await client.login(settings.username, password)
        except ServiceMissingError as error:
            _hang_up(client)
            raise ServiceMissingError(f"source {self._name}: {error.sentence}") from error
        except (*_FAULTS, TimeoutError) as error:
            _hang_up(client)
            raise self._missing(error) from error
        if answer.result != "OK":
            _hang_up(client)
            raise ServiceMissingError(
                f"source {self._name}: {settings.host} does not let {settings.username} in; see password_file"
            )
        return client

    async def _select(self) -> Selected:
        answer = await self._done(lambda client: client.select(_quoted(self._settings.folder)), "open the folder")
        said = b"\n".join(bytes(line) for line in answer.lines)
        validity, following = _VALIDITY.search(said), _NEXT.search(said)
        if validity is None:
            raise ServiceMissingError(f"source {self._name}: its mails have no lasting number (UIDVALIDITY)")
        return Selected(int(validity[1]), int(following[1]) if following else None)

    async def uids(self, *, after: int, since: datetime | None) -> list[int]:
        """The mails with a higher UID, in order. `since`: only those that came on that day or later."""
        words = [f"UID {after + 1}:*"]
        if since is not None:
            words.append(f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")
        answer = await self._done(lambda client: client.uid_search(*words, charset=None), "look for mail")
        found = {int(word) for line in answer.lines[:-1] for word in bytes(line).split() if word.isdigit()}
        return sorted(uid for uid in found if uid > after)  # `7:*` names the last mail even where that is 6

    async def size(self, uid: int) -> int | None:
        """How many bytes a mail has; None where it is gone."""
        answer = await self._done(lambda client: client.uid("fetch", str(uid), "(RFC822.SIZE)"), "show a mail")
        found = _SIZE.search(b"\n".join(bytes(line) for line in answer.lines))
        return int(found[1]) if found else None

    async def fetch(self, uid: int) -> bytes | None:
        """A mail, which stays unread; None where it is gone."""
        answer = await self._done(lambda client: client.uid("fetch", str(uid), "(BODY.PEEK[])"), "show a mail")
        return next((bytes(line) for line in answer.lines if isinstance(line, bytearray)), None)

    async def mark(self, uid: int, flags: str) -> None:
        """Set flags, where the server takes them: they are for people, and nothing rests on them."""
        await self._ask(lambda client: client.uid("store", str(uid), "+FLAGS.SILENT", f"({flags})"))

    async def move(self, uid: int, folder: str) -> None:
        """Move a mail; where the server cannot, copy it and mark the first as deleted. It stays where no folder is."""
        target = _quoted(folder)
        if self._client.has_capability("MOVE"):
            await self._ask(lambda client: client.uid("move", str(uid), target))
            return
        answer = await self._ask(lambda client: client.uid("copy", str(uid), target))
        if answer.result == "OK":
            await self.mark(uid, r"\Deleted")

    async def wait(self, seconds: float) -> None:
        """Until the server tells of new mail, or so long. A server that cannot tell is not asked before."""
        client = self._client
        if client is None or not self._settings.idle or not client.has_capability("IDLE"):
            await asyncio.sleep(seconds)
            return
        try:
            await self._idle(client, min(seconds, LONGEST_IDLE_SECONDS))
        except (*_FAULTS, TimeoutError):
            self._drop()  # the next reading opens another session, and says what is wrong if anything still is
            await asyncio.sleep(min(seconds, 5.0))

    async def _idle(self, client: Any, seconds: float) -> None:  # noqa: ANN401 - an untyped library
        gone = asyncio.Event()
        client.protocol.conn_lost_cb = lambda _error: gone.set()
        idle = await asyncio.wait_for(client.idle_start(timeout=seconds), self._settings.timeout_seconds)
        lost = asyncio.ensure_future(gone.wait())
        try:
            told = asyncio.ensure_future(_new_mail(client))
            await asyncio.wait({told, lost}, timeout=seconds + 1, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if gone.is_set():
                raise aioimaplib.Abort("the connection is lost")
            client.idle_done()
            await asyncio.wait_for(idle, self._settings.timeout_seconds)
        finally:
            lost.cancel()

    async def close(self) -> None:
        """Sign out."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*_FAULTS, TimeoutError):
                await asyncio.wait_for(client.logout(), 2.0)
            _hang_up(client)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _hang_up(client)

    async def _done(self, ask: Callable[[Any], Awaitable[Any]], what: str) -> Any:  # noqa: ANN401 - an untyped library
        answer = await self._ask(ask)
        if answer.result != "OK":
            raise ServiceMissingError(f"source {self._name}: {self._settings.host} does not {what}")
        return answer

    async def _ask(self, ask: Callable[[Any], Awaitable[Answer]]) -> Answer:
        try:
            return await asyncio.wait_for(ask(self._client), self._settings.timeout_seconds)
        except (*_FAULTS, TimeoutError) as error:
            self._drop()
            raise self._missing(error) from error

    def _missing(self, error: Exception) -> ServiceMissingError:
        if isinstance(error, ssl.SSLCertVerificationError):
            cause = f"its certificate is not to be believed: {error.verify_message}"
        else:
            cause = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        return ServiceMissingError(f"source {self._name}: {self._settings.host} does not answer ({cause})")


def _client(settings: MailboxSettings) -> Any:  # noqa: ANN401 - an untyped library
    """A session that is being opened, in the way that is settled."""
    place = {"host": settings.host, "port": settings.at_port, "timeout": settings.timeout_seconds}
    if not settings.tls:
        return aioimaplib.IMAP4(**place)
    trust = trusted(settings.ca_file)
    if settings.security is Security.STARTTLS:
        return StartTlsClient(**place, ssl_context=trust)
    return aioimaplib.IMAP4_SSL(**place, ssl_context=trust)


def _hang_up(client: Any) -> None:  # noqa: ANN401 - an untyped library
    """End the connection; the library leaves that to the server."""
    client._client_task.cancel()  # noqa: SLF001 - it may still be connecting
    if client.protocol.transport is not None:
        client.protocol.transport.close()


async def _new_mail(client: Any) -> None:  # noqa: ANN401 - an untyped library
    """Until the server tells of a mail, or the time for it is over."""
    while True:
        told = await client.wait_server_push()
        if not isinstance(told, list) or any(b"EXISTS" in line for line in told):
            return


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it; its letters are plain (`notifications.sources.mailbox`)."""
    if '"' in folder or "\\" in folder:
        raise BadInputError("the name of a mail folder holds a quote or a backslash; rename it")
    return f'"{folder}"'
