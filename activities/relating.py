"""Why reports are in an incident, and which other incidents share something with it, as far as the asker may see.

An observable is shown to whoever may read a report on each side that holds it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalKind
from leerp.marking import Marking
from leerp.moving import Because, Move, RelatedIncident, ReportReason, SharedObservable
from matrices.correlation import common_because
from records import incidents, journal, moving, sharing, sightings
from records.incidents import StoredIncident
from records.sharing import Borne, Holder

MayRead = Callable[[Marking], bool]
SeesInside = Callable[[StoredIncident], bool]

MOST_REPORTS = 500
"""Of how many reports of an incident the reasons are told."""

MOST_SHOWN = 20
"""How many observables are shown of one report, or of one other incident."""

MOST_ASKED = 2_000
"""With how many observables of an incident others are looked for."""


async def correlation_of(c: AsyncConnection, reference: str, *, may_read: MayRead) -> tuple[ReportReason, ...]:
    """For the first `MOST_REPORTS` reports of an incident, in the order they were received, why each is in it.

    BadInputError when there is no such incident.
    """
    await incidents.get(c, reference)
    items = (await moving.members(c, reference))[:MOST_REPORTS]
    moves = {item: one for item, one in (await moving.last_of(c, items)).items() if one.target == reference}
    received = await journal.entries(c, reference, kinds={JournalKind.DETECTION_REPORT_RECEIVED}, limit=1)
    opener = str(received[0].data["report"]) if received else None
    borne = await sharing.brought_before(c, reference, items)
    markings = await sharing.markings(c, [*(one.report for one in borne), *(one.first for one in borne)])
    readable = {item: may_read(marking) for item, marking in markings.items()}
    of_report: dict[str, list[Borne]] = {}
    for one in borne:
        of_report.setdefault(one.report, []).append(one)
    return tuple(
        ReportReason(report=item, because=Because.OPENED)
        if item == opener
        else _reason(item, moves.get(item), of_report.get(item, []), readable)
        for item in items
    )


def _reason(item: str, move: Move | None, borne: Sequence[Borne], readable: Mapping[str, bool]) -> ReportReason:
    seen = [one for one in borne if readable[one.report] and readable[one.first]]
    shared = _strong_first(SharedObservable(observable=one.observable, first_in=one.first) for one in seen)
    joining = [one for one in shared if not one.common]
    because = Because.SHARED if any(not _common(one.observable) for one in borne) else Because.NO_LONGER
    return ReportReason(
        report=item,
        because=Because.MOVED if move else because,
        shared=tuple(joining[:MOST_SHOWN]),
        left_out=max(0, len(joining) - MOST_SHOWN),
        hidden=len(seen) < len(borne),
        move=move,
    )


async def candidates(
    c: AsyncConnection, reference: str, *, may_read: MayRead, sees_inside: SeesInside, limit: int = 20
) -> tuple[RelatedIncident, ...]:
    """The other ongoing incidents of the same mode that share observables, those with most that is not common first.

    Nothing that the asker may not see counts, neither for the order nor for whether an incident is named.
    """
    mine = await incidents.get(c, reference)
    observed = await sharing.observables_of(c, reference, limit=MOST_ASKED)
    holders = await sharing.holders(c, observed, mode=mine.mode)
    both = _held_here_too(holders, reference)
    markings = await sharing.markings(c, [one.report for one in both])
    readable = [one for one in both if may_read(markings[one.report])]
    here = {one.observable for one in readable if one.incident == reference}
    found: dict[str, dict[str, SharedObservable]] = {}
    for one in readable:
        if one.incident != reference and one.observable in here:
            shared = SharedObservable(observable=one.observable, first_in=one.report)
            found.setdefault(one.incident, {}).setdefault(one.observable, shared)
    return await _named(c, found, sees_inside=sees_inside, limit=limit)


async def _named(
    c: AsyncConnection, found: Mapping[str, Mapping[str, SharedObservable]], *, sees_inside: SeesInside, limit: int
) -> tuple[RelatedIncident, ...]:
    ordered = {name: _strong_first(shared.values()) for name, shared in found.items()}

    def rank(name: str) -> tuple[int, int, str]:
        shared = ordered[name]
        return (-sum(not one.common for one in shared), -len(shared), name)

    known = [one for one in await incidents.get_all(c, sorted(ordered)) if sees_inside(one)]
    return tuple(
        RelatedIncident(
            reference=one.reference,
            title=one.title,
            shared=ordered[one.reference][:MOST_SHOWN],
            left_out=max(0, len(ordered[one.reference]) - MOST_SHOWN),
        )
        for one in sorted(known, key=lambda one: rank(one.reference))[:limit]
    )


def _held_here_too(holders: Sequence[Holder], reference: str) -> list[Holder]:
    """Those of observables that stand here and elsewhere: of what stands here alone no marking need be read."""
    elsewhere = {one.observable for one in holders if one.incident != reference}
    return [one for one in holders if one.observable in elsewhere]


def _strong_first(shared: Iterable[SharedObservable]) -> tuple[SharedObservable, ...]:
    """With what is common marked as such, and last."""
    told = [one.model_copy(update={"common": _common(one.observable)}) for one in shared]
    return tuple(sorted(told, key=lambda one: (one.common, one.observable)))


def _common(observed: str) -> bool:
    return common_because(sightings.observable_of(observed)) is not None
