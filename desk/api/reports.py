"""Reports from machines: one in any form that leerp reads, or many of its own form, line by line.

The answer says what became of a report and where it went, and never what it has in common with anything: that somebody
else holds the same observable is not for its source to know.
"""

import asyncio
import json
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.api import bodies, describing
from desk.api.answering import RefusalError, answering, json_answer, refused
from desk.api.authenticating import Caller, Doorkeeper
from desk.api.repeating import Repeating
from desk.assembly import House
from leerp.errors import LeerpError
from leerp.machines import Scope
from leerp.reports import IntakeOutcome, IntakeReceipt, ReportFormat
from records import machines

MOST_LINES = 500
"""As many reports as a batch may hold."""

_AT_ONCE = 100
"""As many lines of a batch as are taken in at the same time."""


def register(routes: Routes, house: House, doorkeeper: Doorkeeper, repeating: Repeating) -> None:
    """Add these calls."""
    part = Reports(house, doorkeeper, repeating)
    more: dict[str, Any] = {"act": DeskAct.SEND_AS_MACHINE, "described": True}
    routes.add("POST", "/api/v1/reports", answering(part.report), **more, **describing.REPORT)
    routes.add("POST", "/api/v1/reports/batch", answering(part.batch), **more, **describing.BATCH)


class _Sent(NamedTuple):
    """A report as it was sent. `since`: what came in since then, and is the same, came in by this very request."""

    caller: Caller
    format: ReportFormat | None
    since: datetime | None


class Reports:
    """The calls."""

    def __init__(self, house: House, doorkeeper: Doorkeeper, repeating: Repeating) -> None:
        self._house = house
        self._doorkeeper = doorkeeper
        self._repeating = repeating

    async def report(self, request: Request) -> Response:
        """Take one report in; answered when it is stored."""
        caller = await self._doorkeeper.admit(request, Scope.REPORT)
        form = bodies.format_of(request)
        body = await bodies.read(request)
        caller = await self._doorkeeper.verified(request, caller, body)

        async def deed(since: datetime | None) -> Response:
            name = bodies.name_of(request, body)
            status, content = await self._take_in(body, _Sent(caller, form, since), name=name)
            return json_answer(status, content)

        return await self._repeating.once(request, caller, body, deed)

    async def batch(self, request: Request) -> Response:
        """Take many reports in; each line is answered for itself, in their order."""
        caller = await self._doorkeeper.admit(request, Scope.REPORT)
        if bodies.media_type(request) != bodies.NDJSON:
            raise RefusalError(415, f"A batch is {bodies.NDJSON}: one report a line.", {"Accept": bodies.NDJSON})
        body = await bodies.read(request)
        caller = await self._doorkeeper.verified(request, caller, body)
        lines = [line for line in body.split(b"\n") if line.strip()]
        if not lines or len(lines) > MOST_LINES:
            raise RefusalError(422, f"A batch has 1 to {MOST_LINES} lines, one report each.")
        self._doorkeeper.count(caller, len(lines) - 1)

        async def deed(since: datetime | None) -> Response:
            answers = await self._take_in_all(lines, _Sent(caller, ReportFormat.JSON, since))
            text = "".join(f"{json.dumps(one, ensure_ascii=False, separators=(',', ':'))}\n" for one in answers)
            return Response(text, 200, media_type=bodies.NDJSON)

        return await self._repeating.once(request, caller, body, deed)

    async def _take_in_all(self, lines: list[bytes], sent: _Sent) -> list[dict[str, object]]:
        some = asyncio.Semaphore(_AT_ONCE)

        async def line(number: int, content: bytes) -> dict[str, object]:
            async with some:
                try:
                    status, answer = await self._take_in(content, sent, name=f"line {number}")
                except LeerpError as error:
                    no = refused(error)
                    return {"line": number, "status": no.status, "error": no.sentence}
            return {"line": number, "status": status, **answer}

        return list(await asyncio.gather(*(line(number, content) for number, content in enumerate(lines, start=1))))

    async def _take_in(self, content: bytes, sent: _Sent, *, name: str) -> tuple[int, dict[str, str | None]]:
        caller = sent.caller
        receipt = await self._house.intake.report(
            content,
            name=name,
            arrival=self._doorkeeper.arrival(caller),
            source=caller.token.source,
            format=sent.format,
        )
        report, outcome = await self._as_theirs(receipt, sent)
        status = 201 if outcome is IntakeOutcome.CREATED else 200
        return status, {"report": report, "incident": receipt.incident, "outcome": outcome.value}

    async def _as_theirs(self, receipt: IntakeReceipt, sent: _Sent) -> tuple[str | None, IntakeOutcome]:
        """What its source is told. The id of a report that another source has sent is not for this one."""
        if receipt.outcome is not IntakeOutcome.DUPLICATE:
            return receipt.report, receipt.outcome
        async with self._house.store.reading() as connection:
            first = await machines.taken(connection, receipt.report)
        if first.source != sent.caller.token.source:
            return None, IntakeOutcome.DUPLICATE
        if sent.since is None or first.received_at < sent.since:
            return receipt.report, IntakeOutcome.DUPLICATE
        return receipt.report, IntakeOutcome.CREATED if first.opened else IntakeOutcome.JOINED
