"""The keys of operations: secrets, kept like the secrets of incidents and never shown but to whom they are given."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.pointers import OperationKey
from records.schema import operation_keys
from records.statements import chunks


async def put(tx: AsyncConnection, key: OperationKey, *, by: str) -> None:
    """Keep a key; from now on it is the one that seals."""
    row = {"incident": key.operation, "id": key.key, "secret": key.secret, "made_at": key.made_at, "made_by": by}
    await tx.execute(operation_keys.insert(), row)


async def of_incidents(c: AsyncConnection, references: Collection[str]) -> dict[str, tuple[OperationKey, ...]]:
    """The keys of each of these incidents, the oldest first."""
    found: dict[str, list[OperationKey]] = {reference: [] for reference in references}
    for some in chunks(sorted(found)):
        query = select(operation_keys).where(operation_keys.c.incident.in_(some))
        for row in await c.execute(query.order_by(operation_keys.c.made_at, operation_keys.c.id)):
            key = OperationKey(operation=row.incident, key=row.id, secret=row.secret, made_at=row.made_at)
            found[row.incident].append(key)
    return {reference: tuple(keys) for reference, keys in found.items()}


async def newest(c: AsyncConnection, reference: str) -> OperationKey | None:
    """The key that seals now; None while there is none."""
    keys = (await of_incidents(c, [reference]))[reference]
    return keys[-1] if keys else None
