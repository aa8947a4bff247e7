"""A real IMAP server (pymap) on a loopback port, and a person's mail program at it."""

import contextlib
import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers import free_port

USER, PASSWORD = "reports", "correct horse"


class MailServer:
    """The server. Everything a person does with it goes through a second session."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextlib.contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """A person's session, with the inbox open."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
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
def running(folder: Path) -> Iterator[MailServer]:
    """The server while the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", "tests.collecting.imap_process", str(port), USER, PASSWORD]
    with (folder / "imap.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        server = MailServer(port)
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
