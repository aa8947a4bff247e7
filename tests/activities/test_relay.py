"""The relay: every incident has its turn, and what was told is told once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from temporalio.client import Client

from activities.engine import Engine
from leerp.errors import ServiceMissingError
from leerp.protocol import Signal
from records import outbox
from records.outbox import Posting
from records.store import Store, sqlite_url


class Overheard(Engine):
    """A relay that is listened to, and that fails at one subject if it is told to."""

    def __init__(self, store: Store) -> None:
        super().__init__(cast("Client", None), store)  # what is told goes no further than to the list
        self.told: list[str] = []
        self.fails_at = ""

    async def _tell(self, posting: Posting) -> None:
        if posting.subject == self.fails_at:
            raise ServiceMissingError("The engine does not answer.")
        self.told.append(posting.subject)


CROWD = [*(("LEERP-2026-0001", Signal.REPORT, f"A-{number:04d}") for number in range(200))]
OTHER = ("LEERP-2026-0002", Signal.REPORT, "B")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Overheard]:
    """A relay with two hundred signals for one incident, and after them one for another."""
    store = await Store.open(await sqlite_url(tmp_path / "records.db"))
    async with store.writing() as tx:
        await tx.run_sync(outbox.post_all, [*CROWD, OTHER])
    yield Overheard(store)
    await store.close()


async def test_the_relay_gives_each_incident_its_turn(engine: Overheard) -> None:
    """Two hundred of one are told in their order; the one of the other, which came last, after a few of them."""
    assert await engine.relay() == 201
    assert engine.told.index("B") <= outbox.OF_EACH
    assert [one for one in engine.told if one != "B"] == [subject for _, _, subject in CROWD]
    assert await engine.relay() == 0


async def test_what_was_told_before_the_engine_went_away_is_not_told_again(engine: Overheard) -> None:
    """The rest waits, in its order."""
    engine.fails_at = "A-0003"
    with pytest.raises(ServiceMissingError):
        await engine.relay()
    assert sorted(engine.told) == ["A-0000", "A-0001", "A-0002", "B"]
    engine.fails_at = ""
    assert await engine.relay() == 197
    assert len(engine.told) == len(set(engine.told)) == 201


async def test_who_needs_one_incident_waits_for_no_other(engine: Overheard) -> None:
    """An act of a person has its own incident told, whatever waits for others."""
    engine.fails_at = "A-0000"
    assert await engine.relay(incident="LEERP-2026-0002") == 1
    assert engine.told == ["B"]
