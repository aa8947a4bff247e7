"""Contributions from machines of a stakeholder that took part in an incident.

Who was sent no notice of an incident gets the same answer as for one that is not there.
"""

from datetime import datetime
from typing import Any, NamedTuple

from fastapi import Request, Response
from pydantic import ValidationError

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.api import bodies, describing
from desk.api.answering import RefusalError, answering, json_answer
from desk.api.authenticating import Caller, Doorkeeper
from desk.api.repeating import Repeating
from desk.assembly import House
from leerp.contributions import ContributionFormat, ContributionOutcome, Told
from leerp.machines import Scope
from records import machines

_STATUS = {ContributionOutcome.POOLED: 201, ContributionOutcome.PENDING: 202, ContributionOutcome.DUPLICATE: 200}


def register(routes: Routes, house: House, doorkeeper: Doorkeeper, repeating: Repeating) -> None:
    """Add this call."""
    part = Contributions(house, doorkeeper, repeating)
    more: dict[str, Any] = {"act": DeskAct.SEND_AS_MACHINE, "described": True}
    path = "/api/v1/incidents/{reference}/contributions"
    routes.add("POST", path, answering(part.contribute), **more, **describing.CONTRIBUTION)


class _Sent(NamedTuple):
    """A contribution as it was sent. `since`: what came in since then, and is the same, came in by this request."""

    caller: Caller
    body: bytes
    name: str
    told: Told
    since: datetime | None


class Contributions:
    """The call."""

    def __init__(self, house: House, doorkeeper: Doorkeeper, repeating: Repeating) -> None:
        self._house = house
        self._doorkeeper = doorkeeper
        self._repeating = repeating

    async def contribute(self, request: Request) -> Response:
        """Take a contribution in; answered when it is stored."""
        reference = str(request.path_params["reference"])
        caller = await self._doorkeeper.admit(request, Scope.CONTRIBUTE)
        told = _told(request)
        body = await bodies.read(request)
        caller = await self._doorkeeper.verified(request, caller, body)
        await self._check_part(reference, caller)

        async def deed(since: datetime | None) -> Response:
            sent = _Sent(caller, body, bodies.name_of(request, body), told, since)
            return await self._take_in(reference, sent)

        return await self._repeating.once(request, caller, body, deed)

    async def _check_part(self, reference: str, caller: Caller) -> None:
        async with self._house.store.reading() as connection:
            status = await machines.took_part(connection, reference, caller.token.source)
        if status is None:
            raise RefusalError(404, f"You took part in no incident {reference[:64]!r}; check the reference.")
        if status.ended:
            raise RefusalError(409, f"{reference} has ended; report what is new instead of contributing to it.")

    async def _take_in(self, reference: str, sent: _Sent) -> Response:
        receipt = await self._house.intake.contribution(
            sent.body,
            name=sent.name,
            reference=reference,
            contributor=sent.caller.token.source,
            arrival=self._doorkeeper.arrival(sent.caller),
            told=sent.told,
        )
        outcome = receipt.outcome
        if sent.since is not None and outcome is ContributionOutcome.DUPLICATE:
            async with self._house.store.reading() as connection:
                first = await machines.contributed_at(connection, receipt.contribution)
            outcome = ContributionOutcome.POOLED if first and first >= sent.since else outcome
        content = receipt.model_copy(update={"outcome": outcome}).model_dump(mode="json")
        return json_answer(_STATUS[outcome], content)


def _told(request: Request) -> Told:
    """What is said of a contribution besides its body."""
    form = bodies.format_of(request)
    said = {name: request.query_params[name] for name in ("title", "legal_basis") if name in request.query_params}
    try:
        return Told.model_validate({**said, "format": ContributionFormat(form) if form else None})
    except ValidationError as error:
        raise RefusalError(400, "title and legal_basis are one line each, of at most 256 characters.") from error
