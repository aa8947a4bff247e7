"""Products and packages of an incident without an engine: what the workflow would ask of the activities."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities import products as agenda
from activities.messages import Drafted, Fact, Look, ReleaseNotice
from activities.pool_drafting import PoolDraftingActivities
from activities.product_messages import AssignProduct, DraftFromPool, ProductKept, RequestProduct, WithdrawProduct
from activities.products import ProductActivities
from desk.assembly import House, open_house
from leerp.contributions import Contribution
from leerp.incidents import IncidentView
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Model
from leerp.notices import Notice, NoticeKind
from leerp.products import Product
from leerp.reports import Report
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import contributions, documents, journal, notices, products, reports
from records.views import incident_view
from tests.records.cast import NOON, open_one


class Workshop:
    """One incident, and the activities of its products and packages."""

    def __init__(self, house: House, reference: str) -> None:
        self.house = house
        self.reference = reference
        self.activities = ProductActivities(house.rooms)
        self._acts = 0

    def fact(self, at: datetime = NOON, *, key: str = "") -> dict[str, Any]:
        """What every request carries; a key of its own unless one is given."""
        self._acts += 1
        return dict(Fact(incident=self.reference, at=at, key=key or f"act/{self._acts}", actor="duty-officer"))

    async def report(self, identifier: str, source: str = "csirt-lu", **more: Any) -> str:
        """Store a report; its id."""
        fields = {"id": identifier, "source": source, "reported_at": NOON, "title": f"title of {identifier}", **more}
        made = Report.model_validate(fields)
        async with self.house.store.writing() as tx:
            raw = made.model_dump_json().encode()
            stored = await reports.store(tx, report=made, raw=raw, received_at=NOON, incident=self.reference)
        return stored.id

    async def contribute(self, identifier: str, contributor: str = "csirt-lu", **more: Any) -> str:
        """Store a contribution; its id."""
        fields = {"id": identifier, "contributor": contributor, "contributed_at": NOON}
        made = Contribution.model_validate(fields | {"title": f"title of {identifier}"} | more)
        async with self.house.store.writing() as tx:
            raw = made.model_dump_json().encode()
            stored = await contributions.store(
                tx, contribution=made, raw=raw, received_at=NOON, incident=self.reference, silent={}
            )
        return stored.id

    async def keep(self, document: Model) -> str:
        """Keep a document; its SHA-256."""
        async with self.house.store.writing() as tx:
            content = document.model_dump_json().encode()
            return await documents.put(tx, content, media_type="application/json", marking="BPL")

    async def request(self, kind: str = "malware-analysis", by: str = "liaison-fr", **more: Any) -> ProductKept:
        """Ask for a product."""
        fields = {"kind": kind, "requested_by": by, "due_at": None, "question": None, "reason": "", **more}
        fact = self.fact(fields.pop("at", NOON), key=fields.pop("key", ""))
        return await self.activities.request(RequestProduct.model_validate(fact | fields))

    async def assign(self, product: str, to: str = "malware-analyst-1", **more: Any) -> ProductKept:
        """Give it to somebody."""
        fields = {"product": product, "assigned_to": to, "due_at": None, "reason": "", **more}
        return await self.activities.assign(AssignProduct.model_validate(self.fact() | fields))

    async def withdraw(self, product: str, *, key: str = "") -> ProductKept:
        """Withdraw it."""
        return await self.activities.withdraw(
            WithdrawProduct(**self.fact(key=key), product=product, reason="not needed")
        )

    async def assigned(self, kind: str = "malware-analysis", by: str = "liaison-fr") -> str:
        """A product that somebody has."""
        product = (await self.request(kind, by)).product
        await self.assign(product)
        return product

    async def draft(self, product: str, **more: Any) -> Drafted:
        """Draft it."""
        return await self._drafted({"kind": NoticeKind.PRODUCT, "product": product, **more})

    async def package(self, country: str, **more: Any) -> Drafted:
        """Draft the package of a country."""
        return await self._drafted({"kind": NoticeKind.PACKAGE, "country": country, **more})

    async def _drafted(self, fields: dict[str, Any]) -> Drafted:
        fact = self.fact(fields.pop("at", NOON), key=fields.pop("key", ""))
        request = DraftFromPool.model_validate(fact | fields)
        done: Drafted = await ActivityEnvironment().run(PoolDraftingActivities(self.house.rooms).draft, request)
        return done

    async def release(self, notice: str) -> None:
        """Let it go."""
        kind = (await self.notice(notice)).kind
        request = ReleaseNotice(**self.fact(), notice=notice, kind=kind, reason="")
        await PoolDraftingActivities(self.house.rooms).drafting.release(request)

    async def look(self, at: datetime) -> datetime | None:
        """Look at the agenda at that time."""
        async with self.house.store.writing() as tx:
            return await agenda.look(tx, self.house.rooms, Look(**self.fact(at)))

    async def notice(self, identifier: str) -> Notice:
        """A notice as it is stored."""
        async with self.house.store.reading() as connection:
            return await notices.get(connection, identifier)

    async def readers(self, identifier: str) -> tuple[str, ...]:
        """Whom it is for."""
        async with self.house.store.reading() as connection:
            return await notices.audience(connection, identifier)

    async def products(self) -> list[Product]:
        """The products as they stand."""
        async with self.house.store.reading() as connection:
            return await products.of_incident(connection, self.reference)

    async def view(self) -> IncidentView:
        """The incident."""
        async with self.house.store.reading() as connection:
            return await incident_view(connection, self.reference)

    async def entries(self, *kinds: JournalKind) -> list[JournalEntry]:
        """What the journal says of these kinds."""
        async with self.house.store.reading() as connection:
            return await journal.entries(connection, self.reference, kinds=kinds)


@contextlib.asynccontextmanager
async def workshop(home: Path, **settings: Any) -> AsyncIterator[Workshop]:
    """Open one with the example configuration."""
    lay_out_example(home / "config")
    async with open_house(Settings(home=home, **settings), migrate=True) as house:
        yield Workshop(house, await open_one(house.store))
