"""Contributions that wait for a person, as the journal has them: what was kept, and what became of it.

There is no table of its own to fall out of step: it waits from its entry until it is pooled or discarded.
"""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp import __version__
from leerp.contributions import PendingContribution
from leerp.journal import JournalKind
from records import journal

_KINDS = {
    JournalKind.INVESTIGATION_CONTRIBUTION_PENDING,
    JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED,
    JournalKind.INVESTIGATION_CONTRIBUTION_DISCARDED,
}


async def of_incident(c: AsyncConnection, reference: str) -> list[PendingContribution]:
    """Those that wait, in the order in which they came."""
    waiting, _ = await _standing(c, reference)
    return list(waiting.values())


async def find(c: AsyncConnection, reference: str, identifier: str) -> PendingContribution | None:
    """The one with this id, if it waits."""
    waiting, _ = await _standing(c, reference)
    return waiting.get(identifier)


async def _standing(c: AsyncConnection, reference: str) -> tuple[dict[str, PendingContribution], dict[str, int]]:
    """What waits, and how often each was discarded: a discarded one may be handed in again."""
    waiting: dict[str, PendingContribution] = {}
    discarded: dict[str, int] = {}
    for entry in await journal.entries(c, reference, kinds=_KINDS):
        identifier = str(entry.data["contribution"])
        if entry.kind is JournalKind.INVESTIGATION_CONTRIBUTION_PENDING:
            data = {**entry.data, "id": identifier, "incident": reference, "at": entry.at}
            waiting[identifier] = PendingContribution.model_validate(data)
            continue
        waiting.pop(identifier, None)
        if entry.kind is JournalKind.INVESTIGATION_CONTRIBUTION_DISCARDED:
            discarded[identifier] = discarded.get(identifier, 0) + 1
    return waiting, discarded


async def put(tx: AsyncConnection, kept: PendingContribution, *, by: str) -> None:
    """Write down that it waits. Counts, marking and hashes stand in the journal; what it says does not."""
    _, discarded = await _standing(tx, kept.incident)
    data = kept.model_dump(mode="json", exclude={"id", "incident", "at"}) | {"contribution": kept.id}
    data |= {"tool": f"leerp {__version__}"}
    await journal.append(
        tx,
        incident=kept.incident,
        at=kept.at,
        actor=by,
        kind=JournalKind.INVESTIGATION_CONTRIBUTION_PENDING,
        data=data,
        key=f"pending/{kept.id}/{discarded.get(kept.id, 0)}",
    )


async def discard(tx: AsyncConnection, kept: PendingContribution, *, by: str, at: datetime, reason: str) -> None:
    """Write down that it is not pooled, and why."""
    _, discarded = await _standing(tx, kept.incident)
    data: dict[str, JsonValue] = {"contribution": kept.id, "contributor": kept.contributor, "reason": reason}
    await journal.append(
        tx,
        incident=kept.incident,
        at=at,
        actor=by,
        kind=JournalKind.INVESTIGATION_CONTRIBUTION_DISCARDED,
        data=data,
        key=f"discarded/{kept.id}/{discarded.get(kept.id, 0)}",
    )
