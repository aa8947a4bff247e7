"""Sends mail: one connection per session, used for one message after another."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import aiosmtplib

from leerp.errors import BadInputError, DeliveryError
from leerp.notices import DeliveryReason, Mode
from notifications.channels import Envelope
from notifications.channels.configured import ConfiguredChannel
from notifications.channels.smtp import addresses
from notifications.channels.smtp.mail import mail
from notifications.channels.smtp.protection import Protection, load_protection
from notifications.channels.smtp.settings import SmtpSettings

_NO_SUCH_MAILBOX = (550, 551, 553)
"""Permanent replies to RCPT that mean the address and not the server's policy (RFC 5321 §4.2.3)."""

_PERMANENT = 500
"""Replies from here on are permanent (RFC 5321 §4.2.1)."""

_DEFERRED = {
    421: DeliveryReason.UNREACHABLE,  # the service is closing the connection
    450: DeliveryReason.RATE_LIMITED,  # the mailbox is busy, or a first try is turned away (greylisting)
    452: DeliveryReason.RATE_LIMITED,  # too little room, or too much at once
}
"""What transient replies mean; any other is a refusal for now."""

_REFUSALS = (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
"""Refusals of one message, after which the connection is as good as before."""


class SmtpChannel(ConfiguredChannel[SmtpSettings]):
    """A channel over one mail server. SMTP cannot tell a repeat: the same Message-ID is all it has."""

    can_tell_a_repeat = False
    server_per_reader = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator["SmtpSession"]:
        """A session. The connection opens with the first message and ends with the block."""
        session = SmtpSession(self.name, self.settings)
        try:
            yield session
        finally:
            await session.close()


class SmtpSession:
    """Sends one message after another over one connection, and opens a new one after a fault."""

    def __init__(self, name: str, settings: SmtpSettings) -> None:
        self._name = name
        self._settings = settings
        self._in_doubt = False
        self._client: aiosmtplib.SMTP | None = None
        self._protection: Protection | None = None

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Send one message; it is the server's once this returns True. DeliveryError says whether to try again."""
        if envelope.mode is Mode.EXERCISE:
            # Never reached: an exercise builds no such channel. If it ever is, nothing may leave (DESIGN rule 10).
            raise self._error(
                "an exercise message may not leave by mail", DeliveryReason.NOT_CONFIGURED, permanent=True
            )
        wrong = addresses.fault(envelope.address)
        if wrong:
            raise self._error(
                f"the address of {envelope.reader} {wrong}; correct it in the directory",
                DeliveryReason.ADDRESS_UNKNOWN,
                permanent=True,
            )
        message = await self._message(envelope)
        self._in_doubt = False
        client = await self._connected()
        try:
            return await self._transact(client, envelope.address, message, permit)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop_if_broken(error)
            failed = self._failed(error)
            failed.in_doubt = self._in_doubt
            raise failed from error
        except BaseException:
            self._drop()  # an answer may still be on its way; the next message must not take it for its own
            raise

    async def _message(self, envelope: Envelope) -> bytes:
        """The bytes to send. Signing and encrypting take milliseconds of computing: beside the loop, not in it."""
        if not self._settings.protects:
            return mail(envelope, sender=self._settings.from_address)
        try:
            if self._protection is None:
                # Once for each session: a key that was mended or renewed counts from the next session on.
                self._protection = await asyncio.to_thread(load_protection, self._settings)
            return await asyncio.to_thread(self._protection.mail, envelope)
        except BadInputError as error:
            self._protection = None
            raise self._error(error.sentence, DeliveryReason.NOT_CONFIGURED) from error

    async def _transact(
        self, client: aiosmtplib.SMTP, address: str, message: bytes, permit: Awaitable[bool] | None
    ) -> bool:
        """One mail transaction: sender and recipient first, and the text only with the permit."""
        size = [f"size={len(message)}"] if client.supports_extension("size") else []
        try:
            await client.mail(self._settings.from_address, options=size)
            await client.rcpt(address)
            if permit is not None and not await permit:
                await client.rset()
                return False
            self._in_doubt = True
            await client.data(message)
        except _REFUSALS:
            self._in_doubt = False  # an answer is an answer
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.rset()
            raise
        return True

    async def close(self) -> None:
        """End the connection politely if it still stands."""
        if self._client is not None and self._client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit()
        self._drop()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        self._drop()
        try:
            client = self._new_client()
            await client.connect()
        except BadInputError as error:
            raise self._error(error.sentence, DeliveryReason.NOT_CONFIGURED) from error
        except ssl.SSLError as error:
            raise self._error(f"TLS failed ({error.reason})", DeliveryReason.NOT_CONFIGURED) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._unopened(error) from error
        self._client = client
        return client

    def _new_client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password(),
            start_tls=settings.starttls,
            cert_bundle=str(settings.ca_file) if settings.ca_file else None,
            timeout=settings.timeout_seconds,
            # The name said in EHLO: the sender's domain, and not what this machine is called inside.
            local_hostname=settings.from_address.rpartition("@")[2],
        )

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _drop_if_broken(self, error: Exception) -> None:
        """Keep the connection after a refusal of one message; give it up after anything else."""
        if not isinstance(error, _REFUSALS):
            self._drop()

    def _unopened(self, error: Exception) -> DeliveryError:
        """No connection could be made. Trying again can always help: a fault here is not the reader's."""
        if isinstance(error, (ConnectionError, TimeoutError, aiosmtplib.SMTPHeloError)):
            return self._error("cannot be reached", DeliveryReason.UNREACHABLE)
        if isinstance(error, aiosmtplib.SMTPException):
            # Wrong password, or no STARTTLS or AUTH offered: once an operator has mended it, everything goes out.
            return self._error(
                "refuses the sign-in, or offers no TLS or sign-in; look at channels.yaml and at the server",
                DeliveryReason.NOT_CONFIGURED,
            )
        if isinstance(error, (FileNotFoundError, PermissionError)):
            return self._error("its ca_file cannot be read", DeliveryReason.NOT_CONFIGURED)
        return self._error("cannot be reached", DeliveryReason.UNREACHABLE)

    def _failed(self, error: Exception) -> DeliveryError:
        """The fault of one message, by the stage and the reply code, never by the words of the server."""
        if isinstance(error, aiosmtplib.SMTPRecipientRefused):
            return self._refused(error.code, unknown=error.code in _NO_SUCH_MAILBOX)
        if isinstance(error, aiosmtplib.SMTPDataError):
            return self._refused(error.code, unknown=False)
        if isinstance(error, aiosmtplib.SMTPSenderRefused):
            if error.code < _PERMANENT:
                return self._refused(error.code, unknown=False)
            # It is the centre that is refused, so every reader would be: an operator has to mend it.
            return self._error(f"refuses the sender ({error.code})", DeliveryReason.NOT_CONFIGURED)
        return self._error("broke the connection", DeliveryReason.UNREACHABLE)

    def _refused(self, code: int, *, unknown: bool) -> DeliveryError:
        if code >= _PERMANENT:
            reason = DeliveryReason.ADDRESS_UNKNOWN if unknown else DeliveryReason.REFUSED_BY_SERVER
            return self._error(f"refuses the message for good ({code})", reason, permanent=True)
        return self._error(f"defers the message ({code})", _DEFERRED.get(code, DeliveryReason.REFUSED_BY_SERVER))

    def _error(self, what: str, reason: DeliveryReason, *, permanent: bool = False) -> DeliveryError:
        place = f"channel {self._name} ({self._settings.host}:{self._settings.port})"
        return DeliveryError(f"{place}: {what}", permanent=permanent, reason=reason)
