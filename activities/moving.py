"""Moving reports between incidents: one transaction takes them along with all that belongs to them, or nothing happens.

What came in stays in the journal of the incident it came to; what left and what came is written in both. The incident
that gets reports is told through the outbox, as of a report that has arrived (DESIGN rule 12).
"""

import hashlib
import hmac
from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.delivery import heartbeats
from activities.facts import note, note_once
from activities.messages import Fact
from activities.moving_belongings import follow, gather
from activities.moving_messages import MovedReports, MoveReports, TakeInMoved, TakenIn
from activities.moving_refusals import chosen, need_free, need_ongoing
from activities.rooms import Rooms
from activities.triage import TriageActivities, graded
from leerp.incidents import IncidentPatch, Status
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import join_all
from leerp.moving import Move, MoveKind
from leerp.protocol import Signal
from records import incidents, journal, moving, outbox, reports
from records.incidents import StoredIncident
from records.journal import Draft
from records.reports import StoredReport

_HEADLINES = {
    MoveKind.SPLIT: JournalKind.DETECTION_INCIDENT_SPLIT,
    MoveKind.MERGED: JournalKind.DETECTION_INCIDENT_MERGED,
}


class MovingActivities:
    """What moves reports, and what takes them in where they have come to."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._triage = TriageActivities(rooms)

    @activity.defn(name="moving.move")
    async def move(self, request: MoveReports) -> MovedReports:
        """Move reports, once for each act, and classify anew what was left. RefusedError says what stands against it.

        A worker that dies after the transaction finds the move done, and answers as it would have.
        """
        mode = (await self.rooms.incident(request.incident)).mode
        identifier = f"{request.incident}/{request.act}"
        async with heartbeats(), self.rooms.store.writing() as tx:
            await moving.hold_all(tx, request.incident, *([request.to] if request.to else []), mode=mode)
            done = await moving.find(tx, identifier)
            if done is None:
                leaving = await self._leaving(tx, request)
                done = await self._carry_out(tx, request, leaving, identifier)
            return await self._told(tx, request, done)

    async def _leaving(self, tx: AsyncConnection, request: MoveReports) -> list[StoredReport]:
        """The reports that go, if nothing stands against it."""
        source = await need_ongoing(tx, request.incident, mode=self.rooms.mode)
        if request.to is not None:
            await need_ongoing(tx, request.to, mode=source.mode)
        leaving = chosen(request, await reports.of_incident(tx, request.incident))
        await need_free(tx, request, leaving)
        return leaving

    async def _carry_out(
        self, tx: AsyncConnection, request: MoveReports, leaving: Sequence[StoredReport], identifier: str
    ) -> Move:
        source = await incidents.get(tx, request.incident)
        target = request.to or await _open(tx, request, source, leaving, identifier)
        move = Move(
            id=identifier,
            kind=request.kind,
            source=request.incident,
            target=target,
            at=request.at,
            actor=request.actor,
            reason=request.reason,
            reports=len(leaving),
        )
        belongings = await gather(tx, move.source, leaving)
        await moving.shift(tx, move, [one.id for one in leaving])
        settled = await self._settled(tx, request) if request.kind is MoveKind.MERGED else {}
        counted = {one.item for one in belongings.private} - {one.id for one in leaving}
        for place in (move.source, move.target):
            there = request.model_copy(update={"incident": place})
            await _headline(tx, there, move, settled=settled)
            await _write(tx, there, move, leaving, counted=sorted(counted))
        await follow(tx, request, move, belongings)
        markings = [one.report.marking for one in leaving]
        if request.kind is MoveKind.MERGED:
            markings.append(source.marking)
            ended = IncidentPatch(status=Status.MERGED, closed_at=request.at, waiting_for=())
            await incidents.patch(tx, move.source, ended)
        await incidents.raise_marking(tx, target, join_all(markings))
        await outbox.post(tx, incident=target, signal=Signal.MOVED, subject=move.id)
        return move

    async def _settled(self, tx: AsyncConnection, request: MoveReports) -> dict[str, JsonValue]:
        """The facts that people settled in the incident, which bind nobody where its reports go."""
        settled = await self._triage.settled(tx, request.incident)
        said: dict[str, JsonValue] = settled.model_dump(mode="json", exclude_defaults=True)
        return said

    async def _told(self, tx: AsyncConnection, request: MoveReports, move: Move) -> MovedReports:
        """The answer to the act. What is left is classified anew; where nothing is left, there is nothing to."""
        entry = await _proof(tx, request, move)
        if move.kind is MoveKind.MERGED:
            settled = entry.data.get("settled")
            names = tuple(sorted(settled)) if isinstance(settled, dict) else ()
            return MovedReports(journal_seq=entry.seq, to=move.target, reports=move.reports, settled=names)
        what = request.reports[0] if move.reports == 1 else f"{move.reports} reports"
        classified = await self._triage.classify_anew(tx, request, because=f"{what} moved to {move.target}")
        now = classified.model_dump(include={"level", "level_rank", "recommendation"})
        return MovedReports(journal_seq=entry.seq, to=move.target, reports=move.reports, **now)

    @activity.defn(name="moving.take_in")
    async def take_in(self, request: TakeInMoved) -> TakenIn:
        """Record the grades of the reports that a move has brought, and classify the incident anew.

        What has been moved on meanwhile is taken in where it is now.
        """
        await self.rooms.incident(request.incident)
        async with heartbeats(), self.rooms.store.writing() as tx:
            here = set(await moving.still_here(tx, request.move))
            move = await moving.find(tx, request.move)
            if not here or move is None or move.target != request.incident:
                return TakenIn()
            kind = JournalKind.TRIAGE_GRADE_RECORDED
            stored = [one for one in await reports.of_incident(tx, request.incident) if one.id in here]
            drafts = [Draft(kind, graded(one), f"{request.key}:{kind.value}:{one.id}") for one in stored]
            await journal.append_all(tx, drafts, incident=request.incident, at=request.at, actor=request.actor)
            because = stored[0].id if len(stored) == 1 else f"{len(stored)} reports moved from {move.source}"
            classified = await self._triage.classify_anew(tx, request, because=because, came=here)
            unmatched = await moving.unmatched(tx, here)
        return TakenIn(
            reports=len(stored),
            unmatched=tuple(one.id for one in stored if one.id in unmatched),
            because=because,
            **classified.model_dump(include={"journal_seq", "level", "level_rank", "recommendation"}),
        )


async def _open(
    tx: AsyncConnection, request: Fact, source: StoredIncident, leaving: Sequence[StoredReport], identifier: str
) -> str:
    """Open the incident that a split makes: by the policy of the one it comes from, with a secret of its own."""
    secret = hmac.new(bytes.fromhex(source.secret), f"split/{identifier}".encode(), hashlib.sha256).hexdigest()
    reference = await incidents.open_incident(
        tx,
        mode=source.mode,
        at=request.at,
        title=leaving[0].report.title,
        marking=leaving[0].report.marking,
        policy=source.policy,
        clock=source.clock,
        secret=secret,
    )
    opened = request.model_copy(update={"incident": reference})
    await note_once(tx, opened, JournalKind.DETECTION_INCIDENT_OPENED, {"mode": source.mode.value}, key="opened")
    return reference


async def _headline(tx: AsyncConnection, request: Fact, move: Move, *, settled: dict[str, JsonValue]) -> None:
    """Of a split or a merge, what it was as a whole, in the journal of one of the two incidents."""
    if move.kind in _HEADLINES:
        data = {"from": move.source, "to": move.target, "reports": move.reports, "reason": move.reason}
        await note(tx, request, _HEADLINES[move.kind], data | ({"settled": settled} if settled else {}))


async def _write(
    tx: AsyncConnection, request: Fact, move: Move, leaving: Sequence[StoredReport], *, counted: Sequence[str]
) -> None:
    """Write each report that was moved into the journal of one of the two incidents.

    Where they come to, an entry holds what custody begins with. `counted`: those that are only counted on the others
    and hold personal data, whose clock goes with them.
    """
    fixed: dict[str, JsonValue] = {"from": move.source, "to": move.target}
    if move.kind not in _HEADLINES:
        fixed["reason"] = move.reason
    arrives = request.incident == move.target
    moved = {one.id: _custody(one) if arrives else {} for one in leaving} | {item: {} for item in counted}
    kind = JournalKind.DETECTION_REPORT_MOVED
    drafts = [
        Draft(kind, {"report": item, **fixed, **custody}, f"{request.key}:{kind.value}:{item}")
        for item, custody in moved.items()
    ]
    await journal.append_all(tx, drafts, incident=request.incident, at=request.at, actor=request.actor)


def _custody(stored: StoredReport) -> dict[str, JsonValue]:
    """What the entry of its receipt said of a report."""
    return {
        "source": stored.report.source,
        "marking": stored.report.marking.banner,
        "content_sha256": stored.content_sha256,
        "raw_sha256": stored.raw_sha256,
    }


async def _proof(tx: AsyncConnection, request: MoveReports, move: Move) -> JournalEntry:
    """The entry that proves a move: it is there, so that nothing is written."""
    headline = _HEADLINES.get(move.kind)
    if headline:
        return await note(tx, request, headline, {})
    return await note(tx, request, JournalKind.DETECTION_REPORT_MOVED, {}, subject=request.reports[0])
