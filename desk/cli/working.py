"""`leerp worker`: a worker process."""

from cyclopts import App

from desk.cli.running import Answer
from desk.worker import run_worker
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(worker)


async def worker() -> Answer:
    """Run a worker: workflows, activities, and the relay from the store to the engine."""
    await run_worker(Settings())
    return Answer()
