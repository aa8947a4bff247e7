"""A live exercise is stopped at the desk: nothing more is played, its report tells of what there is, all goes down."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from desk.steering import Found
from exercises.live_run import begun_in
from exercises.particulars import RunMode
from leerp.errors import RefusedError
from leerp.settings import Settings
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import press, shown
from tests.exercises.live_runs import LiveLeerp

WHY = "the real world calls"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """The desk from which exercises are steered; no engine runs for it."""
    async with desk_here(tmp_path / "home") as here:
        yield here


@pytest.fixture
def run(desk: DeskHere) -> Iterator[LiveLeerp]:
    """A run that is up at a table, of which one inject has been played."""
    table = LiveLeerp(desk.house.settings.home, "table")
    table.lay_out(mode=RunMode.TABLE_TOP)
    with table as up:
        up.wait_until_up()
        assert len(up.asked("exercise", "step")["became"]) >= 1
        yield up


async def stop(browser: httpx.AsyncClient, name: str, reason: str) -> httpx.Response:
    """Send the form that stops a run."""
    return await press(browser, f"/exercises/live/{name}/steer", do="stop", reason=reason)


async def test_it_ends_with_the_report_of_what_there_is(desk: DeskHere, run: LiveLeerp) -> None:
    """Stopped once, with a reason: the report says so of each inject that did not come, and no process is left."""
    planner, officer = await desk.browser("exercise-planner"), await desk.browser("duty-officer")
    assert (await stop(officer, "table", WHY)).status_code == 403
    assert "Stop table for good" not in (await officer.get("/exercises")).text
    empty = await stop(planner, "table", " ")
    assert (empty.status_code, "needs a reason" in shown(empty)) == (409, True)
    assert "Stop table for good" in (await planner.get("/exercises")).text
    assert (await stop(planner, "nowhere", WHY)).status_code == 404
    assert (await stop(planner, "table", WHY)).status_code == 303
    assert (await stop(planner, "table", "twice")).status_code == 409
    await asyncio.to_thread(run.wait_for_end)
    assert run._up is not None
    assert await asyncio.to_thread(run._up.wait, 30) == 0
    report = json.loads((run.out / "after-action.json").read_text(encoding="utf-8"))
    became = [one["became"] for inject in report["injects"] for one in inject["played"]]
    assert became[1:] == [f"Not played: exercise-planner stopped the exercise: {WHY}."] * (len(became) - 1)
    assert "opened" in became[0] or "created" in became[0]
    page = shown(await officer.get("/exercises"))
    assert f"by exercise-planner: {WHY}" in page
    assert "HTML of table" in page
    given = await officer.get("/exercises/live/table/files/after-action.html")
    assert (given.status_code, "sandbox" in given.headers["content-security-policy"]) == (200, True)
    for name in ("run.json", "..%2Frun.json", "after-action.pdf/x"):
        assert (await officer.get(f"/exercises/live/table/files/{name}")).status_code == 404


def found(run: LiveLeerp) -> Found:
    """The run, as those who steer see it."""
    begun = begun_in(run.home)
    assert begun is not None
    return Found(begun, Settings(home=run.home), run.clock)


def test_a_run_that_is_down_is_not_stopped(tmp_path: Path) -> None:
    """Nobody would leave its files; it says what to do, and the run can be brought up again."""
    down = LiveLeerp(tmp_path, "down")
    down.lay_out()
    with pytest.raises(RefusedError, match="start it again, and stop it then"):
        found(down).stop(by="control", reason=WHY)
    said = down.perform("exercise", "stop", "--reason", WHY)
    assert (said.code, "is not up" in said.err) == (1, True)
    assert down.clock.state().stop is None


def test_nothing_moves_a_run_that_is_stopped(tmp_path: Path) -> None:
    """Its time stands, and neither a pause, a speed, a step nor the director lets it go on."""
    run = LiveLeerp(tmp_path, "stopped")
    run.lay_out()
    run.clock.stop(by="control", reason=WHY)
    for steer in (run.clock.pause, run.clock.resume, run.clock.step, lambda: run.clock.speed(2)):
        with pytest.raises(RefusedError, match="control has stopped"):
            steer()
    assert run.clock.go().clock.stopped
    assert found(run).clock.state().ended is False
