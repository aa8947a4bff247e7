"""A process that appends to a chain: `python -m tests.records.appender URL NAME COUNT`."""

import asyncio
import sys

from leerp.journal import JournalKind
from records import journal
from records.store import Store
from tests.records.cast import NOON


async def main(url: str, name: str, count: int) -> None:
    """Open (and migrate, if nobody has), then append `count` entries."""
    store = await Store.open(url)
    for number in range(count):
        async with store.writing() as tx:
            await journal.append(
                tx,
                incident="LEERP-2026-0001",
                at=NOON,
                actor=name,
                kind=JournalKind.DESK_SERVICE_STARTED,
                data={"number": number},
                key=f"{name}/{number}",
            )
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
