"""Writing the journal entry of a request: one place for who, when and under which key."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.messages import Fact
from leerp.journal import JournalEntry, JournalKind
from records import journal


async def note(
    tx: AsyncConnection, request: Fact, kind: JournalKind, data: dict[str, Any], *, subject: str = ""
) -> JournalEntry:
    """Write an entry for a request; `subject` tells apart several entries of one kind."""
    return await journal.append(
        tx,
        incident=request.incident,
        at=request.at,
        actor=request.actor,
        kind=kind,
        data=data,
        key=f"{request.key}:{kind.value}" + (f":{subject}" if subject else ""),
    )
