"""What an operator settles for a mailbox."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from leerp.loopback import on_this_machine
from leerp.model import Line
from notifications.sources.common import SourceSettings, from_file

Folder = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,99}$")]
"""The name of a folder in plain letters, which every server takes as it is."""


class Security(StrEnum):
    """When TLS begins: with the first byte (RFC 8314), or once the server has agreed to it (RFC 9051 §6.2.1)."""

    TLS = "tls"
    STARTTLS = "starttls"


_PORTS = {Security.TLS: 993, Security.STARTTLS: 143}


class MailboxSettings(SourceSettings):
    """A mailbox over IMAP (RFC 9051). The directory says who its senders are.

    `security`: when TLS begins; the certificate is verified either way, and no password goes before it. `port`: absent,
    the usual one. `tls`: false only for a server on this machine. `done`: where a mail goes that was taken in; absent,
    it stays and is marked. What is refused stays, marked for a person. `idle`: whether the server tells of new mail by
    itself; if it cannot, it is asked every `interval_seconds`. `decryption_key_file`: the centre's secret OpenPGP key,
    armoured, for mail that is encrypted to it; `decryption_password_file`: only if that key has a password.
    """

    kind: Literal["mailbox"]
    host: Line
    port: int | None = Field(default=None, ge=1, le=65_535)
    security: Security = Security.TLS
    tls: bool = True
    username: Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,128}$")]
    password_file: Path
    folder: Folder = "INBOX"
    done: Folder | None = None
    idle: bool = True
    decryption_key_file: Path | None = None
    decryption_password_file: Path | None = None

    @model_validator(mode="after")
    def _in_private(self) -> "MailboxSettings":
        if not self.tls and not on_this_machine(self.host):
            raise ValueError("a password is never sent in the clear: set tls to true")
        if not self.tls and self.security is Security.STARTTLS:
            raise ValueError("security starttls and tls false contradict each other: take tls away")
        if self.decryption_password_file is not None and self.decryption_key_file is None:
            raise ValueError("decryption_password_file needs decryption_key_file")
        return self

    @property
    def at_port(self) -> int:
        """The port that is asked."""
        return self.port or _PORTS[self.security]

    def password(self) -> str:
        """The password of the mailbox."""
        return from_file(self.password_file, what=f"password for {self.host}") or ""

    def decryption_password(self) -> str | None:
        """The password of the secret key; None if it has none."""
        return from_file(self.decryption_password_file, what="password of the decryption key")
