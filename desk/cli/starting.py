"""`leerp up`: everything on this machine."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.cli.running import Answer
from desk.supervisor import Supervisor
from leerp.errors import BadInputError
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(up)


async def up(  # noqa: PLR0913 - a command has its options
    *,
    port: int | None = None,
    home: Path | None = None,
    exercise: Annotated[str | None, Parameter(help="Play a scenario live: a name of the library, or a file.")] = None,
    speed: Annotated[
        float | None, Parameter(help="Seconds of the scenario for each second, from 1 to 60; 1 without it.")
    ] = None,
    people: Annotated[
        str, Parameter(help="Ids, with commas between: whose injects people play; the director plays all others.")
    ] = "",
    table_top: Annotated[
        bool, Parameter(help="The scenario's time stands, and moves with `leerp exercise step`.")
    ] = False,
    run: Annotated[str | None, Parameter(help="The name of the run; that of the scenario without it.")] = None,
    out: Annotated[Path | None, Parameter(help="Where the files of the exercise are left at its end.")] = None,
    config: Annotated[
        Path | None, Parameter(help="The folder with directory, channels and policy of the exercise; else the example.")
    ] = None,
    seed: int = 0,
) -> Answer:
    """Start everything on this machine: engine, worker, desk. Ctrl-C stops all of it; a second start carries on.

    With --exercise it is a live exercise, in a folder of its own below the state folder: with its own engine, its own
    records, and no way out to any reader. Several can run at once, and beside what is real.
    """
    settings = Settings()
    settings = settings.model_copy(update={"home": home} if home else {})
    if exercise is None:
        if speed is not None or people or table_top or run or out or config:
            raise BadInputError("--speed, --people, --table-top, --run, --out and --config belong to --exercise NAME")
        settings = settings.model_copy(update={"desk_port": port} if port else {})
        await Supervisor(settings, say=_say).run()
        return Answer()
    from desk import live_supervisor  # noqa: PLC0415 - scenarios load only where something is played
    from exercises.particulars import RunMode  # noqa: PLC0415 - the same

    begun, settings = live_supervisor.begin(
        settings,
        exercise,
        name=run,
        mode=RunMode.TABLE_TOP if table_top else RunMode.LIVE,
        speed=speed,
        people=tuple(part.strip() for part in people.split(",") if part.strip()),
        seed=seed,
        out=out,
        config=config,
    )
    settings = settings.model_copy(update={"desk_port": port or live_supervisor.free_port(settings)})
    await live_supervisor.LiveSupervisor(settings, run=begun, say=_say).run()
    return Answer()


def _say(line: str) -> None:
    print(line, flush=True)
