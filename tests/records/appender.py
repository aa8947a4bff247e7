"""A process of its own that appends to a chain: `python -m tests.records.appender URL COUNT`."""

import asyncio
import sys

from leerp.journal import JournalKind
from records import journal
from records.store import Store
from tests.records.cast import NOON, REFERENCE

NAME = "there"


async def main(url: str, count: int) -> None:
    """Append `count` entries, saying so once the first one stands."""
    store = await Store.open(url)
    for number in range(count):
        async with store.writing() as tx:
            await journal.append(
                tx,
                incident=REFERENCE,
                at=NOON,
                actor=NAME,
                kind=JournalKind.DESK_INPUT_REFUSED,
                data={"number": number},
                key=f"{NAME}/{number}",
            )
        if not number:
            sys.stdout.write("begun\n")
            sys.stdout.flush()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
