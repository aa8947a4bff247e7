"""A doorkeeper before a real server: lets connections through, or cuts them and turns everybody away, and counts."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
TURNED_AWAY_AFTER = 0.05
"""Seconds that whoever is turned away stands at the door, so that a crowd would be seen."""


def tcp(port: int) -> Callable[[], Awaitable[Streams]]:
    """A server on a port of loopback."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def unix(path: Path) -> Callable[[], Awaitable[Streams]]:
    """A server on a socket in the file system."""
    return lambda: asyncio.open_unix_connection(path)


class Doorkeeper:
    """Listens on `port` from the start of the block on.

    `came`: how many came since `count`; `crowd`: the most of them that stood there at once.
    """

    def __init__(self, server: Callable[[], Awaitable[Streams]], *, is_open: bool = True) -> None:
        self._server = server
        self._is_open = is_open
        self._inside: set[asyncio.StreamWriter] = set()
        self._here = 0
        self.crowd = 0
        self.came = 0
        self.port = 0

    def open(self) -> None:
        """Let everybody through from now on."""
        self._is_open = True

    def shut(self) -> None:
        """Cut every connection, and turn everybody away from now on."""
        self._is_open = False
        for writer in list(self._inside):
            writer.transport.abort()

    def count(self) -> None:
        """Count anew."""
        self.crowd, self.came = self._here, 0

    async def _at_the_door(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._here += 1
        self.came += 1
        self.crowd = max(self.crowd, self._here)
        try:
            if self._is_open:
                await self._through(reader, writer)
            else:
                await asyncio.sleep(TURNED_AWAY_AFTER)
        finally:
            self._here -= 1
            writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await self._server()
        both = {writer, server_writer}
        self._inside |= both
        try:
            await asyncio.gather(_pipe(reader, server_writer), _pipe(server_reader, writer))
        finally:
            self._inside -= both
            server_writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._at_the_door, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shut()
        self._listening.close()
        await asyncio.sleep(2 * TURNED_AWAY_AFTER)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until one side has gone."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
