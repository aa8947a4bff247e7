"""A real Matrix server (synapse) on a loopback port, with users, and a user who reads along."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nio

SERVER = "leerp.test"
SECRET = "for-one-test"  # noqa: S105 - of a server that lives for one test
PATIENCE = 30.0
"""Seconds until the server must answer."""

_CONFIG = """
server_name: {server}
report_stats: false
signing_key_path: {folder}/signing.key
media_store_path: {folder}/media
registration_shared_secret: {secret}
macaroon_secret_key: for-one-test
form_secret: for-one-test
trusted_key_servers: []
federation_domain_whitelist: []
suppress_key_server_warning: true
enable_registration: false
bcrypt_rounds: 4
rc_message: {{per_second: 1000, burst_count: 1000}}
rc_joins: {{local: {{per_second: 1000, burst_count: 1000}}}}
rc_joins_per_room: {{per_second: 1000, burst_count: 1000}}
rc_room_creation: {{per_second: 1000, burst_count: 1000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
rc_invites: {{per_user: {{per_second: 1000, burst_count: 1000}}, per_issuer: {{per_second: 1000, burst_count: 1000}}}}
database: {{name: sqlite3, args: {{database: {folder}/homeserver.db}}}}
log_config: {folder}/log.yaml
listeners:
  - {{port: {port}, bind_addresses: ["127.0.0.1"], type: http, x_forwarded: false, resources: [{{names: [client]}}]}}
"""
_LOG = "version: 1\nroot: {level: ERROR}\n"


@dataclass(frozen=True)
class MatrixServer:
    """A running server."""

    folder: Path
    port: int

    @property
    def homeserver(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> bytes:
        """Everything it has stored."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("homeserver.db*")))

    def add_user(self, name: str, password: str) -> str:
        """Make a user; its id (https://element-hq.github.io/synapse/latest/admin_api/register_api.html)."""
        nonce = self._register(None)["nonce"]
        text = f"{nonce}\0{name}\0{password}\0notadmin".encode()
        mac = hmac.new(SECRET.encode(), text, hashlib.sha1).hexdigest()
        return str(self._register({"nonce": nonce, "username": name, "password": password, "mac": mac})["user_id"])

    def _register(self, body: dict[str, str] | None) -> dict[str, str]:
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.homeserver}/_synapse/admin/v1/register", data=data)  # noqa: S310 - loopback
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            return dict(json.load(answer))

    @asynccontextmanager
    async def reader(self, user: str, password: str) -> AsyncIterator[nio.AsyncClient]:
        """A person's client, signed in."""
        folder = self.folder / user.partition(":")[0][1:]
        folder.mkdir(exist_ok=True)
        config = nio.AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        client = nio.AsyncClient(self.homeserver, user, store_path=str(folder), config=config)
        try:
            answer = await client.login(password, device_name="reader")
            assert isinstance(answer, nio.LoginResponse), answer
            yield client
        finally:
            await client.close()


@contextlib.contextmanager
def matrix_server(folder: Path) -> Iterator[MatrixServer]:
    """A server with its state in a folder; it ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "homeserver.yaml").write_text(_CONFIG.format(server=SERVER, secret=SECRET, folder=folder, port=port))
    (folder / "log.yaml").write_text(_LOG)
    command = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(port, process)
        yield MatrixServer(folder, port)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, "the Matrix server has ended"
        assert time.monotonic() < deadline, "the Matrix server does not answer"
        time.sleep(0.05)


async def joined(client: nio.AsyncClient, room: str) -> None:
    """Accept an invitation, once it has come."""
    deadline = time.monotonic() + PATIENCE
    while True:
        await client.sync(timeout=100)
        if room in client.invited_rooms:
            break
        assert time.monotonic() < deadline, f"no invitation into {room}"
        await asyncio.sleep(0.05)
    answer = await client.join(room)
    assert isinstance(answer, nio.JoinResponse), answer
    await client.sync(timeout=100, full_state=True)
