"""Who needs to know of an incident: its circle, drawn and opened by officers, each change in the incident's journal."""

import secrets
from collections.abc import Mapping
from typing import NamedTuple

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.acts import DeskAct, may
from desk.access.principals import Principal, principal_of
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.journal import JournalKind
from records import incidents, journal, people

LONGEST_REASON = 500
NEEDS_REASON = "Say why; the record keeps it."


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Circles(house, pages)
    routes.add("GET", "/incidents/{reference}/circle", part.show, act=DeskAct.ADMIT)
    routes.add("POST", "/incidents/{reference}/circle", part.change, act=DeskAct.ADMIT)


class Wanted(NamedTuple):
    """What somebody wants of a circle."""

    change: str
    people: tuple[str, ...]
    reason: str


class Circles:
    """The page and what it changes."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def show(self, request: Request, reference: str) -> Response:
        """Who is admitted; to an approver who is not, only that there is a circle, and the way in."""
        return await self._page(request, reference, Wanted("", (), ""))

    async def change(self, request: Request, reference: str) -> Response:
        """Restrict, open, or go in."""
        wanted, principal = await _wanted(request), who(request)
        if not wanted.reason:
            return await self._page(request, reference, wanted, sentence=NEEDS_REASON)
        async with self._house.store.writing() as tx:
            await incidents.mode_of(tx, reference)
            sentence = await self._changed(tx, reference, wanted, principal)
        if sentence:
            return await self._page(request, reference, wanted, sentence=sentence)
        return RedirectResponse(f"/incidents/{reference}/circle", status_code=303)

    async def _changed(self, tx: AsyncConnection, reference: str, wanted: Wanted, principal: Principal) -> str:
        """Make one change and write it down; a sentence when it cannot be made."""
        by, at = principal.id, self._house.now()
        await people.hold_circle(tx, reference)
        circle = await people.circle_of(tx, reference)
        if wanted.change == "go-in":
            if circle and by not in circle:
                await people.admit(tx, reference, person=by, by=by, at=at)
                await self._note(tx, reference, wanted, by, {"change": "admitted", "people": [by]})
            return ""
        if circle and by not in circle:
            return "Go in first; then you can change the circle."
        if wanted.change == "open":
            if circle:
                await people.reopen(tx, reference)
                await self._note(tx, reference, wanted, by, {"change": "opened"})
            return ""
        known = {one.id for one in self._admissible()}
        chosen = sorted({by, *(one for one in wanted.people if one in known)})
        if chosen != circle:
            await people.restrict(tx, reference, people=chosen, by=by, at=at)
            await self._note(tx, reference, wanted, by, {"change": "restricted", "people": [*chosen]})
        return ""

    async def _note(
        self, tx: AsyncConnection, reference: str, wanted: Wanted, by: str, data: Mapping[str, JsonValue]
    ) -> None:
        await journal.append(
            tx,
            incident=reference,
            at=self._house.now(),
            actor=by,
            kind=JournalKind.DESK_CIRCLE_CHANGED,
            data={**data, "reason": wanted.reason},
            key=f"circle/{secrets.token_hex(12)}",
        )

    async def _page(self, request: Request, reference: str, wanted: Wanted, *, sentence: str = "") -> Response:
        principal = who(request)
        async with self._house.store.reading() as connection:
            await incidents.mode_of(connection, reference)
            circle = await people.circle_of(connection, reference)
        admitted = not circle or principal.id in circle
        shown = {
            "reference": reference,
            "sentence": sentence,
            "admitted": admitted,
            "circle": circle if admitted else [],
            "people": self._admissible(),
            "ticked": {principal.id, *(wanted.people or circle)},
            "reason": wanted.reason,
        }
        status = 422 if sentence else 200
        return self._pages.page(request, "circle.html", title=f"Circle of {reference}", status=status, shown=shown)

    def _admissible(self) -> list[Principal]:
        """The people of the centre whose roles reach an incident."""
        directory = self._house.rooms.directory()
        found = [principal_of(directory, one.id) for one in directory.officers]
        return [one for one in found if one and may(one.roles, DeskAct.SEE_INCIDENT)]


async def _wanted(request: Request) -> Wanted:
    form = await request.form()
    named = tuple(one for one in form.getlist("person") if isinstance(one, str))
    change, reason = form.get("change"), form.get("reason")
    if change not in ("restrict", "open", "go-in"):
        raise HTTPException(400, "The form cannot be read; load the page again.")
    words = reason.strip()[:LONGEST_REASON] if isinstance(reason, str) else ""
    return Wanted(str(change), named, words)
