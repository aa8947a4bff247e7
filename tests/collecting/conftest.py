"""What the tests of collecting share: one IMAP server for each file of tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.collecting.cast import Centre, open_centre
from tests.collecting.imap_server import PASSWORD, USER, MailServer, running
from tests.secret_files import secret_file

OpenMailbox = Callable[..., AbstractAsyncContextManager[Centre]]


@pytest.fixture(scope="session")
def imap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A real IMAP server."""
    with running(tmp_path_factory.mktemp("imap")) as server:
        yield server


@pytest.fixture
def imap(imap_server: MailServer) -> MailServer:
    """The same with an empty inbox."""
    imap_server.empty()
    return imap_server


@pytest.fixture
def open_mailbox(tmp_path: Path, imap: MailServer) -> OpenMailbox:
    """Open a centre that reads the mailbox."""
    password = secret_file(tmp_path / "imap-password", PASSWORD)

    def opened(*, directory: Any = None, **settings: Any) -> AbstractAsyncContextManager[Centre]:
        place = {"kind": "mailbox", "host": "127.0.0.1", "port": imap.port, "tls": False}
        sign_in = {"username": USER, "password_file": str(password), "lookback_hours": 24 * 365}
        return open_centre(tmp_path / "home", {"reports": {**place, **sign_in, **settings}}, directory=directory)

    return opened
