"""Products and packages, as the journal tells them: no table of their own, and nothing that the chain does not hold."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalEntry, JournalKind
from leerp.packages import Package
from leerp.products import Product, ProductState
from records import journal
from records.schema import contributions, reports

_REQUESTED = JournalKind.INVESTIGATION_PRODUCT_REQUESTED
_DRAFTED = JournalKind.INVESTIGATION_PRODUCT_DRAFTED
_BUILT = JournalKind.INVESTIGATION_PACKAGE_BUILT
_RELEASED = JournalKind.INVESTIGATION_NOTICE_RELEASED
_NOTICE = JournalKind.INVESTIGATION_NOTICE_DRAFTED

_OF_PRODUCTS = frozenset(
    {
        *(_REQUESTED, _DRAFTED, _RELEASED, _NOTICE),
        *(JournalKind.INVESTIGATION_PRODUCT_ASSIGNED, JournalKind.INVESTIGATION_PRODUCT_WITHDRAWN),
        JournalKind.INVESTIGATION_PRODUCT_OVERDUE,
    }
)


async def of_incident(c: AsyncConnection, reference: str) -> list[Product]:
    """The products of an incident as they stand, in the order in which they were asked for."""
    return list(_folded(await journal.entries(c, reference, kinds=_OF_PRODUCTS)).values())


async def find(c: AsyncConnection, reference: str, product: str) -> Product | None:
    """One product of an incident; None when it has none with this id."""
    return _folded(await journal.entries(c, reference, kinds=_OF_PRODUCTS)).get(product)


def _folded(entries: Iterable[JournalEntry]) -> dict[str, Product]:
    found: dict[str, Product] = {}
    recalls: dict[str, str] = {}
    for entry in entries:
        data: dict[str, Any] = entry.data
        if entry.kind is _NOTICE:
            recalls |= {data["notice"]: data["recalls"]} if "recalls" in data else {}
        elif entry.kind is _RELEASED:
            found |= _released(found, data["notice"], recalls)
        elif entry.kind is _REQUESTED:
            found[data["product"]] = _asked_for(entry)
        elif data["product"] in found:
            found[data["product"]] = _changed(found[data["product"]], entry)
    return found


def _asked_for(entry: JournalEntry) -> Product:
    fields = {"id": entry.data["product"], "requested_at": entry.at, **entry.data}
    return Product.model_validate(fields)


def _changed(product: Product, entry: JournalEntry) -> Product:
    data = entry.data
    if entry.kind is JournalKind.INVESTIGATION_PRODUCT_ASSIGNED:
        state = max(product.state, ProductState.ASSIGNED, key=list(ProductState).index)
        changes = {**dict(product), "assigned_to": data["officer"], "due_at": data["due_at"], "state": state}
        # Another time for it is a new one: that the old one has passed is no news any more.
        later = Product.model_validate(changes)
        return later.model_copy(update={"overdue": product.overdue and later.due_at == product.due_at})
    if entry.kind is _DRAFTED:
        return product.model_copy(update={"state": ProductState.DRAFTED, "notice": data["notice"]})
    if entry.kind is JournalKind.INVESTIGATION_PRODUCT_WITHDRAWN:
        return product.model_copy(update={"state": ProductState.WITHDRAWN, "overdue": False})
    return product.model_copy(update={"overdue": True})


def _released(products: dict[str, Product], notice: str, recalls: dict[str, str]) -> dict[str, Product]:
    """What the release of a notice changes: its product is out, or back when the notice takes it back."""
    of = recalls.get(notice, notice)
    state = ProductState.WITHDRAWN if notice in recalls else ProductState.RELEASED
    return {
        one.id: one.model_copy(update={"state": state, "overdue": False})
        for one in products.values()
        if one.notice == of
    }


async def packages(c: AsyncConnection, reference: str) -> list[Package]:
    """The packages of an incident, in the order in which they were built."""
    entries = await journal.entries(c, reference, kinds={_BUILT, _RELEASED})
    released = {str(entry.data["notice"]) for entry in entries if entry.kind is _RELEASED}
    return [
        Package.model_validate(
            {**entry.data, "at": entry.at, "actor": entry.actor, "released": entry.data["notice"] in released}
        )
        for entry in entries
        if entry.kind is _BUILT
    ]


async def waits(c: AsyncConnection, reference: str) -> list[str]:
    """What people have to do about products, in words that name the command."""
    lines = []
    for one in await of_incident(c, reference):
        what = f"{one.id} ({one.kind} for {one.requested_by})"
        if one.state is ProductState.REQUESTED:
            lines.append(f"an officer for the product {what} (product assign)")
        if one.overdue:
            lines.append(f"the product {what}, which is overdue (product draft, release, product withdraw)")
    return lines


async def report_ids(c: AsyncConnection, reference: str) -> list[str]:
    """The ids of an incident's reports in the order they were received; each may be large."""
    query = select(reports.c.id).where(reports.c.incident == reference)
    return list(await c.scalars(query.order_by(reports.c.received_at, reports.c.id)))


async def contribution_ids(c: AsyncConnection, reference: str) -> list[str]:
    """The ids of an incident's contributions in the order they were received; each may be large."""
    query = select(contributions.c.id).where(contributions.c.incident == reference)
    return list(await c.scalars(query.order_by(contributions.c.received_at, contributions.c.id)))
