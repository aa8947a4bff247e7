"""Incidents with reports, and the activities that move these, without an engine."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from pathlib import Path

from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from activities.moving import MovingActivities
from activities.moving_messages import MovedReports, MoveReports, TakeInMoved, TakenIn
from desk.assembly import House, open_house
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import Level, Marking
from leerp.moving import MoveKind
from leerp.reports import Report
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import incidents, journal, reports
from records.incidents import StoredIncident
from tests.records.cast import NOON, domains, open_in

_NUMBERS = count(1)
"""Of the reports: no two are the same, whichever incident they are put into."""


class Mover:
    """Opens incidents, puts reports into them, and moves these."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._moving = MovingActivities(house.rooms)

    async def open(self, *held: tuple[str, ...], level: Level = Level.BPL) -> tuple[str, list[str]]:
        """Open an incident with a report for each tuple of names of domains; its reference, and the reports' ids."""
        async with self.house.store.writing() as tx:
            reference = await open_in(tx)
            kind = JournalKind.DETECTION_INCIDENT_OPENED
            await journal.append(tx, incident=reference, at=NOON, actor="drill", kind=kind, data={}, key="opened")
        return reference, [await self.put(reference, *names, level=level) for names in held]

    async def put(self, reference: str, *names: str, level: Level = Level.BPL) -> str:
        """Put a report into an incident; its id."""
        number = next(_NUMBERS)
        marking = Marking(level=level)
        report = Report(
            source="csirt-fr",
            id=f"r-{number}",
            reported_at=NOON,
            title=f"Report {number}",
            marking=marking,
            observables=domains(*names),
        )
        received = NOON + timedelta(microseconds=number)  # one after the other: at one time their ids would decide
        async with self.house.store.writing() as tx:
            stored = await reports.store(tx, report=report, raw=b"{}", received_at=received, incident=reference)
            await incidents.raise_marking(tx, reference, marking)
        return stored.id

    async def move(self, kind: MoveKind, source: str, act: str, *moved: str, to: str | None = None) -> MovedReports:
        """Move reports, as the workflow of their incident asks for it."""
        request = MoveReports(
            incident=source,
            at=NOON,
            key=f"act/{act}",
            actor="duty-officer",
            act=act,
            kind=kind,
            reports=moved,
            to=to,
            reason="a second look",
        )
        done: MovedReports = await ActivityEnvironment().run(self._moving.move, request)
        return done

    async def take_in(self, reference: str, move: str) -> TakenIn:
        """Take in what a move has brought."""
        request = TakeInMoved(incident=reference, at=NOON, key=f"moved/{move}", move=move)
        done: TakenIn = await ActivityEnvironment().run(self._moving.take_in, request)
        return done

    async def incident(self, reference: str) -> StoredIncident:
        """An incident as it stands."""
        async with self.house.store.reading() as c:
            return await incidents.get(c, reference)

    async def journal(self, reference: str) -> list[JournalEntry]:
        """Its journal."""
        async with self.house.store.reading() as c:
            return await journal.entries(c, reference)


@contextlib.asynccontextmanager
async def mover(folder: Path, *, url: str | None = None) -> AsyncIterator[Mover]:
    """A house of its own, in a folder of its own under this one."""
    home = folder / f"home-{next(_NUMBERS)}"
    lay_out_example(home / "config")
    settings = Settings(home=home, database_url=SecretStr(url) if url else None)
    async with open_house(settings, migrate=True) as house:
        yield Mover(house)
