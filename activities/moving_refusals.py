"""What stands against moving reports: each with its reason, found in the transaction that would move them."""

from collections.abc import Collection, Sequence
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.moving_messages import MoveReports
from leerp.errors import BadInputError, RefusedError
from leerp.evidence import Origin
from leerp.moving import MoveKind
from leerp.notices import Mode
from leerp.protocol import RefusalReason
from records import contributions, evidence, incidents, moving, pending
from records.incidents import StoredIncident
from records.reports import StoredReport


async def need_ongoing(tx: AsyncConnection, reference: str, *, mode: Mode) -> StoredIncident:
    """The incident, if it is there, of this mode, and more may still join it."""
    try:
        incident = await incidents.get(tx, reference)
    except BadInputError as error:
        raise RefusedError(error.sentence, reason=RefusalReason.UNKNOWN_SUBJECT) from error
    if incident.mode is not mode:
        _refuse(f"{reference} is {incident.mode.value}; nothing {mode.value} goes there.", RefusalReason.NOT_PERMITTED)
    if incident.status.ended:
        into = await moving.merged_into(tx, reference)
        where = f"was merged; what it held is in {into} now" if into else "has ended; nothing joins it any more"
        _refuse(f"{reference} {where}.", RefusalReason.ALREADY_ENDED)
    return incident


def chosen(request: MoveReports, stored: Sequence[StoredReport]) -> list[StoredReport]:
    """The reports that an act names, if all are there and something is left; for a merge all of them."""
    if request.kind is MoveKind.MERGED:
        return list(stored)
    known = {one.id for one in stored}
    missing = next((one for one in request.reports if one not in known), None)
    if missing is not None:
        _refuse(f"{missing} is no report of {request.incident}; look at what it holds.", RefusalReason.UNKNOWN_SUBJECT)
    wanted = set(request.reports)
    if wanted == known:
        what = "nothing would be left of it, and there is nothing to split"
        if request.kind is MoveKind.MOVED:
            what = f"nothing would be left of it; merge it into {request.to} instead"
        _refuse(f"{request.incident} holds no other report: {what}.", RefusalReason.CONDITIONS_UNMET)
    return [one for one in stored if one.id in wanted]


async def need_free(tx: AsyncConnection, request: MoveReports, leaving: Collection[StoredReport]) -> None:
    """Refuse where something belongs to the incident that a report cannot take along."""
    ties = await _evidence(tx, request, leaving)
    if request.kind is MoveKind.MERGED:
        ties += await _ties(tx, request.incident)
    if ties:
        what = "is merged into no other" if request.kind is MoveKind.MERGED else "keeps these reports"
        _refuse(f"{request.incident} {what}: it has {', '.join(ties)}.", RefusalReason.CONDITIONS_UNMET)


async def _ties(tx: AsyncConnection, reference: str) -> list[str]:
    """What of an incident is more than its reports, in words."""
    incident = await incidents.get(tx, reference)
    counted = {
        "notices": incident.notices_made,
        "contributions": len(await contributions.of_incident(tx, reference)),
        "contributions that wait for a person": len(await pending.of_incident(tx, reference)),
    }
    ties = [f"{count} {what}" for what, count in counted.items() if count]
    return ties + (["an action plan"] if incident.plan.version else [])


async def _evidence(tx: AsyncConnection, request: MoveReports, leaving: Collection[StoredReport]) -> list[str]:
    """Evidence that people have worked on: its custody stands in the journal of this incident alone."""
    items = {one.id for one in leaving}
    worked_on = [
        one.id
        for one in await evidence.of_incident(tx, request.incident)
        if (one.of in items and len(one.custody) > 1)
        or (request.kind is MoveKind.MERGED and one.origin is not Origin.REPORT)
    ]
    return [f"the chain of custody of {', '.join(worked_on[:5])}"] if worked_on else []


def _refuse(sentence: str, reason: RefusalReason) -> NoReturn:
    raise RefusedError(sentence, reason=reason)
