"""The mailbox on the server that most centres run: `.venv/bin/pytest -q tests/long/test_mailbox_on_dovecot.py`.

Dovecot over TLS, as root of this machine, with its own configuration and port; skipped where it is not installed.
"""

import asyncio
import imaplib
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import server_certificate
from tests.collecting.cast import open_centre
from tests.collecting.test_mailbox import mail
from tests.secret_files import secret_file
from tests.servers import free_port

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "reports", "correct-horse"
NOBODY = 65_534

pytestmark = pytest.mark.skipif(
    not Path(PROGRAM).exists() or os.geteuid() != 0, reason="dovecot is not installed, or this is not root"
)

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/Maildir
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


class Dovecot:
    """The server, and a person's session at it. `plain`: the port on which TLS begins when asked."""

    def __init__(self, port: int, plain: int, ca_file: Path) -> None:
        self.port, self.plain, self.ca_file = port, plain, ca_file

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4_SSL]:
        """With the inbox open."""
        trust = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trust, timeout=10) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX")
            yield client

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the inbox."""
        with self.session() as client:
            for one in mails:
                assert client.append("INBOX", "", "", one)[0] == "OK"

    def flags(self, folder: str) -> list[set[str]]:
        """The flags of every mail of a folder."""
        with self.session() as client:
            client.select(folder)
            lines: list[Any] = [line for line in client.fetch("1:*", "(FLAGS)")[1] if line]
        return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {r"\Recent"} for line in lines]


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """The server, in a folder with a short name that its users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="dv-"))
    folder.chmod(0o755)
    for name in ("home", "Maildir"):
        (folder / name).mkdir()
        os.chown(folder / name, NOBODY, NOBODY)
    ca_file, _ = server_certificate(folder, "imap.example")
    port, plain = free_port(), free_port()
    words: dict[str, Any] = {"folder": folder, "certificate": ca_file, "key": folder / "imap.example-key.pem"}
    words |= {"port": port, "plain": plain}
    file = folder / "dovecot.conf"
    file.write_text(CONFIGURATION.format(**words, password=PASSWORD, uid=NOBODY))
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(file)])
    server = Dovecot(port, plain, ca_file)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Dovecot) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with server.session():
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


async def test_mails_are_taken_in_marked_and_moved_over_tls(dovecot: Dovecot, tmp_path: Path) -> None:
    """With words of leerp's own as flags; new mail is told by IDLE; numbered anew, everything is known."""
    with dovecot.session() as client:
        client.create("Taken")
    place = {"kind": "mailbox", "host": "127.0.0.1", "port": dovecot.port, "ca_file": str(dovecot.ca_file)}
    sign_in = {"username": USER, "password_file": str(secret_file(tmp_path / "password", PASSWORD))}
    more = {"done": "Taken", "lookback_hours": 24 * 365}
    dovecot.deliver(mail().as_bytes(), mail(From="nobody@elsewhere.example").as_bytes())
    async with open_centre(tmp_path / "home", {"reports": {**place, **sign_in, **more}}) as centre:
        counts = await centre.read("reports")
        assert (counts.taken, counts.refused) == (1, 1)
        assert await asyncio.to_thread(dovecot.flags, "Taken") == [{r"\Seen", "$LeerpTaken"}]
        assert await asyncio.to_thread(dovecot.flags, "INBOX") == [{r"\Flagged", "$LeerpRefused"}]
        waiting = asyncio.create_task(centre.way("reports").wait(120))
        while not centre.way("reports")._session._client.has_pending_idle():  # noqa: ASYNC110 - a flag, not an event
            await asyncio.sleep(0.01)
        await asyncio.to_thread(
            dovecot.deliver, *(mail(f"Hospital {n}.", Message_ID=f"<m-{n}@x.example>").as_bytes() for n in range(30))
        )
        await asyncio.wait_for(waiting, 30)
        taken = 0
        while taken < 30:
            taken += (await centre.read("reports")).taken
        assert taken == 30
        async with centre.house.store.writing() as tx:
            await tx.exec_driver_sql('UPDATE collected SET cursor = \'{"validity": 1, "uid": 99}\'')
        again = await centre.read("reports")
        assert (again.taken, again.refused) == (0, 1)


async def test_a_mail_is_taken_in_over_starttls(dovecot: Dovecot, tmp_path: Path) -> None:
    """The server lets nobody in before TLS; with the authority that has signed its certificate, it is a mailbox."""
    place = {"kind": "mailbox", "host": "127.0.0.1", "port": dovecot.plain, "security": "starttls"}
    sign_in = {"username": USER, "password_file": str(secret_file(tmp_path / "password", PASSWORD))}
    more = {"ca_file": str(dovecot.ca_file), "lookback_hours": 24 * 365}
    dovecot.deliver(mail().as_bytes())
    async with open_centre(tmp_path / "home", {"reports": {**place, **sign_in, **more}}) as centre:
        assert (await centre.read("reports")).taken == 1
