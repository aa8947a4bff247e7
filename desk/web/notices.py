"""The release desk and the page of a notice: what everybody gets of a draft, and after the release who has it."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.acts import new_act_id
from activities.contact_pins import previewed_directory
from activities.delivery_planning import planner_of, readers_of
from activities.personal_data import personal_data_in
from desk.access import reads
from desk.access.acts import DeskAct, may
from desk.access.principals import Principal
from desk.access.reading import Sight
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.making import Maker
from desk.web.acting import proposals
from desk.web.acting.case import Making
from desk.web.acting.fields import Values
from desk.web.acting.form_pages import after, minted, visible
from desk.web.acting.notices import ground_field, release, waits_for_release
from desk.web.acting.previews import Remembered, previews, restrictions
from desk.web.acting.saying import Problem, problem_of
from desk.web.acting.why import why
from desk.web.pages import Pages
from desk.web.telling import said
from leerp.errors import BadInputError, LeerpError
from leerp.journal import JournalKind
from leerp.notices import DeliveryState, Notice, PrivatePartyGround
from leerp.protocol import ActName
from records import journal, ledger, notice_pages, notices
from records.incidents import StoredIncident

PAGE = 200
"""Lines of the ledger on one page."""

PATH = "/incidents/{reference}/notices/{notice}"


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = NoticePages(house, pages)
    routes.add("GET", PATH, part.show, act=DeskAct.SEE_INCIDENT)
    routes.add("POST", PATH, part.release, act=ActName.RELEASE)


class Looked(NamedTuple):
    """A notice as somebody looks at it."""

    principal: Principal
    sight: Sight
    incident: StoredIncident
    notice: Notice
    stands: notice_pages.NoticeStands


async def looked_at(house: House, request: Request, reference: str, notice: str) -> Looked:
    """A notice of this very incident, for whoever may see inside; BadInputError where there is none such."""
    principal = who(request)
    sight = await sight_of(house, principal)
    async with house.store.reading() as connection:
        incident = await visible(connection, reference, sight)
        stored = await notices.get(connection, notice)
        stands = await notice_pages.stands(connection, notice)
    if stored.incident != reference:
        raise BadInputError(f"there is no notice {notice!r} in {reference}")
    return Looked(principal, sight, incident, stored, stands)


class NoticePages:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._maker = Maker(house)
        self._remembered = Remembered()

    async def show(self, request: Request, reference: str, notice: str) -> Response:
        """A draft with what everybody would get, or a notice with who has got it."""
        looked = await looked_at(self._house, request, reference, notice)
        if looked.stands.released_at is None:
            return await self._draft(request, looked)
        return await self._released(request, looked)

    async def release(self, request: Request, reference: str, notice: str) -> Response:
        """Let a draft go, or propose it."""
        looked = await looked_at(self._house, request, reference, notice)
        values = Values(await request.form())
        act = minted(values)
        making = Making(self._house, self._maker, looked.principal, looked.sight, reference, values, act)
        try:
            made = await release(making, notice)
        except (LeerpError, ValidationError) as error:
            problem = problem_of(error, ())
            again = await looked_at(self._house, request, reference, notice)
            return await self._draft(request, again, values=values, problem=problem, act=act)
        return RedirectResponse(after(reference, made._replace(notice=notice)), status_code=303)

    async def _draft(
        self,
        request: Request,
        looked: Looked,
        *,
        values: Values | None = None,
        problem: Problem | None = None,
        act: str = "",
    ) -> Response:
        notice, sight = looked.notice, looked.sight
        async with self._house.store.reading() as connection:
            proposal = await proposals.release(connection, notice.incident, notice.id)
            done = await said(connection, notice.incident, request.query_params.get("done"))
        wanted = _as_if(request, values, proposal)
        shown = await self._previewed(looked, wanted)
        await reads.note(
            self._house,
            looked.principal,
            what=f"draft {notice.id}",
            incident=notice.incident,
            marking=notice.marking,
        )
        two = looked.incident.policy.two_release(notice.marking.level)
        confirm = proposals.confirming(
            proposal, two=two, principal=looked.principal, directory=self._house.rooms.directory()
        )
        shown |= {
            "portions": [(one, sight.may_read(one.marking)) for one in notice.portions],
            "restrictions": restrictions(notice, sight),
            "proposal": proposal,
            "confirm": confirm,
            "two": two,
            "wanted": wanted,
            "ground": ground_field(wanted.ground),
            "waits": waits_for_release(looked.incident, notice.id),
            "may_release": may(looked.principal.roles, ActName.RELEASE),
            "problem": problem,
            "act": act if problem and problem.again else new_act_id(),
            "typed": values.typed if values else {},
            "done": done,
        }
        return self._page(request, "notices/draft.html", looked, shown, status=problem.status if problem else 200)

    async def _previewed(self, looked: Looked, wanted: "AsIf") -> dict[str, object]:
        """What everybody would get if it were released so."""
        house, notice = self._house, looked.notice
        directory = await previewed_directory(house.rooms)
        as_released = notice.model_copy(update=wanted.changes)
        async with house.store.reading() as connection:
            readers = await readers_of(connection, notice)
            planner = await planner_of(connection, as_released, house.rooms, directory=directory, at=house.now())
            inside = await personal_data_in(connection, notice, directory)
        everybody = directory.by_id()
        minute, person = int(house.now().timestamp()) // 60, looked.principal
        key = (notice.id, wanted, planner.consents, directory.version, minute, person.id, person.reader)
        found = self._remembered.find(key)
        if found is None:
            found = await asyncio.to_thread(previews, planner, readers, everybody=everybody, sight=looked.sight)
            self._remembered.keep(key, found)
        return {"previews": found, "readers": len(readers), "personal": inside}

    async def _released(self, request: Request, looked: Looked) -> Response:
        notice = looked.notice
        state = _state(request)
        page = _page_number(request)
        async with self._house.store.reading() as connection:
            sums = await ledger.sums(connection, notice.id)
            found = await notice_pages.lines(connection, notice.id, page=page, size=PAGE, state=state)
            counts = await notice_pages.counts(connection, notice.id)
            again = await notice_pages.asked_again(connection, notice.id)
            overdue = await _overdue(connection, notice)
            done = await said(connection, notice.incident, request.query_params.get("done"))
        total = sum(one.times for one in counts if state in (None, one.state))
        everybody = self._house.rooms.directory().by_id()
        shown = {
            "sums": sums,
            "lines": [
                (row, row.planned.marking is not None and looked.sight.may_read(row.planned.marking)) for row in found
            ],
            "names": {row.planned.reader.id: _name(everybody.get(row.planned.reader.id)) for row in found},
            "counts": [one for one in counts if one.reason],
            "why": why,
            "again": again,
            "overdue": overdue,
            "state": state,
            "states": list(DeliveryState),
            "page": page,
            "pages": max(1, -(-total // PAGE)),
            "sees_sent": may(looked.principal.roles, DeskAct.SEE_SENT),
            "records": may(looked.principal.roles, DeskAct.RECORD_ACKNOWLEDGEMENT),
            "done": done,
        }
        return self._page(request, "notices/released.html", looked, shown)

    def _page(
        self, request: Request, template: str, looked: Looked, shown: Mapping[str, object], *, status: int = 200
    ) -> Response:
        notice = looked.notice
        return self._pages.page(
            request,
            template,
            status=status,
            title=f"{notice.id}, {notice.incident}",
            shown=shown,
            incident=looked.incident,
            notice=notice,
            stands=looked.stands,
            path=f"/incidents/{notice.incident}/notices/{notice.id}",
        )


class AsIf(NamedTuple):
    """How a draft would be released: with the restrictions read or not, and on which ground to private parties."""

    read: bool
    ground: str

    @property
    def changes(self) -> dict[str, object]:
        """The same as changes of the notice."""
        ground = PrivatePartyGround(self.ground) if self.ground else None
        return {"restrictions_read": self.read, "personal_data_ground": ground}

    @property
    def query(self) -> str:
        """The same in an address."""
        said = [*(["read=yes"] if self.read else []), *([f"ground={self.ground}"] if self.ground else [])]
        return f"?{'&'.join(said)}" if said else ""


def as_if(request: Request) -> AsIf:
    """What the address asks to see."""
    ground = request.query_params.get("ground", "")
    if ground and ground not in set(PrivatePartyGround):
        raise HTTPException(422, "There is no such ground; choose one on the page of the draft.")
    return AsIf(request.query_params.get("read") == "yes", ground)


def _as_if(request: Request, values: Values | None, proposal: proposals.Proposal | None) -> AsIf:
    """What was typed, else what the address asks to see, else what the first of two people has proposed."""
    if values is not None:
        typed = values.text("ground")
        return AsIf(values.ticked("restrictions_read"), typed if typed in set(PrivatePartyGround) else "")
    asked = as_if(request)
    proposed = str(proposal.data.get("ground") or "") if proposal else ""
    return asked._replace(ground=asked.ground or proposed)


def _readable(row: ledger.LedgerRow, sight: Sight) -> bool:
    """Whether what was planned for this line may be shown."""
    return row.planned.marking is not None and sight.may_read(row.planned.marking)


def _name(stakeholder: object) -> str:
    return str(getattr(stakeholder, "name", ""))


def _state(request: Request) -> DeliveryState | None:
    wanted = request.query_params.get("state", "")
    return DeliveryState(wanted) if wanted in set(DeliveryState) else None


def _page_number(request: Request) -> int:
    typed = request.query_params.get("page", "1")
    return max(1, min(int(typed), 10_000)) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1  # noqa: PLR2004


async def _overdue(c: AsyncConnection, notice: Notice) -> int:
    """How many readers were asked after because they had not confirmed in time."""
    kinds = {JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE}
    entries = await journal.entries(c, notice.incident, kinds=kinds)
    lists = (entry.data.get("readers") for entry in entries if entry.data.get("notice") == notice.id)
    return len({str(reader) for readers in lists if isinstance(readers, list) for reader in readers})
