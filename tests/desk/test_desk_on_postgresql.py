"""The desk over PostgreSQL, once from a machine's report to a stakeholder's page.

Everything else about the desk is tested over SQLite; tests/long/test_over_postgresql.py has the rest over this one.
"""

import asyncio
from pathlib import Path

from leerp.incidents import IncidentView
from tests.api.machines import Gate
from tests.correspondents import Post
from tests.desk.acting import HOSPITALS, Officer, working_desk
from tests.desk.test_own_page import lay_out_members
from tests.desk.whole_incident import kinds_of
from tests.postgresql import Postgres


def classified(view: IncidentView) -> bool:
    """Whether an officer can decide."""
    return view.classification is not None and bool(view.waiting_for)


async def test_the_desk_works_over_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    """A report over the API, its page, the search, an act by its form, and what a stakeholder was sent."""
    name = postgres.create(template="migrated")
    await asyncio.to_thread(lay_out_members, tmp_path / "home")
    try:
        async with working_desk(tmp_path, database_url=postgres.url(name)) as desk:
            gate = Gate(desk)
            answer = await (await gate.machine()).report(1, title="Hospitals encrypted", facts=HOSPITALS)
            assert (answer.status_code, answer.json()["outcome"]) == (201, "created")
            officer = Officer(desk, await desk.browser("duty-officer"), answer.json()["incident"])
            assert "Hospitals encrypted" in await officer.page()
            found = await officer.browser.get("/search", params={"q": "hospitals"})
            assert (found.status_code, officer.reference in found.text) == (200, True)
            assert (await officer.browser.get(f"{officer.path}/reports/%00")).status_code == 404
            await officer.until(classified, "classification")
            await officer.act("decide", choice="normal")
            assert "triage.decision.made" in await kinds_of(officer)
            await (await Post.open(desk.house)).send("N-1", "csirt-a")
            own = await (await desk.browser("desk-csirt-a")).get("/own")
            assert (own.status_code, "N-1" in own.text) == (200, True)
            assert "N-1" not in (await (await desk.browser("desk-csirt-b")).get("/own")).text
            assert not (tmp_path / "home" / "records.db-wal").exists()
            await gate.close()
    finally:
        postgres.drop(name)
