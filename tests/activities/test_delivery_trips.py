"""How often a dissemination goes to the engine: a plan brings its batches along, a short step tells no sign of life."""

import asyncio
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities import delivery
from activities.delivery import DeliveryActivities, heartbeats
from activities.messages import FindOutstanding, PlanDeliveries, Tally
from desk.assembly import open_house
from leerp.settings import Settings
from tests.correspondents import Post, lay_out, reader


async def test_a_plan_brings_the_batches_along_that_are_to_be_tried(tmp_path: Path) -> None:
    """The same that are found when they are asked for; where nobody asks for them, as before 0.4.0, none are told."""
    readers = [reader(f"reader-{number}", ("email" if number % 3 else "secure", "a@x.example")) for number in range(7)]
    await asyncio.to_thread(lay_out, tmp_path, *readers, channels={})
    async with open_house(Settings(home=tmp_path), migrate=True) as house:
        post, acts, run = await Post.open(house), DeliveryActivities(house.rooms), ActivityEnvironment().run
        await post.plan("N-1", [one.id for one in readers])
        task = post.task("N-1").model_dump()
        again: Tally = await run(acts.plan, PlanDeliveries(**task, batch=2))
        found = await run(acts.outstanding, FindOutstanding(**task, batch=2))
        silent: Tally = await run(acts.plan, PlanDeliveries(**task))
    assert again.shares == found.shares
    assert {share.channel: share.firsts for share in found.shares} == {"email": (1, 4), "secure": (0, 6)}
    assert silent.shares is None


async def test_what_is_over_at_once_tells_no_sign_of_life() -> None:
    """Each would be a call of the engine's of its own."""
    told: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: told.append(details)

    async def short() -> None:
        async with heartbeats():
            await asyncio.sleep(0)

    await environment.run(short)
    assert told == []


async def test_what_lasts_tells_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again, until it is over."""
    monkeypatch.setattr(delivery, "HEARTBEAT_SECONDS", 0.0)
    heard = asyncio.Event()
    told: list[object] = []

    def hear(*details: object) -> None:
        told.append(details)
        if len(told) == 3:
            heard.set()

    environment = ActivityEnvironment()
    environment.on_heartbeat = hear

    async def lasting() -> None:
        async with heartbeats():
            await heard.wait()

    await environment.run(lasting)
    assert len(told) >= 3
