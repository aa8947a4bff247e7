"""`leerp up`: everything on this machine."""

from pathlib import Path

from cyclopts import App

from desk.cli.running import Answer
from desk.supervisor import Supervisor
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(up)


async def up(*, port: int | None = None, home: Path | None = None) -> Answer:
    """Start everything on this machine: engine, worker, desk. Ctrl-C stops all of it; a second start carries on."""
    settings = Settings()
    changes = {"desk_port": port, "home": home}
    settings = settings.model_copy(update={key: value for key, value in changes.items() if value is not None})
    await Supervisor(settings, say=lambda line: print(line, flush=True)).run()
    return Answer()
