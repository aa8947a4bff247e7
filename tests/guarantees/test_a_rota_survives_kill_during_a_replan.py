"""kill -9 of the worker while a rota is sought anew: it resumes, one version stands, nothing is written twice."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from desk.assembly import House, open_house, wall_clock
from leerp.journal import verify
from leerp.notices import NoticeKind
from leerp.protocol import ActName
from leerp.rota import Rota
from leerp.rota_acts import TeamChangeAct, TeamPlanAct
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import incidents, journal, rotas, schema
from tests.drill import Drill
from tests.servers import Leerp

PATIENCE = 30.0


async def problems_kept(house: House) -> int:
    """How many questions have been put together: documents of which a search has all it needs."""
    asked = func.instr(schema.documents.c.content, b'"daily_rest_minutes"') > 0
    async with house.store.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(schema.documents).where(asked)) or 0


async def standing(house: House, reference: str) -> Rota:
    """The rota that stands."""
    async with house.store.reading() as connection:
        found = await rotas.standing(connection, await incidents.get(connection, reference))
    assert found is not None
    return found.rota


async def kill_during_the_search(house: House, leerp: Leerp, reference: str) -> int:
    """Kill the worker once the question is put together; the version that stood then."""
    before, deadline = await problems_kept(house), time.monotonic() + PATIENCE
    while await problems_kept(house) == before:
        assert time.monotonic() < deadline, "nothing was asked"
        await asyncio.sleep(0.01)
    await asyncio.to_thread(leerp.kill, "worker")
    return (await standing(house, reference)).version


async def test_a_replan_resumes_after_kill_9(tmp_path: Path) -> None:
    """The answer comes all the same, what had begun is as it was, and the journal holds one entry for it."""
    home = tmp_path / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    leerp = Leerp(home)
    await asyncio.to_thread(leerp.start)
    try:
        async with open_house(Settings(home=home)) as house:
            drill = Drill(house, house.engine)
            await drill.report(1)
            await drill.classified_again()
            await drill.launched()
            await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
            await drill.act(ActName.TEAM_PLAN, TeamPlanAct, ends_at=wall_clock() + timedelta(days=2))
            first = await standing(house, drill.reference)
            away = next(one.officer for one in first.seats if one.shift == first.shifts[3].id and one.officer)
            killing = asyncio.create_task(kill_during_the_search(house, leerp, drill.reference))
            await asyncio.sleep(0)
            receipt = await drill.act(ActName.TEAM_CHANGE, TeamChangeAct, change="absent", person=away)
            assert await killing == first.version == 1
            second = await standing(house, drill.reference)
            async with house.store.reading() as connection:
                kept = await journal.entries(connection, drill.reference, kinds=rotas.VERSIONS)
                lines = await journal.lines(connection, drill.reference)
    finally:
        await asyncio.to_thread(leerp.stop)
    assert [(one.data["version"], one.seq == receipt.journal_seq) for one in kept] == [(1, False), (2, True)]
    assert second.version == 2
    assert second.seated(first.shifts[0].id) == first.seated(first.shifts[0].id)
    assert away not in {one.officer for one in second.seats if one.shift != first.shifts[0].id}
    verify(lines)
