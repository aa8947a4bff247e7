"""A real HTTPS server on a loopback port that answers as told, and name servers that answer as told."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.certificates import server_certificate

HOST = "hooks.csirt-fr.example"


def certificate(folder: Path, host: str = HOST) -> tuple[Path, ssl.SSLContext]:
    """A certificate for that host and 127.0.0.1 as a PEM file, and the server's side of it."""
    return server_certificate(folder, host)


@dataclass(frozen=True)
class Received:
    """A request as it came. `url`: the server's own address, as the centre calls it."""

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


@dataclass
class WebhookServer:
    """What the server says, and what it has seen.

    `answer` makes each answer. `break_off`, once: the connection ends without one. `stall`, once: there is none.
    """

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    names: list[str | None] = field(default_factory=list)
    answer: Callable[[Received], web.StreamResponse] = lambda _: web.Response(status=204)
    break_off: bool = False
    stall: bool = False
    drip: bool = False

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer so from now on; `_` in the name of a header stands for a hyphen."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: web.Response(status=status, body=body, headers=fields)

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take a request in and answer it."""
        received = Received(
            url=f"{request.scheme}://{request.host}{request.raw_path}",
            headers=dict(request.headers),
            body=await request.read(),
            method=request.method,
        )
        self.requests.append(received)
        if self.break_off and request.transport:
            self.break_off = False
            request.transport.abort()
        if self.stall:
            self.stall = False
            await asyncio.sleep(3600)
        if self.drip:
            return await _drip(request)
        return self.answer(received)


async def _drip(request: web.BaseRequest) -> web.StreamResponse:
    """A 200 that comes at once, with a body that never ends."""
    slow = web.StreamResponse()
    await slow.prepare(request)
    while True:
        await slow.write(b" ")
        await asyncio.sleep(0.05)


class _Counted(web.Server):
    """Counts the connections, also those over which no request comes."""

    def __init__(self, seen: WebhookServer) -> None:
        super().__init__(seen.take, access_log=None)
        self._seen = seen

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        self._seen.connections += 1
        super().connection_made(handler, transport)


@asynccontextmanager
async def webhook_server(context: ssl.SSLContext | None) -> AsyncIterator[WebhookServer]:
    """A running server; it ends with the block."""
    seen = WebhookServer()
    if context is not None:
        context.sni_callback = lambda _socket, name, _context: seen.names.append(name)
    runner = web.ServerRunner(_Counted(seen), shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    seen.port = runner.addresses[0][1]
    try:
        yield seen
    finally:
        await runner.cleanup()


class Names(AbstractResolver):
    """A name server that gives these answers one after another, and the last of them again and again."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The next answer; a name without addresses is not there."""
        del family
        self.asked.append(host)
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not found:
            raise OSError(f"{host} is not there")
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing to end."""
