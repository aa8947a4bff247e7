"""A real HTTPS server on a loopback port that answers as told: for feeds, and for whatever no server should say."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.certificates import server_certificate


@dataclass
class WebServer:
    """The server. `answer` makes each answer, at once or later; `seen` are the requests' headers, in lower case."""

    port: int = 0
    ca_file: Path = Path()
    seen: list[dict[str, str]] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)
    answer: Callable[[web.Request], Any] = lambda _: web.Response(status=404)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"https://127.0.0.1:{self.port}/"

    @property
    def settings(self) -> dict[str, Any]:
        """What a source needs to reach it: its certificate, and loopback opened."""
        opened = {"host": "127.0.0.1", "networks": ["127.0.0.0/8"], "ports": [self.port]}
        return {"ca_file": str(self.ca_file), "exemptions": [opened], "timeout_seconds": 10}

    def says(self, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Answer so from now on; `_` in the name of a header stands for a hyphen."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: web.Response(status=status, body=body, headers=fields)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Note a request and answer it."""
        self.seen.append({name.lower(): value for name, value in request.headers.items()})
        if request.transport is not None:
            self.transports.append(request.transport)
        await request.read()
        answer = self.answer(request)
        found: web.StreamResponse = await answer if inspect.isawaitable(answer) else answer
        return found


@asynccontextmanager
async def web_server(folder: Path) -> AsyncIterator[WebServer]:
    """The server while the block lasts."""
    ca_file, trust = await asyncio.to_thread(server_certificate, folder, "source.example")
    server = WebServer(ca_file=ca_file)
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_route("*", "/{path:.*}", server.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=trust).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
        for transport in server.transports:
            transport.abort()
        for _ in range(5):  # the loop ends them one step after the other
            await asyncio.sleep(0)
