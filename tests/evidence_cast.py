"""A case with evidence for the tests: a report, a file with everything known of it, one made from it, a timestamp."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from activities.acts import actor_of
from activities.evidence import EvidenceActs, NewFile
from activities.evidence_export import Exports, Prepared, Wish
from activities.evidence_stamping import Stamping
from activities.intake import Arrival
from desk.assembly import House, open_house
from desk.bags import write_bag
from leerp.evidence import Description, EvidenceItem
from leerp.journal import JournalEntry
from leerp.marking import Marking
from leerp.notices import Mode
from leerp.protocol import Actor
from leerp.settings import Settings
from leerp.timestamps import authorities, canonical_authorities, stamped_bytes, verify_token
from notifications.configuration import lay_out_example
from notifications.evidence.authority import Answer
from records import journal
from tests.drill import report_file
from tests.timestamping import TimestampAuthority

OFFICER, APPROVER, ANALYST, READER = "duty-officer", "head-of-operations", "forensic-expert-1", "eurojust"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASIS = {
    "kind": "order",
    "authority": "Investigating judge",
    "reference": "Gs 12/26",
    "given_at": "2026-02-01T00:00:00Z",
}
IMAGE = b"\x00\x01 the image of a disk \xff"


class Clock:
    """Noon, and so many minutes more each time it is asked."""

    def __init__(self, minutes: int) -> None:
        self.now = NOON
        self._minutes = minutes

    def __call__(self) -> datetime:
        """The next time."""
        self.now += timedelta(minutes=self._minutes)
        return self.now


def described(sha256: str) -> Description:
    """A description with which all but the timestamp is met."""
    return Description.model_validate(
        {
            "basis": BASIS,
            "capture": {
                "at": "2026-02-02T00:00:00Z",
                "place": "Laboratory",
                "by": "Forensic laboratory",
                "clock": "NTP",
                "tool": "imager",
                "tool_version": "4.2",
                "command": "imager --read-only",
                "sha256": sha256,
            },
            "earlier_custody": "Laboratory record 12/26",
            "owner_consent": {"given": True, "by": "The owner", "via": "letter", "at": "2026-02-10T00:00:00Z"},
            "original": True,
            "conversion": {
                "route": "eio",
                "requested_at": "2026-02-03T00:00:00Z",
                "completed_at": "2026-02-20T00:00:00Z",
            },
            "limits": ["For this case alone"],
            "nothing_left_out": True,
        }
    )


@dataclass
class Case:
    """An incident with evidence, and who works on it."""

    house: House
    reference: str

    def who(self, name: str = OFFICER) -> Actor:
        """An officer with the roles of the directory."""
        return actor_of(self.house.rooms.directory(), name)

    @property
    def acts(self) -> EvidenceActs:
        """What officers do."""
        return EvidenceActs(self.house.rooms)

    @property
    def exports(self) -> Exports:
        """The way out."""
        return Exports(self.house.rooms)

    async def report(self, number: int, **more: Any) -> str:
        """Take a report in, of an incident of its own if it shares nothing; the incident."""
        arrival = Arrival(self.house.rooms.wall_clock(), "cli")
        content = report_file(number, **{"reported_at": NOON.isoformat(), **more})
        return (await self.house.intake.report(content, name="report.json", arrival=arrival)).incident

    async def add(
        self, content: bytes = IMAGE, *, name: str = "disk.img", marking: Marking | None = None, **more: Any
    ) -> EvidenceItem:
        """Add a file with its basis."""
        new = NewFile(name, content, more.get("source", "csirt-fr"), marking, more.get("derived_from", ()))
        told = Description.model_validate({"basis": BASIS})
        return await self.acts.add(self.reference, new, description=told, actor=self.who(), reason="handed over")

    async def describe(self, item: EvidenceItem) -> None:
        """Say all that there is to say."""
        await self.acts.describe(
            self.reference, item.id, described(item.sha256), actor=self.who(ANALYST), reason="the file says so"
        )

    async def stamp(self, authority: TimestampAuthority) -> None:
        """Have the journal stamped."""

        async def ask(entry: JournalEntry) -> Answer:
            return await asyncio.to_thread(stamped_by, authority, entry)

        await Stamping(self.house.rooms, ask).stamp(self.reference, actor=self.who(), reason="every day")

    async def prepare(self, *, reader: str = READER, items: Sequence[str] = (), **more: Any) -> Prepared:
        """Take evidence out, as far as it is not written yet."""
        wish = Wish(reader=reader, items=items, **more)
        return await self.exports.prepare(self.reference, wish, actor=self.who(), reason="the prosecutor asks")

    async def export(self, out: Path, **more: Any) -> Path:
        """Take evidence out into a folder."""
        await write_bag(await self.prepare(**more), out)
        return out

    async def entries(self, kind: str = "") -> list[JournalEntry]:
        """The journal, or its entries of kinds that begin so."""
        async with self.house.store.reading() as connection:
            return [one for one in await journal.entries(connection, self.reference) if one.kind.startswith(kind)]

    def spoil(self, item: EvidenceItem) -> None:
        """Change the stored bytes of an item behind leerp's back, as whoever holds the database could."""
        with closing(sqlite3.connect(self.house.settings.home / "records.db")) as connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.execute("UPDATE documents SET content = ? WHERE sha256 = ?", (b"something else", item.sha256))
            connection.commit()


def stamped_by(authority: TimestampAuthority, entry: JournalEntry) -> Answer:
    """What an authority answers for an entry, verified."""
    request = TimestampRequestBuilder(data=stamped_bytes(entry), hash_algorithm=HashAlgorithm.SHA256).build()
    token, ca = authority.reply(request.as_bytes()), canonical_authorities(authority.ca_file.read_bytes())
    return Answer(token, verify_token(token, digest=entry.hash, trusted=authorities(ca), nonce=request.nonce), ca)


@asynccontextmanager
async def open_case(home: Path, *, minutes: int = 1, mode: Mode = Mode.ACTUAL) -> AsyncIterator[Case]:
    """A fresh state folder with the example configuration, and an incident of one report."""
    lay_out_example(home / "config")
    async with open_house(Settings(home=home, mode=mode), migrate=True, clock=Clock(minutes)) as house:
        case = Case(house, "")
        case.reference = await case.report(1)
        yield case


async def whole_bag(folder: Path, authority: TimestampAuthority) -> Path:
    """A bag with everything that a bag may hold."""
    async with open_case(folder / "home") as case:
        image = await case.add()
        await case.describe(image)
        await case.add(b"strings of the image", name="strings.txt", derived_from=(image.id,))
        await case.acts.show(case.reference, image.id, actor=case.who(ANALYST), reason="to look for keys")
        await case.stamp(authority)
        await case.acts.check(case.reference, actor=case.who(), reason="before it goes out")
        await case.stamp(authority)
        return await case.export(folder / "bag")
