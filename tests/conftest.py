"""What several rooms' tests share: an incident on a real engine, with everything in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import settings
from pydantic import SecretStr

from activities.engine import Engine, keep_relaying
from desk.assembly import open_house
from desk.worker import build_worker
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from tests import made_once
from tests.drill import Drill
from tests.postgresql import postgres
from tests.servers import running_engine

made_once.install()

settings.register_profile("patient", settings(), deadline=None, max_examples=40)
settings.load_profile("patient")
"""A busy machine is no fault of the code; where CI is set, the same examples are drawn every time, as by default.

More of them: `pytest --hypothesis-profile=default`.
"""

__all__ = ["open_drill", "policy", "postgres"]

OpenDrill = Callable[..., AbstractAsyncContextManager[Drill]]
WritePolicy = Callable[[str], None]


@pytest.fixture
def policy(tmp_path: Path) -> WritePolicy:
    """Write another policy for the drill, before it is opened."""

    def write(text: str) -> None:
        config = tmp_path / "home" / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "policy.yaml").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def open_drill(tmp_path: Path) -> OpenDrill:
    """Open a drill on a real engine, with a worker in this process."""

    @contextlib.asynccontextmanager
    async def opened(database_url: str | None = None) -> AsyncIterator[Drill]:
        home = tmp_path / "home"
        await asyncio.to_thread(lay_out_example, home / "config")
        settings = Settings(home=home)
        if database_url:
            settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
        async with running_engine(tmp_path) as client, open_house(settings, migrate=True) as house:
            engine = Engine(client, house.store)

            async def connect() -> Engine:
                return engine

            async with build_worker(client, house.rooms):
                relay = asyncio.create_task(keep_relaying(engine, every=0.05))
                try:
                    yield Drill(house, connect)
                finally:
                    relay.cancel()

    return opened
