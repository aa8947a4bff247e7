"""Writing the journal entry of a request: one place for who, when and under which key."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue
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
        data={name: _in_words(value) for name, value in data.items()},
        key=f"{request.key}:{kind.value}" + (f":{subject}" if subject else ""),
    )


async def note_once(
    tx: AsyncConnection, request: Fact, kind: JournalKind, data: Mapping[str, JsonValue], *, key: str
) -> JournalEntry:
    """Write an entry under a key of its own, so that whoever looks again raises it once."""
    return await journal.append(
        tx, incident=request.incident, at=request.at, actor=request.actor, kind=kind, data=dict(data), key=key
    )


def _in_words(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A value without fractions: they become texts, so that any JSON library gives the canonical form of an entry."""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dict):
        return {name: _in_words(item) for name, item in value.items()}
    return [_in_words(item) for item in value] if isinstance(value, (list, tuple)) else value
