"""What the tests of the mail channel share; a test of another channel has a `server` of its own."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.notifications.mail_server import MailServer, certificate, mail_server


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of the mail server that only its own file makes trusted."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def server(tls: tuple[Path, ssl.SSLContext]) -> AsyncIterator[MailServer]:
    """A mail server that wants TLS and a sign-in."""
    async with mail_server(tls[1], sign_in=True) as running:
        yield running
