"""Commands for the operator: migrate, doctor."""

import asyncio
import sys

from cyclopts import App

from activities.contact_pins import waiting
from activities.engine import Engine
from desk.assembly import House, database_url, open_house, wall_clock
from desk.cli.running import REFUSED, Answer
from desk.places import engine_address
from leerp.errors import LeerpError, ServiceMissingError
from leerp.notices import Mode
from leerp.settings import Settings
from notifications.channel_check import check_channels
from notifications.configuration import load_channels
from notifications.directory_check import check_directory
from records import private_data, reconciliation
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
    settings = Settings()
    findings: list[tuple[str, str, str]] = []
    try:
        async with open_house(settings) as house:
            findings.append(("configuration", "ok", str(settings.config)))
            findings.append(("database", "ok", "answers"))
            if not health:
                findings.extend(await _directory_findings(house))
                findings.extend(await asyncio.to_thread(_channel_findings, house))
                findings.extend(await asyncio.to_thread(_signing_findings, house))
                findings.extend(await _alarms(house))
            findings.append(await _engine_finding(house))
    except LeerpError as error:
        findings.append(("start", "missing", error.sentence))
    code = REFUSED if any(state in ("missing", "stuck", "due") for _, state, _ in findings) else 0
    if not health:
        findings.append(("python", "ok", sys.version.split()[0]))
    data = [{"check": check, "state": state, "detail": detail} for check, state, detail in findings]
    return Answer(data=data, header=("check", "state", "detail"), rows=findings, code=code)


async def _directory_findings(house: House) -> list[tuple[str, str, str]]:
    directory = house.rooms.directory()
    problems = check_directory(directory, load_channels(house.settings.config / "channels.yaml"), at=wall_clock())
    problems += [one.change.sentence for one in await waiting(house.rooms)]
    summary = f"{len(directory.stakeholders)} stakeholders, version {directory.version}"
    found = [("directory", "look at", problem) for problem in problems]
    channels = ", ".join(f"{name} up to {one.maximum.value}" for name, one in house.rooms.channels.items())
    return [("directory", "ok", summary), *found, ("channels", "ok", channels)]


def _channel_findings(house: House) -> list[tuple[str, str, str]]:
    """What the channels lack of keys and secrets; in an exercise they are outboxes, and nothing is loaded."""
    if house.rooms.mode is Mode.EXERCISE:
        return []
    lacking = check_channels(load_channels(house.settings.config / "channels.yaml"), at=wall_clock())
    return [("channels", "missing", sentence) for sentence in lacking]


def _signing_findings(house: House) -> list[tuple[str, str, str]]:
    """Whether packages are signed, and with a key that can; in an exercise they never are."""
    if house.rooms.mode is Mode.EXERCISE:
        return []
    try:
        signed = house.rooms.sealing.signs()
    except ServiceMissingError as error:
        return [("packages", "missing", error.sentence)]
    return [("packages", "ok", "signed" if signed else "not signed: LEERP_SIGNING_KEY_FILE names no key")]


async def _alarms(house: House) -> list[tuple[str, str, str]]:
    """What the watch has found, and what a clock of the law has run out on."""
    async with house.store.reading() as connection:
        down = await reconciliation.channels_down(connection, mode=house.rooms.mode)
        stuck = await reconciliation.all_stuck(connection)
        given = await private_data.everywhere(connection)
    found = [("channels", "stuck", one.sentence) for one in down]
    found += [("notices", "stuck", f"{one.incident}: {one.sentence}") for one in stuck]
    late = [one for one in given if one.due(wall_clock())]
    found += [("private data", "due", f"{one.incident}: {line}") for one in late for line in one.sentences]
    return found or [("notices", "ok", "nothing is stuck")]


async def _engine_finding(house: House) -> tuple[str, str, str]:
    try:
        engine: Engine = await house.engine()
        await engine.client.service_client.check_health()
    except ServiceMissingError as error:
        return ("engine", "missing", error.sentence)
    return ("engine", "ok", engine_address(house.settings))
