"""A real IMAP server (pymap) on a loopback port, and a person's mail program at it."""

import contextlib
import imaplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.certificates import server_certificate
from tests.servers import free_port

USER, PASSWORD = "reports", "correct horse"


class MailServer:
    """The server. Everything a person does with it goes through a second session. `ca_file`: with TLS."""

    def __init__(self, port: int, ca_file: Path | None = None) -> None:
        self.port = port
        self.ca_file = ca_file

    @contextlib.contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """A person's session, with the inbox open."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            if self.ca_file is not None:
                client.starttls(ssl.create_default_context(cafile=self.ca_file))
            client.login(USER, PASSWORD)
            client.select("INBOX")
            yield client

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the inbox."""
        with self.session() as client:
            for mail in mails:
                assert client.append("INBOX", None, None, mail)[0] == "OK"

    def empty(self) -> None:
        """Take every mail and every folder away."""
        with self.session() as client:
            if client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")[0] == "OK":
                client.expunge()
            client.select("INBOX")
            client.delete("Taken")

    def make(self, folder: str) -> None:
        """Make a folder."""
        with self.session() as client:
            assert client.create(folder)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of every mail of a folder, in order."""
        with self.session() as client:
            client.select(folder)
            _, found = client.fetch("1:*", "(FLAGS)")
        lines: list[Any] = [line for line in found if line]
        return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {r"\Recent"} for line in lines]


@contextlib.contextmanager
def running(folder: Path, *, starttls: bool = False) -> Iterator[MailServer]:
    """The server while the block lasts. `starttls`: it lets nobody in before TLS."""
    port = free_port()
    ca_file, key = folder / "imap.example-ca.pem", folder / "imap.example-key.pem"
    if starttls:
        server_certificate(folder, "imap.example")
    files = [str(ca_file), str(key)] if starttls else []
    command = [sys.executable, "-m", "tests.collecting.imap_process", str(port), USER, PASSWORD, *files]
    with (folder / "imap.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        server = MailServer(port, ca_file if starttls else None)
        try:
            _wait(server)
            yield server
        finally:
            process.terminate()


def _wait(server: MailServer) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with server.session():
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
