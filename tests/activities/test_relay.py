"""The relay: every incident has its turn, and what was told is told once."""

from collections.abc import AsyncIterator, Sequence
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
        self.signals = 0
        self.fails_at = ""

    async def _tell(self, together: Sequence[Posting]) -> None:
        if any(posting.subject == self.fails_at for posting in together):
            raise ServiceMissingError("The engine does not answer.")
        assert len({(posting.incident, posting.signal) for posting in together}) == 1
        self.told.extend(posting.subject for posting in together)
        self.signals += 1


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
    """Two hundred of one are told in their order, by few signals; the one of the other, which came last, on the way."""
    assert await engine.relay() == 201
    assert engine.told.index("B") <= outbox.OF_EACH
    assert [one for one in engine.told if one != "B"] == [subject for _, _, subject in CROWD]
    assert engine.signals == 200 / outbox.OF_EACH + 1
    assert await engine.relay() == 0


async def test_what_is_no_report_is_told_in_its_place_and_by_itself(tmp_path: Path) -> None:
    """Reports before it are told before it, and reports after it after it."""
    kinds = (Signal.REPORT, Signal.REPORT, Signal.MOVED, Signal.MOVED, Signal.REPORT)
    store = await Store.open(await sqlite_url(tmp_path / "records.db"))
    async with store.writing() as tx:
        await tx.run_sync(outbox.post_all, [("LEERP-2026-0001", kind, f"{i}") for i, kind in enumerate(kinds)])
    engine = Overheard(store)
    assert await engine.relay() == len(kinds)
    assert engine.told == ["0", "1", "2", "3", "4"]
    assert engine.signals == 4
    await store.close()


async def test_what_was_told_before_the_engine_went_away_is_not_told_again(engine: Overheard) -> None:
    """The rest waits, in its order."""
    engine.fails_at = CROWD[outbox.OF_EACH + 3][2]
    with pytest.raises(ServiceMissingError):
        await engine.relay()
    assert sorted(engine.told) == [*(subject for _, _, subject in CROWD[: outbox.OF_EACH]), "B"]
    engine.fails_at = ""
    assert await engine.relay() == 200 - outbox.OF_EACH
    assert len(engine.told) == len(set(engine.told)) == 201


async def test_who_needs_one_incident_waits_for_no_other(engine: Overheard) -> None:
    """An act of a person has its own incident told, whatever waits for others."""
    engine.fails_at = "A-0000"
    assert await engine.relay(incident="LEERP-2026-0002") == 1
    assert engine.told == ["B"]
