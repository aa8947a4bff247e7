"""The page of a stakeholder: what was sent to it, to confirm, to ask about, and to answer with an action or a file.

Nothing of anyone else's: everything is looked up by the stakeholder that the person belongs to, and what was never sent
to it is answered like what there is not.
"""

import json
from collections.abc import Mapping
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile

from activities.acknowledgements import acknowledge
from activities.acts import new_act_id
from activities.asking import Asking
from activities.intake import Arrival
from desk.access import reads
from desk.access.acts import DeskAct
from desk.access.forms import fields
from desk.access.reading import HIDDEN, Sight
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.making import Maker, read_actions
from desk.web.files import file_answer
from desk.web.pages import Pages
from leerp.acknowledgements import Via
from leerp.contributions import ContributionOutcome
from leerp.errors import BadInputError, LeerpError
from leerp.marking import Marking
from leerp.notices import VariantFile
from leerp.plan_acts import PlanProposeAct
from leerp.plans import Action, ActionType
from leerp.protocol import ActName
from records import ledger, questions
from records.correspondence import sent_to
from records.ledger import LedgerRow

_ID = r"^[A-Za-z0-9-]{0,64}$"
_DID = {
    "confirm": "Confirmed. Thank you.",
    "ask": "Your question {} is kept; the answer will stand on this page.",
    "propose": "Your proposal is kept; it waits to be accepted or declined.",
    "contribute": "Your file is kept as {}.",
    "contribute-pending": "Your file is kept as {}; somebody of the centre looks at it before it is used.",
}
"""What is said after a deed: words of our own, whoever made the link."""

MOST = 500
"""How many notices the page lists, the newest first."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Own(house, pages)
    path = "/own/notices/{notice}"
    routes.add("GET", "/own", part.listing, act=DeskAct.SEE_OWN)
    routes.add("GET", path, part.show, act=DeskAct.SEE_OWN)
    routes.add("GET", path + "/files/{name}", part.file, act=DeskAct.SEE_OWN)
    routes.add("POST", path + "/confirm", part.confirm, act=DeskAct.CONFIRM_OWN)
    routes.add("POST", path + "/ask", part.ask, act=DeskAct.ASK)
    routes.add("POST", path + "/propose", part.propose, act=DeskAct.PROPOSE)
    routes.add("POST", path + "/contribute", part.contribute, act=DeskAct.CONTRIBUTE)


class Sent(NamedTuple):
    """A notice as it reached the stakeholder. `readable`: for the clearance of the person who looks."""

    row: LedgerRow
    readable: bool

    @property
    def subject(self) -> str:
        """Its subject, where it may be read."""
        return self.row.planned.subject if self.readable else HIDDEN

    @property
    def marking(self) -> Marking | None:
        """The marking of what was sent."""
        return self.row.planned.marking


class Own:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._asking = Asking(house.rooms)
        self._maker = Maker(house)

    async def listing(self, request: Request) -> Response:
        """What was sent to the stakeholder, the newest first; each notice once."""
        sight, stakeholder = await self._who(request)
        async with self._house.store.reading() as connection:
            rows = await sent_to(connection, stakeholder, limit=2 * MOST)
        first = {row.notice: row for row in reversed(rows)}
        sent = [_sent(row, sight) for row in rows if first[row.notice] is row][:MOST]
        return self._pages.page(request, "own.html", title="For you", sent=sent)

    async def show(
        self, request: Request, notice: str, did: str = "", of: Annotated[str, Query(pattern=_ID)] = ""
    ) -> Response:
        """One notice, as it was sent; and what can be said to it."""
        return await self._shown(request, notice, said=_DID.get(did, "").format(of))

    async def _shown(
        self,
        request: Request,
        notice: str,
        *,
        said: str = "",
        status: int = 200,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        sight, stakeholder = await self._who(request)
        async with self._house.store.reading() as connection:
            sent = await self._of_notice(connection, stakeholder, notice, sight)
            asked = [one for one in await questions.of_incident(connection, sent.row.incident) if one.notice == notice]
            mine = [(one, await self._asking.said(connection, one)) for one in asked if one.reader == stakeholder]
            files = await self._files(connection, sent) if sent.readable else ()
        return self._pages.page(
            request,
            "own-notice.html",
            title=notice,
            status=status,
            sent=sent,
            files=[file.name for file in files],
            questions=mine,
            said=said[:500],
            act=new_act_id(),
            types=list(ActionType),
            typed=typed or {},
        )

    async def file(self, request: Request, notice: str, name: str) -> Response:
        """One file, byte for byte as it was sent; that it was read is on record."""
        sight, stakeholder = await self._who(request)
        async with self._house.store.reading() as connection:
            sent = await self._of_notice(connection, stakeholder, notice, sight)
            files = await self._files(connection, sent) if sent.readable else ()
        found = next((file for file in files if file.name == name), None)
        if found is None:
            raise BadInputError(f"there is no file {name!r} in what you were sent of {notice}")
        await self._noted(sight, sent, f"{notice} as sent to {stakeholder}")
        return file_answer(found)

    async def _noted(self, sight: Sight, sent: Sent, what: str) -> None:
        """Write down that somebody reads what was sent."""
        marking = sent.marking or Marking()
        await reads.note(self._house, sight.principal, what=what, incident=sent.row.incident, marking=marking)

    async def confirm(self, request: Request, notice: str) -> Response:
        """Confirm that the stakeholder has got the notice; twice is answered the same."""
        sight, stakeholder = await self._who(request)
        async with self._house.store.writing() as tx:
            await self._of_notice(tx, stakeholder, notice, sight)
            more = {"how": "at the desk"}
            by = sight.principal.id
            await acknowledge(tx, notice, reader=stakeholder, via=Via.DESK, by=by, at=sight.now, more=more)
        return _back(notice, "confirm")

    async def ask(self, request: Request, notice: str) -> Response:
        """Keep a question; an officer answers it on this page."""
        sight, stakeholder = await self._who(request)
        form = await fields(request)
        async with self._house.store.reading() as connection:
            await self._of_notice(connection, stakeholder, notice, sight)
        try:
            question = await self._asking.ask(
                notice,
                reader=stakeholder,
                by=sight.principal.id,
                text=form.get("question", ""),
                act=form.get("act", "")[:60] or new_act_id(),
                at=sight.now,
            )
        except LeerpError as error:
            return await self._shown(request, notice, said=error.sentence, status=409, typed=form)
        return _back(notice, "ask", question)

    async def propose(self, request: Request, notice: str) -> Response:
        """Propose an action for the plan, in the stakeholder's name."""
        sight, stakeholder = await self._who(request)
        form = await fields(request)
        async with self._house.store.reading() as connection:
            sent = await self._of_notice(connection, stakeholder, notice, sight)
        try:
            action = _action(form, owner=stakeholder, marking=sent.marking or Marking())
            proposal = {
                "action": await self._maker.keep_actions(action),
                "proposed_by": stakeholder,
                "reason": form.get("reason", "")[:2_000],
            }
            await self._maker.perform(
                ActName.PLAN_PROPOSE,
                sent.row.incident,
                PlanProposeAct,
                proposal,
                actor=sight.principal.actor,
                act=form.get("act", "")[:60],
            )
        except LeerpError as error:
            return await self._shown(request, notice, said=error.sentence, status=409, typed=form)
        # How many others it would collide with is the centre's to know (DESIGN rule 4).
        return _back(notice, "propose")

    async def contribute(self, request: Request, notice: str) -> Response:
        """Take a file in as a contribution of the stakeholder to the incident of the notice."""
        sight, stakeholder = await self._who(request)
        async with self._house.store.reading() as connection:
            sent = await self._of_notice(connection, stakeholder, notice, sight)
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await self._shown(request, notice, said="There is no file; choose one.", status=422)
        arrival = Arrival(sight.now, sight.principal.id)
        try:
            receipt = await self._house.intake.contribution(
                await file.read(),
                name=file.filename[-120:],
                reference=sent.row.incident,
                contributor=stakeholder,
                arrival=arrival,
            )
        except LeerpError as error:
            return await self._shown(request, notice, said=error.sentence, status=422)
        pending = receipt.outcome is ContributionOutcome.PENDING
        return _back(notice, "contribute-pending" if pending else "contribute", receipt.contribution)

    async def _who(self, request: Request) -> tuple[Sight, str]:
        principal = who(request)
        if principal.stakeholder is None:
            raise HTTPException(403, "This page is for people of a stakeholder.")
        return await sight_of(self._house, principal), principal.stakeholder

    async def _of_notice(self, c: AsyncConnection, stakeholder: str, notice: str, sight: Sight) -> Sent:
        """The notice as it reached the stakeholder; what never did is as if there were none."""
        rows = await sent_to(c, stakeholder, notice=notice)
        if not rows:
            raise HTTPException(404, "There is no such notice for you.")
        return _sent(rows[0], sight)

    async def _files(self, c: AsyncConnection, sent: Sent) -> tuple[VariantFile, ...]:
        planned = sent.row.planned
        return await ledger.variant(c, notice=sent.row.notice, reader=planned.reader.id, channel=planned.channel)


def _sent(row: LedgerRow, sight: Sight) -> Sent:
    marking = row.planned.marking
    return Sent(row, marking is not None and sight.may_read(marking))


def _action(form: Mapping[str, str], *, owner: str, marking: Marking) -> Action:
    """The action in the fields of a form: its targets one to a line, its times with their offset."""
    lines = [line.split(maxsplit=1) for line in form.get("targets", "").splitlines() if line.strip()]
    targets = [{"kind": words[0].rstrip(":"), "value": words[-1]} for words in lines]
    said = {name: form.get(name, "").strip() for name in ("id", "title", "type", "country", "starts_at", "ends_at")}
    written = {**said, "owner": owner, "targets": targets, "marking": marking.model_dump(mode="json")}
    read = read_actions(json.dumps(written).encode(), name="your action")
    if not isinstance(read, Action):
        raise BadInputError("propose one action at a time")
    return read


def _back(notice: str, did: str, identifier: str = "") -> RedirectResponse:
    return RedirectResponse(f"/own/notices/{quote(notice)}?did={did}&of={quote(identifier)}", status_code=303)
