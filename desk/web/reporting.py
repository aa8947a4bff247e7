"""The form for a report: for officers who take one down, and for people of a registered source."""

import json
from typing import cast

from fastapi import Request, Response
from starlette.datastructures import UploadFile

from activities.acts import new_act_id
from activities.intake import Arrival
from desk.access.acts import DeskAct
from desk.access.principals import Principal
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.errors import BadInputError
from leerp.marking import Level, Tlp
from leerp.reports import IntakeReceipt, ReportFormat

FORMATS = tuple(ReportFormat)


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    part = Reporting(house, pages)
    routes.add("GET", "/report", part.form, act=DeskAct.REPORT)
    routes.add("POST", "/report", part.take_in, act=DeskAct.REPORT)


class Reporting:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def form(self, request: Request) -> Response:
        """The form, empty."""
        return self._page(request)

    async def take_in(self, request: Request) -> Response:
        """Take in what was typed, or the file; the answer is given once it is stored."""
        form = await request.form()
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        principal = who(request)
        source = principal.stakeholder or typed.get("source", "").strip() or None
        upload = form.get("file")
        file = upload if isinstance(upload, UploadFile) and upload.filename else None
        arrival = Arrival(self._house.now(), principal.id)
        try:
            if file is not None:
                receipt = await self._house.intake.report(
                    await file.read(), name=cast("str", file.filename)[-120:], source=source, arrival=arrival
                )
            else:
                content = _written(typed, source=source, at=arrival.at.isoformat())
                receipt = await self._house.intake.report(
                    content, name="your report", source=source, format=ReportFormat.JSON, arrival=arrival
                )
        except BadInputError as error:
            return self._page(request, said=error.sentence, status=422, typed=typed)
        return self._page(request, receipt=_told(receipt, principal))

    def _page(
        self,
        request: Request,
        *,
        said: str = "",
        status: int = 200,
        typed: dict[str, str] | None = None,
        receipt: IntakeReceipt | None = None,
    ) -> Response:
        return self._pages.page(
            request,
            "report-form.html",
            title="Report",
            status=status,
            said=said,
            typed=typed or {},
            receipt=receipt,
            number=f"form-{new_act_id()}",
            stakeholders=self._house.rooms.directory().stakeholders,
            levels=list(Level),
            tlps=list(Tlp),
        )


def _written(typed: dict[str, str], *, source: str | None, at: str) -> bytes:
    """The typed report in leerp's own form. `number` makes a doubled click one report."""
    lines = [line.split(maxsplit=1) for line in typed.get("observables", "").splitlines() if line.strip()]
    said = {
        "source": source,
        "id": typed.get("number", "")[:100] or f"form-{new_act_id()}",
        "reported_at": at,
        "title": typed.get("title", "").strip(),
        "narrative": typed.get("narrative", "").replace("\r\n", "\n"),
        "marking": {"level": typed.get("level") or Level.BPL.value, "tlp": typed.get("tlp") or Tlp.AMBER.value},
        "observables": [{"kind": words[0].rstrip(":"), "value": words[-1]} for words in lines],
    }
    return json.dumps(said).encode()


def _told(receipt: IntakeReceipt, principal: Principal) -> IntakeReceipt:
    """What a source learns: the reference and the outcome; that others hold the same is the centre's to know."""
    return receipt if principal.of_the_centre else receipt.model_copy(update={"because": ()})
