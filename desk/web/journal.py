"""The journal of an incident, or of the desk: page by page, verified, and as a file."""

import asyncio
from typing import Annotated

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse

from desk.access.acts import DeskAct
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.pages import Pages
from desk.web.telling import Told, told
from leerp.errors import BadInputError
from leerp.journal import DESK, JournalEntry, verify, verify_end
from leerp.stakeholders import Role
from records import incidents, journal
from records.incidents import StoredIncident

PAGE = 200
"""How many entries stand on a page."""

MOST_VERIFIED = 20_000
"""How many entries are verified for a page: about a second's work. All of them are with a file."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Journal(house, pages)
    routes.add("GET", "/journal", part.of_the_desk, act=DeskAct.SEE_JOURNAL)
    routes.add("GET", "/incidents/{reference}/journal", part.of_incident, act=DeskAct.SEE_JOURNAL)
    routes.add("GET", "/incidents/{reference}/journal.jsonl", part.export, act=DeskAct.SEE_JOURNAL)


class Journal:
    """The pages and the file."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def of_incident(
        self, request: Request, reference: str, until: Annotated[int | None, Query(ge=1)] = None
    ) -> Response:
        """The journal of an incident. What people wrote in it is shown to whoever sees what is in the incident."""
        incident, inside = await self._stored(request, reference)
        return await self._page(request, reference, incident=incident, inside=inside, until=until)

    async def of_the_desk(self, request: Request, until: Annotated[int | None, Query(ge=1)] = None) -> Response:
        """The journal of what belongs to no incident: refused input, sign-ins, reads."""
        inside = bool({Role.AUDITOR, Role.OPERATOR, Role.APPROVER} & set(who(request).roles))
        return await self._page(request, DESK, incident=None, inside=inside, until=until)

    async def export(self, request: Request, reference: str) -> Response:
        """The journal as a file, verified on the way out; for whoever sees what is in the incident."""
        _, inside = await self._stored(request, reference)
        if not inside:
            raise HTTPException(403, f"What is in {reference} is not for your clearance, and its journal tells of it.")
        async with self._house.store.reading() as connection:
            lines = await journal.lines(connection, reference)
        await asyncio.to_thread(verify, lines, name=reference)
        headers = {"Content-Disposition": f'attachment; filename="{reference}.jsonl"'}
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers=headers)

    async def _stored(self, request: Request, reference: str) -> tuple[StoredIncident, bool]:
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            incident = await incidents.get(connection, reference)
        return incident, sight.sees_inside(incident)

    async def _page(
        self, request: Request, name: str, *, incident: StoredIncident | None, inside: bool, until: int | None
    ) -> Response:
        async with self._house.store.reading() as connection:
            head = await journal.head(connection, name)
            length = head.seq if head else 0
            last = min(until or length, length)
            first = max(0, last - PAGE)
            page = await journal.entries(connection, name, after=first, limit=last - first)
            looked_at = await journal.entries(connection, name, after=max(0, length - MOST_VERIFIED))
        sentence, whole = await asyncio.to_thread(verified, looked_at, name=name)
        shown = [told(one) if inside else Told(one, "") for one in reversed(page)]
        return self._pages.page(
            request,
            "journal.html",
            title=f"Journal of {name}",
            name=name,
            incident=incident,
            entries=shown,
            sentence=sentence,
            whole=whole,
            may_take=incident is not None and inside,
            older=first or None,
            newest=last == length,
        )


def verified(entries: list[JournalEntry], *, name: str) -> tuple[str, bool]:
    """Whether a chain is whole, or the end of a long one, in a sentence."""
    if not entries:
        return "Nothing has happened yet.", True
    last = f"Its last hash: {entries[-1].hash}"
    try:
        if entries[0].seq == 1:
            count = verify((entry.line for entry in entries), name=name)
            return f"{count} entries, the chain is whole. {last}", True
        verify_end(entries, name=name)
    except BadInputError as error:
        return error.sentence, False
    how_many = f"{entries[-1].seq} entries; the newest {len(entries)} follow each other unchanged"
    return f"{how_many}. For all of them: leerp journal export, leerp journal verify. {last}", True
