"""The page of a report: what a source said, for whom its marking allows it."""

from fastapi import HTTPException, Request, Response

from desk.access import reads
from desk.access.acts import DeskAct
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.pages import Pages
from leerp.errors import BadInputError
from records import bursts, reports

ROWS = 500
"""How many observables stand on the page; the rest is counted."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add this page."""
    routes.add(
        "GET", "/incidents/{reference}/reports/{report}", ReportPage(house, pages).show, act=DeskAct.SEE_INCIDENT
    )


class ReportPage:
    """The page."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def show(self, request: Request, reference: str, report: str) -> Response:
        """One report of an incident, whole; that it was read is on record."""
        principal = who(request)
        sight = await sight_of(self._house, principal)
        async with self._house.store.reading() as connection:
            stored = await reports.get(connection, report)
            burst = await bursts.of_report(connection, report)
        if stored.incident != reference:
            raise BadInputError(f"there is no report {report!r} in {reference}")
        if not sight.may_read(stored.report.marking):
            raise HTTPException(403, f"Report {report} is not for your clearance.")
        await reads.note(
            self._house, principal, what=f"report {report}", incident=reference, marking=stored.report.marking
        )
        facts = [(name, value) for name, value in stored.report.facts.model_dump(mode="json").items() if value]
        title = f"Report {report}"
        return self._pages.page(request, "report.html", title=title, stored=stored, facts=facts, burst=burst, rows=ROWS)
