"""What if: the facts as controls, what the table would say of them, and how that differs from what stands."""

from typing import NamedTuple

from fastapi import Request, Response
from pydantic import ValidationError

from activities.triage import table_of
from desk.access.acts import DeskAct
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.acting.facts_form import fact_groups, facts_of
from desk.web.acting.fields import Values
from desk.web.acting.form_pages import visible
from desk.web.acting.saying import Problem, problem_of
from desk.web.pages import Pages
from leerp.errors import LeerpError
from leerp.facts import Facts
from leerp.incidents import Classification
from matrices.classification import classify
from matrices.tables import Table
from records.incidents import StoredIncident

PATH = "/incidents/{reference}/what-if"


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = WhatIf(house, pages)
    routes.add("GET", PATH, part.stands, act=DeskAct.CLASSIFY_WHAT_IF)
    routes.add("POST", PATH, part.tried, act=DeskAct.CLASSIFY_WHAT_IF)


class Difference(NamedTuple):
    """What would be otherwise: rows that would match too, and rows that would not match any more."""

    more: tuple[str, ...]
    fewer: tuple[str, ...]


class WhatIf:
    """The pages. They change nothing: what is tried is sent as a form so that it stands in no log and no history."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def stands(self, request: Request, reference: str) -> Response:
        """The controls, filled with what stands."""
        incident, table = await self._incident(request, reference, "")
        facts = incident.classification.facts if incident.classification else Facts()
        return self._page(request, incident, table, facts)

    async def tried(self, request: Request, reference: str) -> Response:
        """What the table would say of what was tried."""
        values = Values(await request.form())
        incident, table = await self._incident(request, reference, values.text("table"))
        try:
            facts = facts_of(values)
        except (LeerpError, ValidationError) as error:
            stands = incident.classification.facts if incident.classification else Facts()
            return self._page(request, incident, table, stands, values=values, problem=problem_of(error, ()))
        return self._page(request, incident, table, facts, values=values)

    async def _incident(self, request: Request, reference: str, wanted: str) -> tuple[StoredIncident, Table]:
        """The incident and the table to try: the very one it has, or another one by its name."""
        sight = await sight_of(self._house, who(request))
        tables = self._house.rooms.tables
        async with self._house.store.reading() as connection:
            incident = await visible(connection, reference, sight)
            if wanted and wanted in tables.names():
                return incident, tables.named(wanted)
            return incident, await table_of(connection, tables, incident)

    def _page(
        self,
        request: Request,
        incident: StoredIncident,
        table: Table,
        facts: Facts,
        *,
        values: Values | None = None,
        problem: Problem | None = None,
    ) -> Response:
        before = incident.classification
        result = classify(table, facts)
        shown = {
            "result": None if problem else result,
            "before": before,
            "difference": _difference(before, result),
            "groups": fact_groups(facts, filled=True),
            "typed": values.typed if values else {},
            "table": table.name,
            "tables": self._house.rooms.tables.names(),
            "problem": problem,
        }
        status = problem.status if problem else 200
        return self._pages.page(
            request,
            "acts/what-if.html",
            status=status,
            title=f"What if, {incident.reference}",
            shown=shown,
            incident=incident,
        )


def _difference(before: Classification | None, result: Classification) -> Difference:
    stood = (*before.trace, *before.triggers) if before else ()
    stands = (*result.trace, *result.triggers)
    more = tuple(row for row in stands if row not in stood)
    return Difference(more, tuple(row for row in stood if row not in stands))
