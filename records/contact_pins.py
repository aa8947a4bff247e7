"""Which addresses and keys of stakeholders are approved, and the changes that one officer has confirmed so far."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.pins import ContactPin, ContactProposal, PinOutline
from records.schema import contact_pins, contact_proposals
from records.statements import chunks, hold, insert_once

_ORDER = (contact_pins.c.stakeholder, contact_pins.c.channel, contact_pins.c.address)
_AT_ONCE = 200
"""How many rows are read before the next are: a whole key is a few kilobytes."""


async def outlines(c: AsyncConnection) -> list[PinOutline]:
    """Everything that is approved, without its keys, by stakeholder, channel and address.

    In a write transaction nobody else looks or changes until it ends.
    """
    await hold(c, "contact-pins")
    named = (*_ORDER, contact_pins.c.key)
    rows = await c.stream(select(*named).order_by(*_ORDER).execution_options(yield_per=_AT_ONCE))
    return [
        PinOutline(row.stakeholder, row.channel, row.address, row.key.fingerprint if row.key else None)
        async for row in rows
    ]


async def pins(c: AsyncConnection, stakeholders: Collection[str]) -> list[ContactPin]:
    """What is approved of these stakeholders, by stakeholder, channel and address."""
    found: list[ContactPin] = []
    for some in chunks(sorted(stakeholders)):
        query = select(contact_pins).where(contact_pins.c.stakeholder.in_(some)).order_by(*_ORDER)
        found.extend(ContactPin.model_validate(row._asdict()) for row in await c.execute(query))
    return found


async def add(tx: AsyncConnection, found: Sequence[ContactPin]) -> None:
    """Pin what is not pinned yet; what is stays as it was approved."""
    for some in chunks([dict(one) for one in found]):
        await insert_once(tx, contact_pins, some)


async def replace(tx: AsyncConnection, stakeholder: str, channel: str, approved: Sequence[ContactPin]) -> None:
    """Pin exactly these for the stakeholder on the channel, and forget what was proposed."""
    for table in (contact_pins, contact_proposals):
        here = (table.c.stakeholder == stakeholder) & (table.c.channel == channel)
        await tx.execute(delete(table).where(here))
    await add(tx, approved)


async def proposals(c: AsyncConnection) -> list[ContactProposal]:
    """Every first confirmation that waits for a second one, by stakeholder and channel."""
    order = (contact_proposals.c.stakeholder, contact_proposals.c.channel)
    rows = await c.execute(select(contact_proposals).order_by(*order))
    return [ContactProposal.model_validate(row._asdict()) for row in rows]


async def propose(tx: AsyncConnection, proposal: ContactProposal) -> None:
    """Keep a first confirmation, in the place of any other for the stakeholder on the channel."""
    here = contact_proposals.c.stakeholder == proposal.stakeholder
    await tx.execute(delete(contact_proposals).where(here, contact_proposals.c.channel == proposal.channel))
    await tx.execute(contact_proposals.insert(), dict(proposal))
