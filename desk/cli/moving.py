"""`leerp incident related|move|split|merge`: why reports are where they are, and what people do when it is wrong."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from activities.relating import candidates, correlation_of
from desk.assembly import House, open_house
from desk.cli.common import AsOfficer, Reason, send_act, who_acts
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.marking import Level, Marking, Reader, refusal
from leerp.moving import Because, Move, RelatedIncident, ReportReason
from leerp.moving_acts import MergeAct, MoveAct, SplitAct
from leerp.protocol import ActName
from leerp.settings import Settings

SHOWN = 5
"""How many observables a line names."""

_WORDS = {
    Because.OPENED: "opened it",
    Because.SHARED: "shares",
    Because.MOVED: "moved here",
    Because.NO_LONGER: "shares nothing with what is here now",
}


async def related(reference: str, *, officer: AsOfficer = None) -> Answer:
    """Show why each report is in an incident, and which other ongoing incidents share something with it.

    With --as it shows what that officer is cleared for, without it what the centre is.
    """
    async with open_house(Settings()) as house:
        reader, at = _asker(house, officer), house.now()

        def may_read(marking: Marking) -> bool:
            return refusal(marking, reader, channel_maximum=Level.TRES_SECRET, lifted=True, at=at) is None

        async with house.store.reading() as c:
            reasons = await correlation_of(c, reference, may_read=may_read)
            others = await candidates(c, reference, may_read=may_read, sees_inside=lambda one: may_read(one.marking))
    lines = [line for one in reasons for line in _reason_lines(one)]
    lines += [line for one in others for line in _other_lines(one)] or ["no other incident shares anything with it"]
    return Answer(data={"reports": reasons, "incidents": others}, lines=lines)


def _asker(house: House, officer: str | None) -> Reader:
    directory = house.rooms.directory()
    if officer is None:
        centre = directory.centre
        return Reader(
            id=centre.id, group=centre.group.value, clearance=centre.clearance, cleared_until=centre.cleared_until
        )
    known = directory.officer(who_acts(house, officer).id)
    if known is None:
        raise BadInputError(f"{officer!r} is not an officer in the directory; name one that is")
    return known.reader


def _reason_lines(one: ReportReason) -> Iterator[str]:
    yield f"{one.report}: {_WORDS[one.because]}"
    if one.move:
        yield f"  {move_line(one.move)}"
    yield from (f"  {shared.observable} (first in {shared.first_in})" for shared in one.shared[:SHOWN])
    beyond = len(one.shared) - SHOWN + one.left_out
    if beyond > 0:
        yield f"  … and {beyond} more"
    if one.hidden:
        yield "  [not for your clearance]"


def _other_lines(one: RelatedIncident) -> Iterator[str]:
    yield f"{one.reference} shares with it: {one.title}"
    for shared in one.shared[:SHOWN]:
        yield f"  {shared.observable}{' (common, joins nothing)' if shared.common else ''}"
    beyond = len(one.shared) - SHOWN + one.left_out
    if beyond > 0:
        yield f"  … and {beyond} more"


def move_line(one: Move) -> str:
    """A move in a line."""
    many = f"{one.reports} reports, " if one.reports > 1 else ""
    return f"{one.kind.value:8} {many}from {one.source} to {one.target} by {one.actor}: {one.reason}"


async def move(
    reference: str,
    *reports: str,
    to: Annotated[str, Parameter(help="The ongoing incident they belong to.")],
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Take reports of an incident to another ongoing incident; both are classified anew.

    Only before the incident is launched: after that its readers have been told. Its last report is not moved; merge it.
    """
    _need_some(reports)
    return await send_act(ActName.MOVE, reference, MoveAct, officer=officer, reports=reports, to=to, reason=reason)


async def split(reference: str, *reports: str, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Open a new incident with some reports of one that is not launched; both are classified, each by what it holds."""
    _need_some(reports)
    return await send_act(ActName.SPLIT, reference, SplitAct, officer=officer, reports=reports, reason=reason)


async def merge(
    reference: str,
    *,
    into: Annotated[str, Parameter(help="The ongoing incident that takes all reports.")],
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Take all reports of an incident that is not launched to another one, and end it.

    Refused while it has more than reports: notices, contributions, evidence that was worked on, or a launch that
    somebody has proposed. What people settled in it is named, and binds nobody in the other incident.
    """
    return await send_act(ActName.MERGE, reference, MergeAct, officer=officer, into=into, reason=reason)


def _need_some(reports: tuple[str, ...]) -> None:
    if not reports:
        raise BadInputError("name at least one report; `leerp incident related` lists those of an incident")
