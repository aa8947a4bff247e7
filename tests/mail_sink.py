"""A real SMTP server in a process of its own, plain on loopback: it counts what it gets, and keeps it when asked.

What it keeps is a file for each message, to be looked at at any time, or one file of them all, which costs next to
nothing while it is measured.

In Python for its caller (`MailSink`), and as the process itself: `python -m tests.mail_sink --port N`.
"""

import argparse
import asyncio
import contextlib
import hashlib
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import IO, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.answering import Answering, answer, listening
from tests.servers import free_port

_SPACE = 2**256


class Count(NamedTuple):
    """How many messages came, and a digest of them that does not depend on their order."""

    messages: int
    digest: str


def count(messages: Iterator[bytes]) -> Count:
    """The count of these messages, as the server would give it."""
    number = total = 0
    for message in messages:
        number += 1
        total = (total + int.from_bytes(hashlib.sha256(message).digest())) % _SPACE
    return Count(number, f"{total:064x}")


class Kept(NamedTuple):
    """A message as it came in: its connection (numbered from 1), its recipient and the bytes."""

    connection: int
    recipient: str
    content: bytes

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(message_from_bytes(self.content)["Message-ID"])


class Recorded(NamedTuple):
    """A message as it came in: its recipient and the bytes."""

    recipient: str
    content: bytes


def recorded(file: Path, *, start: int = 0) -> Iterator[Recorded]:
    """The messages of a file written with `record`, from a byte of it on, in the order in which they came."""
    with file.open("rb") as stream:
        stream.seek(start)
        while line := stream.readline():
            recipient, length = line.decode("ascii").split()
            yield Recorded(recipient, stream.read(int(length)))


class MailSink(Answering):
    """The server, started and stopped. `delay`: seconds between taking and answering.

    `keep`: the folder where messages go, one by one. `record`: the file to which they are added, all in one; it is
    complete up to the last count. Without both they are only counted.
    """

    def __init__(self, *, keep: Path | None = None, record: Path | None = None, delay: float = 0.0) -> None:
        port = free_port()
        words = ["--port", str(port), "--delay", str(delay)]
        words += ["--keep", str(keep)] if keep else []
        words += ["--record", str(record)] if record else []
        super().__init__("tests.mail_sink", *words)
        self.port = port
        self._keep = keep

    def start(self) -> None:
        """Start it; return once it listens."""
        if self._keep is not None:
            self._keep.mkdir(parents=True, exist_ok=True)
        super().start()

    def count(self) -> Count:
        """What came since this was asked last."""
        answered = self.ask()
        return Count(int(answered["messages"]), str(answered["digest"]))

    def kept(self) -> list[Kept]:
        """Every message kept so far, in the order in which they came."""
        assert self._keep is not None
        found = []
        for file in sorted(self._keep.iterdir()):
            number, connection, recipient = file.name.split("_", 2)
            assert number.isdigit()
            found.append(Kept(int(connection), recipient, file.read_bytes()))
        return found


class _Taker:
    """What the server does with a message: count it, keep it if it is to, wait if it is to, take it."""

    def __init__(self, *, keep: Path | None, record: IO[bytes] | None, delay: float) -> None:
        self._keep = keep
        self._record = record
        self._delay = delay
        self._number = 0
        self._connections: dict[int, int] = {}
        self.since: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take one message."""
        content = envelope.original_content or b""
        self._number += 1
        self.since.append(hashlib.sha256(content).digest())
        if self._keep is not None:
            connection = self._connections.setdefault(id(session), len(self._connections) + 1)
            name = f"{self._number:06}_{connection}_{envelope.rcpt_tos[0]}"
            (self._keep / name).write_bytes(content)
        if self._record is not None:
            self._record.write(f"{envelope.rcpt_tos[0]} {len(content)}\n".encode("ascii") + content)
        if self._delay:
            await asyncio.sleep(self._delay)
        return "250 taken"

    def count(self) -> Count:
        """What came since the last count."""
        if self._record is not None:
            self._record.flush()
        digests, self.since = self.since, []
        total = sum(int.from_bytes(digest) for digest in digests) % _SPACE
        return Count(len(digests), f"{total:064x}")


async def serve(port: int, taker: _Taker) -> None:
    """Serve until standard input ends, answering each line on it with a count."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(taker, hostname="mail.example"), "127.0.0.1", port)
    listening(port)
    await answer(lambda: taker.count()._asdict())
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    with options.record.open("ab") if options.record else contextlib.nullcontext() as record:
        asyncio.run(serve(options.port, _Taker(keep=options.keep, record=record, delay=options.delay)))
