"""A mailbox whose server begins TLS when asked: the password goes only to a server that is who it says, within TLS."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leerp.errors import ServiceMissingError
from notifications.sources.mailbox import MailboxSettings
from tests.collecting.cast import open_centre
from tests.collecting.imap_server import PASSWORD, USER, MailServer, running
from tests.collecting.test_mailbox import mail
from tests.secret_files import secret_file
from tests.servers import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A real mail server with a certificate of its own authority, for imap.example and 127.0.0.1."""
    with running(tmp_path_factory.mktemp("imap"), starttls=True) as started:
        yield started


def opened(tmp_path: Path, port: int, **more: Any) -> Any:
    """A centre that reads a mailbox there."""
    password = secret_file(tmp_path / "password", PASSWORD)
    place = {"kind": "mailbox", "host": "127.0.0.1", "port": port, "security": "starttls", "timeout_seconds": 10}
    sign_in = {"username": USER, "password_file": str(password), "lookback_hours": 24 * 365}
    return open_centre(tmp_path / "home", {"reports": {**place, **sign_in, **more}})


async def test_a_mail_is_taken_in_over_starttls(server: MailServer, tmp_path: Path) -> None:
    """TLS is asked for and verified, and then it is a mailbox like any other; the session stays open for the next."""
    server.deliver(mail().as_bytes())
    async with opened(tmp_path, server.port, ca_file=str(server.ca_file)) as centre:
        assert (await centre.read("reports")).taken == 1
        server.deliver(mail("Another hospital.", Message_ID="<2@csirt-lu.example>").as_bytes())
        assert (await centre.read("reports")).taken == 1
        client = centre.way("reports")._session._client
        assert client.protocol.transport.get_extra_info("cipher") is not None
        assert "IDLE" in client.protocol.capabilities


async def test_a_server_of_another_name_gets_no_password(server: MailServer, tmp_path: Path) -> None:
    """The authority is right and the name is not."""
    async with opened(tmp_path, server.port, ca_file=str(server.ca_file), host="localhost") as centre:
        with pytest.raises(ServiceMissingError, match=r"certificate is not to be believed: .*localhost"):
            await centre.read("reports")


async def test_a_server_of_an_unknown_authority_gets_no_password(server: MailServer, tmp_path: Path) -> None:
    """Without a ca_file only public authorities are believed."""
    async with opened(tmp_path, server.port) as centre:
        with pytest.raises(ServiceMissingError, match="certificate is not to be believed"):
            await centre.read("reports")


GREETING = b"* OK ready\r\n"
WITH_TLS = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"


@asynccontextmanager
async def liar(greeting: bytes, answer: bytes) -> AsyncIterator[tuple[int, bytearray]]:
    """Who stands in between: its port, and everything that it is told. It ends its answer with the tag it was given."""
    told = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        line = await reader.readline()
        told.extend(line)
        writer.write(answer.replace(b"TAG", (line.split() or [b""])[0]))
        told.extend(await reader.read(65_536))
        writer.write(b"* BYE\r\n")
        writer.close()

    port = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield port, told
    finally:
        server.close()


@pytest.mark.parametrize(
    ("greeting", "answer", "sentence"),
    [
        (GREETING, b"TAG BAD unknown command\r\n", "does not agree to TLS"),
        (WITH_TLS, b"* CAPABILITY IMAP4rev1\r\nTAG NO not now\r\n", "does not agree to TLS"),
        (WITH_TLS, b"TAG OK begin\r\nTAG OK LOGIN done\r\n", "goes on in the clear"),
        (b"* PREAUTH welcome back\r\n", b"TAG OK\r\n", "does not greet as a mail server does"),
        (b"* BYE too busy\r\n", b"", "does not greet as a mail server does"),
        (GREETING + b"x" * 20_000, b"", "does not answer"),
        (WITH_TLS, b"TAG OK begin\r\n", "does not answer"),
    ],
    ids=["stripped", "refused", "injected", "preauth", "bye", "endless", "no TLS behind it"],
)
async def test_who_stands_in_between_gets_no_password(
    greeting: bytes, answer: bytes, sentence: str, tmp_path: Path
) -> None:
    """Whatever it says in the clear, it is told nothing but STARTTLS, and the operator is told why."""
    async with liar(greeting, answer) as (port, told), opened(tmp_path, port) as centre:
        with pytest.raises(ServiceMissingError, match=sentence):
            await centre.read("reports")
        source = await centre.source("reports")
        assert (source.failures, source.last_ok) == (1, None)
        assert sentence in str(source.last_error)
    assert b"LOGIN" not in told
    assert PASSWORD.encode() not in told
    assert bytes(told).split(b"\r\n")[0] in (b"L1 STARTTLS", b"")


def test_the_usual_port_and_what_contradicts_itself(tmp_path: Path) -> None:
    """Each way has its own port; `tls: false` beside STARTTLS is refused."""
    given = {"kind": "mailbox", "host": "imap.example", "username": USER, "password_file": tmp_path / "password"}
    ports = [MailboxSettings.model_validate(given | {"security": one}).at_port for one in ("tls", "starttls")]
    assert ports == [993, 143]
    assert MailboxSettings.model_validate(given).at_port == 993
    with pytest.raises(ValidationError, match="contradict"):
        MailboxSettings.model_validate(given | {"host": "127.0.0.1", "security": "starttls", "tls": False})
