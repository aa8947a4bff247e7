"""Activities of the rota: ask, solve, publish. What is to be solved is kept, and solved without holding anything up."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.facts import note
from activities.rooms import Rooms
from activities.rostering_messages import AskRota, PublishRota, RotaFound, RotaPublished, RotaQuestion, SolveRota
from activities.rostering_questions import Question, changed, planned
from leerp.journal import JournalKind
from leerp.model import Message, iso
from leerp.rota import Quality, Rota, Seat, lost, seats_in_order
from leerp.rota_acts import TeamChange, TeamChangeAct
from matrices.roster_problem import Problem
from matrices.shortfalls import shortfalls
from records import documents, incidents, rotas
from records.incidents import StoredIncident

BEAT_SECONDS = 1.0
"""How often a search says that it is still going on."""

Result = TypeVar("Result")


class RosteringActivities:
    """The rota of the team."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="rota.ask")
    async def ask(self, request: AskRota) -> RotaQuestion:
        """Say what is to be solved, as things stand now; refused where it cannot be meant."""
        incident = await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.writing() as tx:
            standing = await rotas.standing(tx, incident)
            before = standing.rota if standing else None
            given = Question(
                incident=incident,
                officers=directory.officers,
                tables=self.rooms.tables,
                standing=standing,
                engaged=await rotas.engaged(tx, mode=incident.mode, reference=incident.reference, rota=before),
                at=request.at,
                actor=request.actor,
            )
            found = planned(given, request.plan) if request.plan else changed(given, request.change)
            problem = await _keep(tx, incident, found.problem)
            frame = found.frame.model_copy(update={"problem": problem})
            if found.solved is not None:
                frame = _with_seats(frame, found.problem, found.solved, Quality.BY_HAND)
            document = await _keep(tx, incident, frame)
        return RotaQuestion(frame=document, problem=None if found.solved is not None else problem)

    @activity.defn(name="rota.solve")
    async def solve(self, request: SolveRota) -> RotaFound:
        """Seek the seats. Done again after a crash, it begins anew; nothing stands before it is published."""
        incident = await self.rooms.incident(request.incident)
        async with self.rooms.store.reading() as connection:
            problem = Problem.model_validate_json(await documents.get(connection, request.problem))
            frame = await rotas.read(connection, request.frame)

        def sought() -> Rota:
            from matrices.rostering import solve  # noqa: PLC0415 - the solver takes 0.3 s to load

            found = solve(problem)
            return _with_seats(frame, problem, found.seats, found.quality)

        rota = await _beside(sought)
        async with self.rooms.store.writing() as tx:
            return RotaFound(document=await _keep(tx, incident, rota))

    @activity.defn(name="rota.publish")
    async def publish(self, request: PublishRota) -> RotaPublished:
        """Let the version stand and journal it, unless it was overtaken; done twice, it is one version."""
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            rota = await rotas.read(tx, request.document)
            standing = await rotas.standing(tx, incident)
            before = standing.rota if standing else None
            if standing is not None and standing.document == request.document:
                before = await rotas.read(tx, rota.previous) if rota.previous else None
            elif (standing.document if standing else None) != rota.previous or _begun(before, rota, request.at):
                return RotaPublished(overtaken=True)
            await rotas.put(tx, rota, document=request.document)
            running = rota.running(request.at)
            if running is not None:
                await rotas.put_team(tx, rota, shift=running.id)
            kind = JournalKind.COORDINATION_ROTA_CHANGED if request.change else JournalKind.COORDINATION_ROTA_PLANNED
            entry = await note(tx, request, kind, _data(rota, before, request))
        return RotaPublished(journal_seq=entry.seq, sentence=_sentence(rota, before, request))


async def _keep(tx: AsyncConnection, incident: StoredIncident, content: Message) -> str:
    body = content.model_dump_json().encode()
    return await documents.put(tx, body, media_type="application/json", marking=incident.marking.banner)


def _with_seats(frame: Rota, problem: Problem, seats: Sequence[Seat], quality: Quality) -> Rota:
    """The version with the seats that were sought, and what it lacks ahead."""
    everything = seats_in_order([*frame.seats, *seats], frame.shifts, frame.needs)
    lacks = shortfalls(problem, seats)
    return frame.model_copy(update={"seats": everything, "shortfalls": lacks, "quality": quality})


def _begun(before: Rota | None, rota: Rota, at: datetime) -> bool:
    """Whether a version would change a shift that has begun since it was asked for."""
    if before is None:
        return False
    begun = [shift for shift in before.shifts if shift.starts_at <= at]
    return any(rota.shift(one.id) != one or rota.seated(one.id) != before.seated(one.id) for one in begun)


def _data(rota: Rota, before: Rota | None, request: PublishRota) -> dict[str, JsonValue]:
    """What the journal keeps: the version, what it lacks, what it changed, and who asked for what."""
    by_role: dict[str, JsonValue] = {}
    for one in rota.shortfalls:
        by_role[one.role] = int(str(by_role.get(one.role, 0))) + one.missing
    return {
        "version": rota.version,
        "document": request.document,
        "problem": rota.problem,
        "from": iso(rota.starts_at),
        "until": iso(rota.ends_at),
        "pattern": rota.pattern.value,
        "shifts": len(rota.shifts),
        "seats": len(rota.seats),
        "missing": by_role,
        "changed": len(lost(before.seats, rota.seats)) if before else 0,
        "quality": rota.quality.value,
        "reason": rota.reason,
        **(_told(request.change) if request.change else {}),
    }


def _told(change: TeamChangeAct) -> dict[str, JsonValue]:
    """Who changed what. Of an absence only the times: why somebody is away, and so who is ill, stands nowhere."""
    told = change.model_dump(mode="json", exclude={"act", "actor", "reason"}, exclude_none=True)
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in told.items()}


def _sentence(rota: Rota, before: Rota | None, request: PublishRota) -> str:
    parts = [
        f"Version {rota.version} of the rota stands: {len(rota.shifts)} shifts until {rota.ends_at:%Y-%m-%d %H:%MZ}"
    ]
    missing = sum(one.missing for one in rota.shortfalls)
    parts.append(f", {missing} seats ahead empty." if missing else ", every seat ahead filled.")
    if before is not None:
        parts.append(f" Seats taken from somebody: {len(lost(before.seats, rota.seats))}.")
    if _stays_empty(rota, request):
        parts.append(" The shift that runs has begun and stays as it is; find somebody for that seat by hand.")
    if rota.quality in (Quality.BOUNDED, Quality.TIMED_OUT):
        parts.append(" The search ended at its bound; a better rota may exist.")
    return "".join(parts)


def _stays_empty(rota: Rota, request: PublishRota) -> bool:
    """Whether whoever is absent sits in the shift that runs, which does not change any more."""
    change, running = request.change, rota.running(request.at)
    if change is None or change.change is not TeamChange.ABSENT or running is None or running.ends_at <= request.at:
        return False
    return any(one.officer == change.person for one in rota.seated(running.id))


async def _beside(work: Callable[[], Result]) -> Result:
    """Do work in a thread of its own, and tell the engine meanwhile that it goes on.

    A daemon, so that a worker that is told to stop does not wait for it; what was not published is sought again.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(set_it: Callable[[], None]) -> None:
        if not done.done():
            set_it()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - handed over to whoever waits
            failure = error
            loop.call_soon_threadsafe(settle, lambda: done.set_exception(failure))
        else:
            loop.call_soon_threadsafe(settle, lambda: done.set_result(result))

    threading.Thread(target=run, name="rota", daemon=True).start()
    while True:
        activity.heartbeat()
        finished, _ = await asyncio.wait([done], timeout=BEAT_SECONDS)
        if finished:
            return done.result()
