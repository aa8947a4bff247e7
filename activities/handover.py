"""Activities of the handover: a note when a shift begins, an alarm when nobody has taken it over."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import previewed_directory
from activities.facts import note
from activities.handover_notes import write_note
from activities.messages import Done, Look
from activities.rooms import Rooms
from activities.rostering_messages import ConfirmHandover
from leerp.errors import RefusedError
from leerp.handover import Handover
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.protocol import RefusalReason
from leerp.rota import Rota, Shift
from matrices.team_tables import load_rest_rules
from records import documents, incidents, journal, rotas


class HandedOver(Done):
    """Which shift was taken over."""

    shift: str


class HandoverActivities:
    """Handovers as people confirm them."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="rota.confirm")
    async def confirm(self, request: ConfirmHandover) -> HandedOver:
        """Record that the incoming officer has taken a shift over; refused to anybody else."""
        async with self.rooms.store.writing() as tx:
            made = await rotas.handovers(tx, request.incident)
            handover = _meant(made, request.shift)
            if handover.confirmed_by is not None and handover.confirmed_by != request.actor:
                sentence = f"{handover.confirmed_by} has taken over {handover.shift} already."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            if request.actor not in handover.incoming and (handover.incoming or not request.approver):
                who = ", ".join(handover.incoming) or "an approver, as nobody sits there"
                sentence = f"{request.actor} does not take over {handover.shift}; that is for {who}."
                raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
            data = {"shift": handover.shift, "document": handover.document, "late": handover.overdue}
            kind = JournalKind.COORDINATION_HANDOVER_CONFIRMED
            entry = await note(tx, request, kind, data | {"reason": request.reason})
        return HandedOver(journal_seq=entry.seq, shift=handover.shift)


def _meant(made: Sequence[Handover], shift: str | None) -> Handover:
    """The handover that is meant: the last one, or that of a shift."""
    found = next((one for one in reversed(made) if shift in (None, one.shift)), None)
    if found is None:
        where = f"to {shift}" if shift else "yet"
        sentence = f"There is no handover {where}; the note is written when a shift begins."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return found


async def look(tx: AsyncConnection, rooms: Rooms, request: Look) -> datetime | None:
    """Hand over to the shift that has begun, raise what nobody has confirmed, say when the rota ends."""
    incident = await incidents.get(tx, request.incident)
    standing = await rotas.standing(tx, incident)
    if standing is None:
        return None
    rota = standing.rota
    running = rota.running(request.at)
    if running is not None and running.ends_at > request.at:
        await _hand_over(tx, rooms, request, rota, running)
    made = await rotas.handovers(tx, request.incident)
    for one in made:
        if one.confirmed_by is None and one.due_at <= request.at:
            data: dict[str, JsonValue] = {"shift": one.shift, "incoming": list(one.incoming), "due_at": iso(one.due_at)}
            await _raise(tx, request, JournalKind.COORDINATION_HANDOVER_OVERDUE, f"handover/{one.shift}/overdue", data)
    announced = await _announce_end(tx, rooms, request, rota)
    return min(_ahead([*_times(rota, made), announced], request.at), default=None)


async def _raise(tx: AsyncConnection, request: Look, kind: JournalKind, key: str, data: dict[str, JsonValue]) -> None:
    await journal.append(tx, incident=request.incident, at=request.at, actor="leerp", kind=kind, data=data, key=key)


async def _hand_over(tx: AsyncConnection, rooms: Rooms, request: Look, rota: Rota, shift: Shift) -> None:
    """Write the note of a shift, once, and say in the incident who sits in it."""
    if any(one.shift == shift.id for one in await rotas.handovers(tx, request.incident)):
        return
    directory = await previewed_directory(rooms)
    written = await write_note(tx, rota, shift, officers=directory.officers, at=request.at)
    body = written.model_dump_json().encode()
    document = await documents.put(tx, body, media_type="application/json", marking=written.marking)
    due_at = max(request.at, shift.starts_at) + timedelta(minutes=rota.handover_minutes)
    data: dict[str, JsonValue] = {
        "shift": shift.id,
        "document": document,
        "outgoing": list(written.outgoing),
        "incoming": list(written.incoming),
        "uncleared": list(written.uncleared),
        "entries": len(written.happened) + written.earlier,
        "due_at": iso(due_at),
    }
    await _raise(tx, request, JournalKind.COORDINATION_HANDOVER_WRITTEN, f"handover/{shift.id}", data)
    await rotas.put_team(tx, rota, shift=shift.id)


async def _announce_end(tx: AsyncConnection, rooms: Rooms, request: Look, rota: Rota) -> datetime:
    """Say some hours before that the rota ends; when that is to be said."""
    rules = load_rest_rules(rooms.tables.content("rest-rules"), name="rest-rules.yaml")
    announced = rota.ends_at - timedelta(hours=rules.announce_end_hours)
    if announced <= request.at:
        until = iso(rota.ends_at)
        data: dict[str, JsonValue] = {"until": until, "version": rota.version}
        await _raise(tx, request, JournalKind.COORDINATION_ROTA_ENDING, f"rota/ending/{until}", data)
    return announced


def _times(rota: Rota, made: Iterable[Handover]) -> list[datetime]:
    due = [one.due_at for one in made if one.confirmed_by is None]
    return [*(shift.starts_at for shift in rota.shifts), *due]


def _ahead(times: Iterable[datetime], at: datetime) -> list[datetime]:
    return [time for time in times if time > at]
