"""What an operator must know of a running leerp: what is missing, stuck or due, each in one sentence."""

import asyncio
import sys
from typing import NamedTuple

from activities.contact_pins import waiting
from activities.engine import Engine
from desk.assembly import House, wall_clock
from desk.collector import sources_of
from desk.places import engine_address
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from notifications.channel_check import check_channels
from notifications.configuration import load_channels
from notifications.directory_check import check_directory
from notifications.sources import check_sources
from records import private_data, reconciliation
from records.collecting_alarms import standing

BAD = ("missing", "stuck", "due", "silent", "failing", "skewed")
"""The states that need somebody."""


class Finding(NamedTuple):
    """What was looked at, how it is, and the detail."""

    check: str
    state: str
    detail: str


async def findings(house: House) -> list[Finding]:
    """Everything that can be looked at without asking a mail or chat server."""
    return [
        Finding("configuration", "ok", str(house.settings.config)),
        Finding("database", "ok", "answers"),
        *await _directory_findings(house),
        *await asyncio.to_thread(_channel_findings, house),
        *await asyncio.to_thread(_signing_findings, house),
        *await asyncio.to_thread(_source_findings, house),
        *await _alarms(house),
        await engine_finding(house),
        Finding("python", "ok", sys.version.split()[0]),
    ]


async def _directory_findings(house: House) -> list[Finding]:
    directory = house.rooms.directory()
    problems = check_directory(directory, load_channels(house.settings.config / "channels.yaml"), at=wall_clock())
    problems += [one.change.sentence for one in await waiting(house.rooms)]
    summary = f"{len(directory.stakeholders)} stakeholders, version {directory.version}"
    found = [Finding("directory", "look at", problem) for problem in problems]
    channels = ", ".join(f"{name} up to {one.maximum.value}" for name, one in house.rooms.channels.items())
    return [Finding("directory", "ok", summary), *found, Finding("channels", "ok", channels)]


def _channel_findings(house: House) -> list[Finding]:
    """What the channels lack of keys and secrets; in an exercise they are outboxes, and nothing is loaded."""
    if house.rooms.mode is Mode.EXERCISE:
        return []
    lacking = check_channels(load_channels(house.settings.config / "channels.yaml"), at=wall_clock())
    return [Finding("channels", "missing", sentence) for sentence in lacking]


def _signing_findings(house: House) -> list[Finding]:
    """Whether packages are signed, and with a key that can; in an exercise they never are."""
    if house.rooms.mode is Mode.EXERCISE:
        return []
    try:
        signed = house.rooms.sealing.signs()
    except ServiceMissingError as error:
        return [Finding("packages", "missing", error.sentence)]
    return [Finding("packages", "ok", "signed" if signed else "not signed: LEERP_SIGNING_KEY_FILE names no key")]


def _source_findings(house: House) -> list[Finding]:
    """What the sources lack that leerp reads by itself; in an exercise there are none."""
    file = sources_of(house.settings)
    lacking = [Finding("sources", "missing", sentence) for sentence in check_sources(file, house.rooms.directory())]
    return lacking or ([Finding("sources", "ok", ", ".join(file.sources))] if file.sources else [])


async def _alarms(house: House) -> list[Finding]:
    """What the watch has found, and what a clock of the law has run out on."""
    async with house.store.reading() as connection:
        down = await reconciliation.channels_down(connection, mode=house.rooms.mode)
        watched = await standing(connection, wall_clock())
        stuck = await reconciliation.all_stuck(connection)
        given = await private_data.everywhere(connection)
    found = [Finding("channels", "stuck", one.sentence) for one in down]
    found += [Finding("notices", "stuck", f"{one.incident}: {one.sentence}") for one in stuck]
    found += [Finding("clocks" if one.state == "skewed" else "sources", *one) for one in watched]
    late = [one for one in given if one.due(wall_clock())]
    found += [Finding("private data", "due", f"{one.incident}: {line}") for one in late for line in one.sentences]
    return found or [Finding("notices", "ok", "nothing is stuck")]


async def engine_finding(house: House) -> Finding:
    """Whether the engine answers, and where it is."""
    try:
        engine: Engine = await house.engine()
        await engine.client.service_client.check_health()
    except ServiceMissingError as error:
        return Finding("engine", "missing", error.sentence)
    return Finding("engine", "ok", engine_address(house.settings))
