"""`leerp sources` and `leerp collect`: what leerp reads by itself."""

from contextlib import suppress

from cyclopts import App

from desk.assembly import House, open_house
from desk.cli.running import REFUSED, Answer
from desk.collector import sources_of
from desk.collector.process import declare, poll_once, run_collector
from leerp.errors import BadInputError, RefusedError, ServiceMissingError
from leerp.model import iso
from leerp.notices import Mode
from leerp.protocol import RefusalReason
from leerp.settings import Settings
from notifications.sources import SourcesFile, check_sources
from records import collecting
from records.collecting import Collected
from records.collecting_alarms import alarms


def add_to(app: App) -> None:
    """Add these commands."""
    sources = App(name="sources", help="What leerp reads by itself: mailboxes, MISP, TAXII, feeds.")
    sources.command(show, name="list")
    sources.command(check)
    sources.command(poll)
    app.command(sources)
    app.command(collect)


async def show() -> Answer:
    """List the sources: how each does, when it was last read and last heard of, and what is wrong now."""
    async with open_house(Settings()) as house:
        file = sources_of(house.settings)
        async with house.store.reading() as connection:
            known = {one.name: one for one in await collecting.everything(connection)}
            wrong = await alarms(connection, house.now())
    rows = [_row(name, one.kind, known.get(name), house) for name, one in file.sources.items()]
    names = ("source", "kind", "state", "last_ok", "last_heard", "failures", "last_error")
    data = {"sources": [dict(zip(names, row, strict=True)) for row in rows], "alarms": wrong}
    lines = [f"Alarm: {sentence}" for sentence in wrong] or ([] if rows else ["No source stands in sources.yaml."])
    return Answer(data=data, lines=lines, header=names if rows else (), rows=rows)


def _row(name: str, kind: str, one: Collected | None, house: House) -> tuple[str | int | None, ...]:
    if one is None:
        return (name, kind, "never read", None, None, 0, None)
    state = "failing" if one.failing_since else "silent" if one.silent(house.now()) else "ok"
    state = "never read" if one.last_tried is None else state
    times = (iso(at) if at else None for at in (one.last_ok, one.last_heard))
    return (name, kind, state, *times, one.failures, one.last_error)


async def check() -> Answer:
    """Check sources.yaml: its values, the secrets it names, and the stakeholders it speaks of. No server is asked."""
    async with open_house(Settings()) as house:
        file = sources_of(house.settings)
        faults = list(check_sources(file, house.rooms.directory()))
    lines = faults or [f"{len(file.sources)} sources, nothing wrong with them"]
    data = {"sources": len(file.sources), "faults": faults}
    return Answer(data=data, lines=lines, code=REFUSED if faults else 0)


async def poll(name: str) -> Answer:
    """Read one source now: what is new is taken in. Refused while the collector reads it.

    NAME: as it stands in sources.yaml.
    """
    async with open_house(Settings()) as house:
        file = _live(house)
        if name not in file.sources:
            raise BadInputError(f"{name}: no source of that name in sources.yaml; see `leerp sources list`")
        await declare(house, file)
        counts = await poll_once(house, file, name)
        with suppress(ServiceMissingError):
            await (await house.engine()).relay()
    return Answer(data={"source": name, **vars(counts)}, lines=[f"{name}: {counts.sentence}"])


def _live(house: House) -> SourcesFile:
    if house.rooms.mode is Mode.EXERCISE:
        sentence = "An exercise reads no sources: what is real must not come into it."
        raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
    return sources_of(house.settings)


async def collect() -> Answer:
    """Run the collector: read every source of sources.yaml until stopped. `leerp up` does so where one is named."""
    await run_collector(Settings())
    return Answer()
