"""Thousands of nearly identical reports by machines, everything up, and one report of something else in the middle.

    .venv/bin/pytest -p no:cacheprovider -q tests/long/test_a_burst_over_http.py

The short form is tests/guarantees/test_a_burst_starves_nobody.py. LEERP_TEST_REPORTS: how many, 5,000 if nothing is
said.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.intake_load import SOURCE, report_file
from desk.assembly import House, open_house, wall_clock
from leerp.journal import JournalKind, verify
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from records import bursts, documents, incidents, journal, reports
from tests.servers import Leerp

REPORTS = int(os.environ.get("LEERP_TEST_REPORTS", "5000"))
CLIENTS = 16
AFTER = REPORTS // 5
"""So many of the flood are answered when the other one comes."""

OVERTAKEN_BY = 4 * CLIENTS
"""Most of the flood that is sent after the other report and answered before it: two batches, in each of which every
client has one, and as many that were on their way."""

HANDED_BY = REPORTS // 2
"""The other report is graded and its incident classified before so many of the flood have been answered."""


def other_report() -> bytes:
    """One of something else."""
    return json.dumps(
        {
            "source": SOURCE,
            "id": "one-of-something-else",
            "reported_at": wall_clock().isoformat(),
            "title": "A water works is encrypted",
            "facts": {"root_cause": "malicious-actions", "sectors": ["drinking-water"]},
            "observables": [{"kind": "domain", "value": "something-else.example"}],
        }
    ).encode()


class Flood:
    """Those who send, and what they were answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.answered: dict[bytes, dict[str, Any]] = {}
        self.midst, self.ended = asyncio.Event(), asyncio.Event()

    async def send_all(self) -> None:
        """Send the flood."""
        left = iter([report_file(number, "alike") for number in range(REPORTS)])

        async def one_after_another() -> None:
            for content in left:
                self.answered[content] = await self.send(content)
                if len(self.answered) >= AFTER:
                    self.midst.set()

        await asyncio.gather(*(one_after_another() for _ in range(CLIENTS)))
        self.ended.set()

    async def send(self, content: bytes) -> dict[str, Any]:
        """Send one report; the answer."""
        answer = await self._client.post("/api/v1/reports", content=content)
        assert answer.is_success, answer.text
        document: dict[str, Any] = answer.json()
        return document


@pytest.mark.timeout(1800)
async def test_what_comes_in_the_middle_of_a_burst_does_not_wait_for_its_end(tmp_path: Path) -> None:
    """It is answered in its turn and handed to its workflow before the flood ends; of the flood nothing is lost."""
    home = tmp_path / "home"
    await asyncio.to_thread(lay_out_example, home / "config")
    with Leerp(home) as leerp:
        words = ("--source", SOURCE, "--scope", "report", "--per-minute", "10000000", "--as", "desk-operator")
        token = (await asyncio.to_thread(leerp.json, "token", "make", *words))["secret"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{leerp.port}", headers=headers, timeout=60) as client,
            open_house(Settings(home=home)) as house,
        ):
            flood = Flood(client)
            sending = asyncio.create_task(flood.send_all())
            await flood.midst.wait()
            before = len(flood.answered)
            other = await flood.send(other_report())
            overtaken_by = len(flood.answered) - before
            handed_at = await _handed(house, other["incident"], flood)
            await sending
            await _all_there(house, flood.answered, other)
    assert other["outcome"] == "created"
    assert overtaken_by <= OVERTAKEN_BY
    assert handed_at <= HANDED_BY


async def _handed(house: House, reference: str, flood: Flood) -> int:
    """How many of the flood were answered when its workflow had graded it and classified its incident."""
    while True:
        async with house.store.reading() as c:
            if (await incidents.get(c, reference)).classification is not None:
                return len(flood.answered)
        assert not flood.ended.is_set(), "the flood ended before the other report was handed over"
        await asyncio.sleep(0.05)


async def _all_there(house: House, answered: dict[bytes, dict[str, Any]], other: dict[str, Any]) -> None:
    """One incident with a counter, each report to the byte, once."""
    assert len(answered) == REPORTS
    assert len({answer["report"] for answer in answered.values()}) == REPORTS
    (incident,) = {answer["incident"] for answer in answered.values()}
    assert incident != other["incident"]
    async with house.store.reading() as c:
        for content, answer in answered.items():
            stored = await reports.get(c, answer["report"])
            assert stored.incident == incident
            assert await documents.get(c, stored.raw_sha256) == content
        (burst,) = await bursts.of_incident(c, incident)
        handed_on = await reports.of_incident(c, incident)
        assert burst.counted + len(handed_on) == REPORTS == burst.seen
        verify(await journal.lines(c, incident))
        received = await journal.entries(c, incident, kinds={JournalKind.DETECTION_REPORT_RECEIVED})
        assert len(received) == len(handed_on)
