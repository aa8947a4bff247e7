"""A real SMTP server for the tests, which keeps what it accepts."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

CHANNELS = """channels:
  email: {{type: smtp, maximum: BPL, host: 127.0.0.1, port: {port}, starttls: false, from_address: ecc@centre.example}}
  secure: {{type: outbox, maximum: CONFIDENTIEL}}
  outbox: {{type: outbox, maximum: RESTREINT}}
"""


class Mailboxes:
    """Everything that was accepted, in the order it came: (envelope recipient, message)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[tuple[str, Message]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - theirs
        """Accept a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.messages.extend((recipient, message_from_bytes(content)) for recipient in envelope.rcpt_tos)
        return "250 kept"

    def times(self) -> Counter[tuple[str, str]]:
        """How often each (recipient, Message-ID) came."""
        return Counter((recipient, str(message["Message-ID"])) for recipient, message in self.messages)

    def channels(self, config: Path) -> None:
        """Write channels that send real mail here."""
        (config / "channels.yaml").write_text(CHANNELS.format(port=self.port), encoding="utf-8")


@contextlib.contextmanager
def running_mailboxes(port: int | None = None) -> Iterator[Mailboxes]:
    """The server, on loopback, until the block ends."""
    mailboxes = Mailboxes(port or free_port())
    controller = Controller(mailboxes, hostname="127.0.0.1", port=mailboxes.port)
    controller.start()
    try:
        yield mailboxes
    finally:
        controller.stop()
