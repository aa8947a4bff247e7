"""The desk is killed again and again while machines send: pytest tests/long/test_the_first_answer_survives_kills.py.

About two minutes. Each request has a key of its own and is sent until it is answered.
"""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from leerp.machines import Scope
from records.store import Store, sqlite_url
from tests.api.machines import gate_here, report_of
from tests.servers import ROOT, free_port

CLIENTS, EACH, KILLS = 8, 40, 8


class Desk:
    """A process of the desk that is killed and started anew."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self._environment = {**os.environ, "LEERP_HOME": str(home), "PYTHONPATH": str(ROOT)}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "desk", "serve", "--port", str(self.port)]
        self._process = await asyncio.create_subprocess_exec(*command, env=self._environment, cwd=ROOT)

    async def kill(self) -> None:
        """Kill it with -9."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


async def _send(client: httpx.AsyncClient, body: bytes, key: str) -> dict[str, str]:
    while True:
        try:
            answer = await client.post("/api/v1/reports", content=body, headers={"idempotency-key": key})
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code in (200, 201):
            found: dict[str, str] = answer.json()
            return found
        assert answer.status_code in (409, 503), answer.text
        await asyncio.sleep(0.05)


@pytest.mark.timeout(600)
async def test_every_request_gets_the_answer_of_its_first_time(tmp_path: Path) -> None:
    """Never `duplicate`, since nothing was there before; every report is stored once, and asked again says the same."""
    home = tmp_path / "home"
    async with gate_here(home) as gate:
        secret = (await gate.machine(Scope.REPORT, per_minute=1_000_000)).secret
    desk, answered = Desk(home), asyncio.Semaphore(0)
    bodies = {
        f"{client}-{number}": report_of(client * 1000 + number, narrative=f"{client} {number}")
        for client in range(CLIENTS)
        for number in range(EACH)
    }
    answers: dict[str, dict[str, str]] = {}
    await desk.start()
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{desk.port}", headers=headers, timeout=30) as line:

        async def client(number: int) -> None:
            for key in (f"{number}-{count}" for count in range(EACH)):
                answers[key] = await _send(line, bodies[key], key)
                answered.release()

        async def killer() -> None:
            for _ in range(KILLS):
                for _ in range(CLIENTS * EACH // (KILLS + 1)):
                    await answered.acquire()
                await desk.kill()
                await desk.start()

        await asyncio.gather(killer(), *(client(number) for number in range(CLIENTS)))
        again = {key: await _send(line, bodies[key], key) for key in bodies}
    await desk.kill()
    assert Counter(one["outcome"] for one in answers.values()).keys() <= {"created", "joined"}
    assert again == answers
    assert await _stored(home) == {one["report"] for one in answers.values()}
    assert json.dumps(answers).count('"created"') >= 1


async def _stored(home: Path) -> set[str]:
    store = await Store.open(await sqlite_url(home / "records.db"))
    async with store.reading() as c:
        found = set(await c.scalars(text("SELECT id FROM reports UNION SELECT id FROM repeats")))
    await store.close()
    return found
