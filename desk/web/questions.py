"""What readers ask about the notices of an incident, for an officer to answer."""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from activities.acts import new_act_id
from activities.asking import Asking
from desk.access.acts import DeskAct
from desk.access.forms import fields
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.pages import Pages
from leerp.errors import BadInputError, RefusedError
from records import incidents, questions


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Questions(house, pages)
    routes.add("GET", "/incidents/{reference}/questions", part.show, act=DeskAct.ANSWER_QUESTION)
    routes.add("POST", "/incidents/{reference}/questions", part.answer, act=DeskAct.ANSWER_QUESTION)


class Questions:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._asking = Asking(house.rooms)

    async def show(self, request: Request, reference: str) -> Response:
        """The questions, those without an answer first."""
        return await self._shown(request, reference)

    async def answer(self, request: Request, reference: str) -> Response:
        """Keep an answer; the reader finds it on its own page."""
        form = await fields(request)
        try:
            entry = await self._asking.answer(
                reference,
                form.get("question", ""),
                actor=who(request).actor,
                text=form.get("answer", ""),
                act=form.get("act", "")[:60] or new_act_id(),
                at=self._house.now(),
            )
        except (BadInputError, RefusedError) as error:
            return await self._shown(request, reference, said=error.sentence, status=409, typed=form)
        return RedirectResponse(f"/incidents/{reference}?done={entry.seq}", status_code=303)

    async def _shown(
        self,
        request: Request,
        reference: str,
        *,
        said: str = "",
        status: int = 200,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        sight = await sight_of(self._house, who(request))
        async with self._house.store.reading() as connection:
            incident = await incidents.get(connection, reference)
            inside = sight.sees_inside(incident)
            asked = await questions.of_incident(connection, reference)
            found = [(one, await self._asking.said(connection, one) if inside else None) for one in asked]
        return self._pages.page(
            request,
            "questions.html",
            title=f"Questions about {reference}",
            status=status,
            incident=incident,
            found=sorted(found, key=lambda pair: pair[0].answer is not None),
            said=said,
            typed=typed or {},
            act=new_act_id(),
        )
