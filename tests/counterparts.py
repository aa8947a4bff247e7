"""Slack and the readers' webhook servers as processes of their own, which remember what came, whoever is killed.

In Python for their caller (`Counterpart`), and as the processes themselves: `python -m tests.counterparts slack …`.
"""

import argparse
import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.answering import Answering, answer, listening
from tests.notifications.webhook_server import HOST, certificate
from tests.slack_server import SlackServer

AUTHORITY = f"{HOST}-ca.pem"
"""The file in the webhook server's folder with the certificate to trust."""


def conversation(number: int) -> str:
    """The id of a conversation of the Slack process."""
    return f"C0READERS{number:05}"


class Counterpart(Answering):
    """A server process, started and stopped: it answers each question with one JSON document."""

    def __init__(self, *words: str) -> None:
        super().__init__("tests.counterparts", *words)


class _SlackOfToday(SlackServer):
    """The Slack of the tests with the time of today in its time stamps: leerp looks back by them."""

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        answer = super()._chat_postMessage(arguments)
        message = self.messages[-1]
        message["ts"] = f"{time.time():.0f}.{len(self.messages):06d}"
        return {**answer, "ts": message["ts"]}


class _Slack:
    """The same as a process, which takes a while between doing what it is asked and answering."""

    def __init__(self, *, conversations: int, delay: float) -> None:
        self._server = _SlackOfToday(conversations={conversation(number) for number in range(conversations)})
        self._delay = delay

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        answer = await self._server.handle(request)
        await asyncio.sleep(self._delay)
        return answer

    def seen(self) -> dict[str, Any]:
        """The name that each message carries in its metadata, and what a real Slack would not have taken."""
        names = [one["metadata"]["event_payload"]["key"] for one in self._server.messages]
        return {"names": names, "wrong": self._server.wrong}


class _Receiver:
    """All the readers' webhook servers in one: takes everything, and notes what it could answer."""

    def __init__(self, *, delay: float) -> None:
        self._delay = delay
        self._calls: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        digest = hashlib.sha256(await request.read()).hexdigest()
        call = {"id": request.headers["webhook-id"], "digest": digest, "answered": False}
        self._calls.append(call)
        await asyncio.sleep(self._delay)
        answer = web.Response(status=204)
        with contextlib.suppress(ConnectionError):
            await answer.prepare(request)
            await answer.write_eof()
            call["answered"] = request.transport is not None and not request.transport.is_closing()
        return answer

    def seen(self) -> dict[str, Any]:
        """Every request: its `webhook-id`, a digest of its body, and whether the answer went out."""
        return {"calls": self._calls}


async def serve(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
    seen: Callable[[], dict[str, Any]],
    *,
    path: str,
    folder: Path | None = None,
) -> None:
    """Serve until standard input ends, answering each line on it. `folder`: over TLS, with its certificate there."""
    application = web.Application()
    application.router.add_route("*", path, handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate(folder)[1] if folder else None).start()
    listening(runner.addresses[0][1])
    await answer(seen)
    await runner.cleanup()


def main() -> None:
    """Be one of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("slack", "webhook"))
    parser.add_argument("--conversations", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    if options.what == "slack":
        slack = _Slack(conversations=options.conversations, delay=options.delay)
        asyncio.run(serve(slack.handle, slack.seen, path="/api/{method}"))
    else:
        receiver = _Receiver(delay=options.delay)
        asyncio.run(serve(receiver.handle, receiver.seen, path="/{reader}", folder=options.folder))


if __name__ == "__main__":
    main()
