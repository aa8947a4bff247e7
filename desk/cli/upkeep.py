"""Commands for the operator: migrate, doctor."""

from cyclopts import App

from desk.assembly import database_url, open_house
from desk.cli.running import REFUSED, Answer
from desk.findings import BAD, Finding, engine_finding, findings
from leerp.errors import LeerpError
from leerp.settings import Settings
from records.store import Store


def add_to(app: App) -> None:
    """Add these commands."""
    app.command(migrate)
    app.command(doctor)


async def migrate() -> Answer:
    """Bring the database's schema up to date, and end."""
    store = await Store.open(await database_url(Settings()))
    await store.close()
    return Answer(data={"migrated": True}, lines=["the schema is up to date"])


async def doctor(*, health: bool = False) -> Answer:
    """Check configuration, database, channels and engine; exit code 1 when something is missing, stuck or due.

    Keys, passwords and tokens of the channels are loaded and tried out; no server is asked. With --health only what a
    container's health check needs: database and engine.
    """
    try:
        async with open_house(Settings()) as house:
            found = [await engine_finding(house)] if health else await findings(house)
    except LeerpError as error:
        found = [Finding("start", "missing", error.sentence)]
    code = REFUSED if any(one.state in BAD for one in found) else 0
    data = [one._asdict() for one in found]
    return Answer(data=data, header=Finding._fields, rows=found, code=code)
