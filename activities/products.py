"""Activities on products: asked for, assigned, withdrawn; and what raises itself when its time has passed."""

from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.facts import note, note_once
from activities.messages import Look
from activities.product_messages import AssignProduct, ProductKept, RequestProduct, WithdrawProduct
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.opaque_ids import opaque_id
from leerp.products import Product, ProductState
from leerp.protocol import RefusalReason
from matrices.products import Catalogue, ProductEntry, load_catalogue
from records import documents, incidents, journal, products
from records.incidents import StoredIncident


class ProductActivities:
    """Products, from the question to the draft."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="product.request")
    async def request(self, request: RequestProduct) -> ProductKept:
        """Write down who asks for what by when. Refused where nobody knows the stakeholder or the product."""
        await self.rooms.incident(request.incident)
        entry = entry_of(self.rooms, request.kind)
        if self.rooms.directory().stakeholder(request.requested_by) is None:
            sentence = f"{request.requested_by} is not in the directory; nothing was recorded."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        due_at = request.due_at or request.at + timedelta(hours=entry.deadline_hours)
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            if request.question is not None:
                await documents.get(tx, request.question)  # what is named must be kept
            product = product_id(incident, request.key)
            data: dict[str, JsonValue] = {"product": product, "kind": entry.id, "title": entry.title}
            data |= {"catalogue": catalogue_of(self.rooms).version, "requested_by": request.requested_by}
            data |= {"due_at": iso(due_at), "question": request.question, "reason": request.reason}
            done = await note(tx, request, JournalKind.INVESTIGATION_PRODUCT_REQUESTED, data)
        return ProductKept(journal_seq=done.seq, product=product, title=entry.title, due_at=due_at)

    @activity.defn(name="product.assign")
    async def assign(self, request: AssignProduct) -> ProductKept:
        """Give it to an officer of the directory, who need not have the skills: the answer says which are missing."""
        officer = self.rooms.directory().officer(request.assigned_to)
        if officer is None:
            sentence = f"{request.assigned_to} is not an officer in the directory; nobody was assigned."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        async with self.rooms.store.writing() as tx:
            product = await standing(tx, request.incident, request.product)
            due_at = request.due_at or product.due_at
            data: dict[str, JsonValue] = {"product": product.id, "officer": officer.id, "due_at": iso(due_at)}
            data |= {"reason": request.reason}
            entry = await note(tx, request, JournalKind.INVESTIGATION_PRODUCT_ASSIGNED, data)
        known = catalogue_of(self.rooms).entry(product.kind)
        lacks = tuple(skill for skill in (known.skills if known else ()) if skill not in officer.skills)
        kept = {"product": product.id, "title": product.title, "due_at": due_at, "officer": officer.id}
        return ProductKept(journal_seq=entry.seq, lacks=lacks, **kept)

    @activity.defn(name="product.withdraw")
    async def withdraw(self, request: WithdrawProduct) -> ProductKept:
        """Withdraw it. What was released is with its readers: that is recalled, not withdrawn."""
        async with self.rooms.store.writing() as tx:
            product = await standing(tx, request.incident, request.product, again=request.key)
            data: dict[str, JsonValue] = {"product": product.id, "notice": product.notice, "reason": request.reason}
            data |= {"act": request.key}
            entry = await note(tx, request, JournalKind.INVESTIGATION_PRODUCT_WITHDRAWN, data)
        return ProductKept(journal_seq=entry.seq, product=product.id, title=product.title, due_at=product.due_at)


def product_id(incident: StoredIncident, key: str) -> str:
    """An id that tells nothing of how many other products there are."""
    return opaque_id("PR", f"product/{key}", secret=incident.secret)


def catalogue_of(rooms: Rooms) -> Catalogue:
    """The catalogue as it stands: the centre's own, or the shipped one."""
    return load_catalogue(rooms.tables.content("products"), name="products.yaml")


def entry_of(rooms: Rooms, kind: str) -> ProductEntry:
    """The product of the catalogue; refused when there is none."""
    catalogue = catalogue_of(rooms)
    entry = catalogue.entry(kind)
    if entry is None:
        known = ", ".join(one.id for one in catalogue.products)
        sentence = f"{kind} is no product of the catalogue; there is {known}."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    return entry


async def standing(c: AsyncConnection, reference: str, identifier: str, *, again: str | None = None) -> Product:
    """A product that is neither released nor withdrawn; refused otherwise.

    `again`: the key of a request that may have been carried out before, and then is answered as it was.
    """
    product = await products.find(c, reference, identifier)
    if product is None:
        known = ", ".join(one.id for one in await products.of_incident(c, reference)) or "none yet"
        sentence = f"{identifier} is no product of {reference}; there is {known}."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    if product.state is ProductState.RELEASED:
        sentence = f"{identifier} was released as {product.notice}; recall that, or draft it anew (--corrects)."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    if product.state is ProductState.WITHDRAWN and not (again and await _withdrawn_by(c, reference, identifier, again)):
        raise RefusedError(f"{identifier} is withdrawn; ask for it anew.", reason=RefusalReason.NOTHING_TO_DO)
    return product


async def _withdrawn_by(c: AsyncConnection, reference: str, identifier: str, key: str) -> bool:
    entries = await journal.entries(c, reference, kinds={JournalKind.INVESTIGATION_PRODUCT_WITHDRAWN})
    return any((one.data["product"], one.data["act"]) == (identifier, key) for one in entries)


async def look(tx: AsyncConnection, rooms: Rooms, request: Look) -> datetime | None:  # noqa: ARG001 - as the agenda asks
    """Raise each product whose time has passed, once for each time; when the next one's will have."""
    if (await incidents.get(tx, request.incident)).status.ended:
        return None
    waiting = [one for one in await products.of_incident(tx, request.incident) if not one.state.over]
    for one in waiting:
        if one.due_at <= request.at:
            due_at = iso(one.due_at)
            data: dict[str, JsonValue] = {"product": one.id, "due_at": due_at, "officer": one.assigned_to}
            data |= {"state": one.state.value}
            await note_once(
                tx, request, JournalKind.INVESTIGATION_PRODUCT_OVERDUE, data, key=f"product/{one.id}/overdue/{due_at}"
            )
    return min((one.due_at for one in waiting if one.due_at > request.at), default=None)
