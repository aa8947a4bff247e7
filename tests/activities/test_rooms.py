"""A worker serves the incidents of its own mode alone (DESIGN rule 10), and asks once for each."""

from pathlib import Path

import pytest
from sqlalchemy import event

from activities.rooms import Rooms
from leerp.errors import BadInputError
from leerp.notices import Mode
from leerp.stakeholders import Directory
from records.store import Store, sqlite_url
from tests.records.cast import NOON, open_one


async def test_an_incident_of_the_other_mode_is_refused_every_time(tmp_path: Path) -> None:
    """What is admitted is remembered; what is refused is refused again, and an unknown one too."""
    store = await Store.open(await sqlite_url(tmp_path / "records.db"), passing=True)
    real, drill = await open_one(store), await open_one(store, mode=Mode.EXERCISE)
    asked: list[str] = []
    event.listen(store._reader.sync_engine, "begin", lambda _: asked.append("begun"))
    rooms = Rooms(store=store, directory=nobody, channels={}, mode=Mode.ACTUAL, wall_clock=lambda: NOON)
    for _ in range(2):
        await rooms.admit(real)
        with pytest.raises(BadInputError, match="this worker serves actual only"):
            await rooms.admit(drill)
        with pytest.raises(BadInputError):
            await rooms.admit("LEERP-2026-9999")
    assert len(asked) == 1 + 2 * 2
    await store.close()


def nobody() -> Directory:
    """Whom the worker could tell: nobody is asked here."""
    raise AssertionError("nobody is told")
