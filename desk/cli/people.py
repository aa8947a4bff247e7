"""`leerp directory`: who is told."""

from cyclopts import App

from desk.assembly import open_house
from desk.cli.running import REFUSED, Answer
from leerp.settings import Settings
from notifications.configuration import check_directory, load_channels


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="directory", help="The stakeholder directory: check, show.")
    group.command(check)
    group.command(show)
    app.command(group)


async def check() -> Answer:
    """Look for what would keep a stakeholder from being told; exit code 1 when something is found."""
    settings = Settings()
    async with open_house(settings) as house:
        directory = house.rooms.directory()
    problems = check_directory(directory, load_channels(settings.config / "channels.yaml"))
    lines = problems or [f"{len(directory.stakeholders)} stakeholders, nothing to complain of"]
    return Answer(data={"problems": problems}, lines=lines, code=REFUSED if problems else 0)


async def show(stakeholder: str | None = None) -> Answer:
    """Show everybody, or one stakeholder."""
    async with open_house(Settings()) as house:
        directory = house.rooms.directory()
    everybody = (directory.centre, *directory.stakeholders)
    chosen = [one for one in everybody if stakeholder in (None, one.id)]
    rows = [(one.id, one.name, one.group.value, one.country, one.clearance, one.contacts[0].address) for one in chosen]
    return Answer(data=chosen, header=("id", "name", "group", "country", "clearance", "first contact"), rows=rows)
