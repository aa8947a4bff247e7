"""STARTTLS for IMAP (RFC 9051 §6.2.1): nothing is asked for, and no password is sent, before TLS holds.

Whoever stands on the line may change what is said in the clear. So none of it is kept: the few words before TLS are
spoken here, on the bare socket, and the session begins anew behind it. A server that does not agree is refused, and so
is one that says it knows us already, or goes on talking in the clear after it has agreed
(https://nostarttls.secvuln.info/).
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

import aioimaplib

from leerp.errors import ServiceMissingError

MOST_BYTES = 16 * 1024
"""The most that a server says before TLS."""

_TAG = b"L1"


class StartTlsClient(aioimaplib.IMAP4):  # type: ignore[misc]  # the library is untyped
    """A session that begins in the clear. `wait_hello_from_server` returns once TLS holds.

    It raises ServiceMissingError for a server that will not have TLS, and the certificate's fault as the library does.
    """

    def create_client(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop | None,
        conn_lost_cb: Callable[[Exception | None], None] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Connect, in a task of its own, as the library has it."""
        here = loop or asyncio.get_running_loop()
        self.protocol = aioimaplib.IMAP4ClientProtocol(here, conn_lost_cb)
        self._client_task = here.create_task(_begin(self.protocol, host, port, ssl_context))


async def _begin(protocol: Any, host: str, port: int, trust: ssl.SSLContext | None) -> None:  # noqa: ANN401 - untyped
    if trust is None:
        raise ValueError("STARTTLS without anybody to trust")
    opened = await _connected(host, port)
    try:
        await _agreed(opened, host)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: protocol, sock=opened, ssl=trust, server_hostname=host)
    except BaseException:
        opened.close()
        raise
    protocol.state = aioimaplib.NONAUTH
    await protocol.capability()  # what it said of itself in the clear is forgotten (RFC 9051 §6.2.1)


async def _connected(host: str, port: int) -> socket.socket:
    """A socket to the first of the host's addresses that answers."""
    loop = asyncio.get_running_loop()
    last: OSError | None = None
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        try:
            await loop.sock_connect(opened, address)
        except OSError as error:
            opened.close()
            last = error
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise last or OSError("no address")


async def _agreed(opened: socket.socket, host: str) -> None:
    """Have the server agree to TLS, with nothing left unread of what it said in the clear."""
    loop = asyncio.get_running_loop()
    greeting, rest = await _line(opened, b"")
    if not greeting.upper().startswith(b"* OK"):
        raise ServiceMissingError(
            f"{host} does not greet as a mail server does that knows nobody yet; it is left alone"
        )
    await loop.sock_sendall(opened, _TAG + b" STARTTLS\r\n")
    answer = b""
    while not answer.upper().startswith(_TAG + b" "):
        answer, rest = await _line(opened, rest)
    if not answer.upper().startswith(_TAG + b" OK"):
        raise ServiceMissingError(
            f"{host} does not agree to TLS (STARTTLS), or somebody in between keeps it from that; it gets no password"
        )
    if rest:
        raise ServiceMissingError(
            f"{host} goes on in the clear after it has agreed to TLS; who stands in between gets no password"
        )


async def _line(opened: socket.socket, rest: bytes) -> tuple[bytes, bytes]:
    """The next line, and what has come behind it."""
    while b"\r\n" not in rest:
        more = await asyncio.get_running_loop().sock_recv(opened, 4_096)
        if not more:
            raise ConnectionResetError("the connection is lost")
        rest += more
        if len(rest) > MOST_BYTES:
            raise ValueError("a line without end")
    line, _, rest = rest.partition(b"\r\n")
    return line, rest
