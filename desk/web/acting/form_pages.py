"""The page of each act: what is at stake, its form, and what comes of it."""

import re
from collections.abc import Awaitable, Callable, Mapping

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.acts import new_act_id
from desk.access import reads
from desk.access.principals import Principal
from desk.access.reading import Sight
from desk.access.routes import who
from desk.access.sight import sight_of
from desk.assembly import House
from desk.making import Maker
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.fields import Values
from desk.web.acting.saying import problem_of
from desk.web.pages import Pages
from leerp.errors import BadInputError, LeerpError
from records import incidents
from records.incidents import StoredIncident

MINTED = re.compile(r"A-[0-9a-f]{24}")
"""What an id of an act looks like that a form was given."""

MOST_ASKED = 20
Endpoint = Callable[[Request, str], Awaitable[Response]]


class FormPages:
    """The pages of all acts."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self.maker = Maker(house)

    def asking(self, form: ActForm) -> Endpoint:
        """The endpoint that shows the form of an act."""

        async def ask(request: Request, reference: str) -> Response:
            return await self._shown(request, reference, form)

        return ask

    def making(self, form: ActForm) -> Endpoint:
        """The endpoint that makes the act."""

        async def make(request: Request, reference: str) -> Response:
            principal, sight = await self.admitted(request, reference)
            values = Values(await request.form())
            act = minted(values)
            making = Making(self._house, self.maker, principal, sight, reference, values, act)
            try:
                made = await self._made(form, making)
            except (LeerpError, ValidationError) as error:
                return await self._shown(request, reference, form, values=values, act=act, error=error)
            return RedirectResponse(after(reference, made), status_code=303)

        return make

    async def _made(self, form: ActForm, making: Making) -> Made:
        if form.make is None:
            raise BadInputError("This page shows something and takes nothing in")
        return await form.make(making)

    async def admitted(self, request: Request, reference: str) -> tuple[Principal, Sight]:
        """Who asks, and what this person sees; an incident that is not for the person is not there."""
        principal = who(request)
        sight = await sight_of(self._house, principal)
        async with self._house.store.reading() as connection:
            await visible(connection, reference, sight)
        return principal, sight

    async def _shown(
        self,
        request: Request,
        reference: str,
        form: ActForm,
        *,
        values: Values | None = None,
        act: str = "",
        error: LeerpError | ValidationError | None = None,
    ) -> Response:
        """The page with its form: fresh, or with what was typed and the sentence that says why nothing came of it."""
        principal = who(request)
        sight = await sight_of(self._house, principal)
        async with self._house.store.reading() as connection:
            incident = await visible(connection, reference, sight)
            case = Case(self._house, connection, principal, sight, incident, _asked(request, values))
            sheet = await form.sheet(case)
        for what, marking in sheet.reads:
            await reads.note(self._house, principal, what=what, incident=reference, marking=marking)
        problem = problem_of(error, sheet.fields) if error else None
        return self._pages.page(
            request,
            sheet.template,
            status=problem.status if problem else 200,
            title=f"{form.title}, {reference}",
            form=form,
            sheet=sheet,
            incident=incident,
            problem=problem,
            act=act if problem and problem.again else new_act_id(),
            typed=_typed(sheet, values),
            shown=sheet.more,
        )


def _asked(request: Request, values: Values | None) -> Mapping[str, str]:
    """What the address sets beforehand; when the form was sent, what was typed instead."""
    if values is not None:
        return {name: given[0] for name, given in values.typed.items() if given and given[0]}
    given = list(request.query_params.items())[:MOST_ASKED]
    return {name: value[:256] for name, value in given}


def _typed(sheet: Sheet, values: Values | None) -> Mapping[str, tuple[str, ...]]:
    """What stands in the fields: what was typed, else what the form gives."""
    given = {field.name: field.given for field in sheet.fields}
    if values is None:
        return given
    typed = values.typed
    return {**dict.fromkeys(given, ()), **typed}


def minted(values: Values) -> str:
    """The id of the act as the form was given it; BadInputError for any other."""
    act = values.text("act")
    if not MINTED.fullmatch(act):
        raise HTTPException(422, "This form is not one of the desk's; load the page again. Nothing was done.")
    return act


def after(reference: str, made: Made) -> str:
    """Where the browser goes after an act: to what it is about, with the entry that tells of it."""
    path = f"/incidents/{reference}" + (f"/notices/{made.notice}" if made.notice else made.page)
    return path if made.seq is None else f"{path}?done={made.seq}"


async def visible(c: AsyncConnection, reference: str, sight: Sight) -> StoredIncident:
    """An incident that this person may work in.

    Raises BadInputError where there is none or the person is not admitted to it, which is the same to whoever asks;
    HTTPException 403 where it is marked above the person's clearance.
    """
    incident = await incidents.get(c, reference)
    if not sight.admitted(reference):
        raise incidents.unknown(reference)
    if not sight.sees_inside(incident):
        raise HTTPException(403, f"{reference} is marked higher than your clearance; ask somebody who is cleared.")
    return incident
