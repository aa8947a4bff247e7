"""`leerp serve`: a desk process."""

import asyncio
from pathlib import Path

import uvicorn
from cyclopts import App

from desk.assembly import open_house
from desk.cli.running import Answer
from desk.places import note_ready
from desk.web.application import build_application
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(serve)


async def serve(*, host: str | None = None, port: int | None = None) -> Answer:
    """Run a desk: web pages and HTTP API."""
    settings = Settings()
    async with open_house(settings, migrate=True) as house:
        application = build_application(house)
        config = uvicorn.Config(
            application,
            host=host or settings.desk_host,
            port=port or settings.desk_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        beside = [
            asyncio.create_task(_announce(server, settings.run / "desk.ready")),
            asyncio.create_task(house.keep_watching()),  # also here, for when no worker lives
            asyncio.create_task(application.state.routes.start()),
        ]
        await server.serve()
        for task in beside:
            task.cancel()
    return Answer()


async def _announce(server: uvicorn.Server, mark: Path) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, not an event
        await asyncio.sleep(0.01)
    await asyncio.to_thread(note_ready, mark)
