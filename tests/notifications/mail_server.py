"""A real SMTP server on a loopback port, with TLS and sign-in, that refuses, defers and breaks off as told."""

# ruff: noqa: ARG002 - the signatures are aiosmtpd's

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Connection

from leerp.marking import Level
from notifications.channels.smtp.settings import SmtpSettings
from tests.certificates import server_certificate
from tests.secret_files import secret_file

PASSWORD = "hush"  # noqa: S105 - of a server that lives for one test


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost as a PEM file, and the server's side of it."""
    return server_certificate(folder, "localhost")


@dataclass
class MailServer:
    """What the server does, and what it has seen.

    `replies`: what it says to a command (`MAIL`, `RCPT` or `DATA`), once each. `break_off`: before the text is read
    (`text`) or before it is acknowledged (`answer`), once.
    """

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    break_off: str | None = None
    stall: bool = False

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Connection, envelope: Received, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        if "MAIL" in self.replies:
            return self.replies.pop("MAIL")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Connection, envelope: Received, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if "RCPT" in self.replies:
            return self.replies.pop("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Connection, envelope: Received) -> str:  # noqa: N802
        """Answer the text of a message."""
        if "DATA" in self.replies:
            return self.replies.pop("DATA")
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        self.recipients.extend(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        if self.break_off == "answer":
            self.break_off = None
            _abort(server)
        return "250 accepted"

    def authenticate(
        self, server: SMTP, session: Connection, envelope: Received, mechanism: str, data: Any
    ) -> AuthResult:
        """Check a sign-in."""
        right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        if right:
            self.users.append(data.login.decode())
        return AuthResult(success=right, handled=right or False, message=None if right else "535 no")


def _abort(talk: SMTP) -> None:
    """Break the connection off, as a crash or a cut cable would."""
    if isinstance(talk.transport, asyncio.WriteTransport):
        talk.transport.abort()


class _Talk(SMTP):
    """One conversation, which may end in the middle of a message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.session is None or self.session.ssl is None:
            handler: MailServer = self.event_handler
            handler.connections += 0 if self.transport is not None else 1
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        handler: MailServer = self.event_handler
        if handler.break_off == "text":
            handler.break_off = None
            await self.push("354 go on")
            _abort(self)
        elif handler.stall:
            handler.stall = False
            await self.push("354 go on")
            await asyncio.sleep(3600)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def mail_server(context: ssl.SSLContext | None, *, sign_in: bool = False) -> AsyncIterator[MailServer]:
    """A running server; it ends with the block."""
    seen = MailServer()
    loop = asyncio.get_running_loop()
    talks: list[_Talk] = []

    def talk() -> _Talk:
        talks.append(
            _Talk(
                seen,
                hostname="localhost",
                tls_context=context,
                require_starttls=context is not None,
                auth_required=sign_in,
                authenticator=seen.authenticate,
                loop=loop,
            )
        )
        return talks[-1]

    server = await loop.create_server(talk, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for one in talks:
            _abort(one)
        await asyncio.sleep(0.01)
        await server.wait_closed()


def smtp_settings(server: MailServer, ca_file: Path, folder: Path, **changes: Any) -> SmtpSettings:
    """Settings that fit a server with TLS and a sign-in, with what else is wanted; the password lies in the folder."""
    values = {
        "type": "smtp",
        "maximum": Level.RESTREINT,
        "host": "localhost",
        "port": server.port,
        "ca_file": ca_file,
        "from_address": "ecc@ec3.example",
        "username": "leerp",
        "password_file": secret_file(folder / "password", PASSWORD),
        "timeout_seconds": 5,
    }
    return SmtpSettings.model_validate(values | changes)
