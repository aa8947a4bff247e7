"""Thousands of reports by sixteen clients, while the desk, the worker and the engine are killed in turn.

    .venv/bin/pytest -p no:cacheprovider -q tests/long/test_intake_under_kills.py

It takes some minutes, most of them for the engine to hear of what was taken in. A client that gets no answer sends the
same report again; what was answered must be there, once. LEERP_TEST_REPORTS: how many, 2,000 if nothing is said.
"""

import asyncio
import contextlib
import os
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from benchmarks.intake_load import SOURCE, report_file
from desk.assembly import House, open_house
from leerp.journal import JournalKind, verify
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import bursts, documents, incidents, journal, outbox, reports
from tests.servers import Leerp

REPORTS = int(os.environ.get("LEERP_TEST_REPORTS", "2000"))
CLIENTS = 16
BETWEEN_KILLS = REPORTS // 12
"""So many answers after one kill the next one comes."""

VICTIMS = ("desk", "worker", "engine")
PATIENCE = 900.0


class Clients:
    """Those who send, and what they were answered."""

    def __init__(self, leerp: Leerp, contents: list[bytes], token: str) -> None:
        self._leerp = leerp
        self._left = iter(enumerate(contents))
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.answered: dict[int, dict[str, str]] = {}
        self.sent_again = 0
        self.kills: Counter[str] = Counter()
        self._victims = cycle(VICTIMS)

    async def send_all(self) -> None:
        """Send everything, and kill a process now and then on the way."""
        async with httpx.AsyncClient(headers=self._headers, timeout=60) as client:
            await asyncio.gather(*(self._send(client) for _ in range(CLIENTS)))

    async def _send(self, client: httpx.AsyncClient) -> None:
        for number, content in self._left:
            self.answered[number] = await self._answer(client, content)
            self._kill_now_and_then()

    async def _answer(self, client: httpx.AsyncClient, content: bytes) -> dict[str, str]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await client.post(f"http://127.0.0.1:{self._leerp.port}/api/v1/reports", content=content)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                document: dict[str, str] = answer.json()
                return document
            assert answer is None or answer.status_code >= 500, answer.text
            assert time.monotonic() < deadline, "the desk did not come back"
            self.sent_again += 1
            await asyncio.sleep(0.1)

    def _kill_now_and_then(self) -> None:
        if len(self.answered) % BETWEEN_KILLS == 0:
            victim = next(self._victims)
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it is just being started again
                self._leerp.kill(victim)
                self.kills[victim] += 1


@pytest.mark.timeout(3 * PATIENCE)
async def test_nothing_is_lost_or_doubled_by_kills_during_intake(tmp_path: Path) -> None:
    """Each report is stored once, to the byte and where its answer says; journals verify; the engine hears of all."""
    home = tmp_path / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    contents = [report_file(number, "mixed") for number in range(REPORTS)]
    with Leerp(home) as leerp:
        words = ("--source", SOURCE, "--scope", "report", "--per-minute", "10000000", "--as", "desk-operator")
        token = (await asyncio.to_thread(leerp.json, "token", "make", *words))["secret"]
        clients = Clients(leerp, contents, token)
        await clients.send_all()
        async with open_house(Settings(home=home)) as house:
            await _all_there(house, contents, clients.answered)
            await _all_told(house)
    assert min(clients.kills[victim] for victim in VICTIMS) >= 2, clients.kills


async def _all_there(house: House, contents: list[bytes], answered: dict[int, dict[str, str]]) -> None:
    assert len(answered) == REPORTS
    assert len({answer["report"] for answer in answered.values()}) == REPORTS
    noted: Counter[JournalKind] = Counter()
    kept = counted = 0
    async with house.store.reading() as c:
        for number, answer in answered.items():
            stored = await reports.get(c, answer["report"])
            assert stored.incident == answer["incident"]
            assert await documents.get(c, stored.raw_sha256) == contents[number]
        for incident in await incidents.listing(c, include_ended=True):
            verify(await journal.lines(c, incident.reference))
            noted.update(entry.kind for entry in await journal.entries(c, incident.reference))
            kept += len(await reports.of_incident(c, incident.reference))
            counted += sum(burst.counted for burst in await bursts.of_incident(c, incident.reference))
    assert kept + counted == REPORTS
    assert noted[JournalKind.DETECTION_REPORT_RECEIVED] == kept


async def _all_told(house: House) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        async with house.store.reading() as c:
            if not await outbox.waiting(c):
                return
        assert time.monotonic() < deadline, "the engine was not told of everything"
        await asyncio.sleep(0.2)
