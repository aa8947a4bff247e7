"""Activities of the virtual command post: rooms are opened, filled and archived where the centre has its services."""

from collections.abc import Awaitable
from typing import NamedTuple, TypeVar

from temporalio import activity

from activities.command_post_messages import ArchiveRoom, InviteIntoRoom, OpenRoom, RoomDone
from activities.contact_pins import usable_directory
from activities.facts import note
from activities.messages import Fact
from activities.roles import STAFF, need_role
from activities.rooms import Rooms
from leerp.command_posts import Pinned, Place, PostRoom, room_marking
from leerp.errors import DeliveryError, RefusedError
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import Level, refusal
from leerp.model import Line
from leerp.notices import EXERCISE_MARK, Mode
from leerp.opaque_ids import opaque_id
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Directory
from notifications.command_posts.services import RoomService
from records import command_posts, documents, incidents, journal
from records.incidents import StoredIncident

PATIENCE = 3
"""How often a service is tried before an officer is told to do without it."""

Answer = TypeVar("Answer")

GREETING = "What is decided here counts once the coordination centre has pinned it into the journal."


class Guests(NamedTuple):
    """Who is invited: stakeholders, the service's names for them, and who is not and why."""

    members: tuple[str, ...]
    users: tuple[str, ...]
    without: tuple[str, ...]


class CommandPostActivities:
    """The rooms of an incident."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="rooms.open")
    async def open(self, request: OpenRoom) -> RoomDone:
        """Open a room and invite into it. Done again after a crash, it finds the room that it has opened."""
        incident = await self.rooms.incident(request.incident)
        identifier = room_id(incident, request.key)
        service = self._service(request.service)
        if service is not None and request.level.rank > service.maximum.rank:
            raise RefusedError(
                f"{request.service} is accredited up to {service.maximum.value}; the room is {request.level.value}.",
                reason=RefusalReason.NOT_AUTHORISED,
            )
        guests = await self._guests(request, request.service, request.circle, request.level, service)
        topic = _topic(request, incident)
        address = str(request.link)
        if service is not None:
            address = await _served(service.open(identifier.lower(), topic=topic, greeting=GREETING))
            await _served(service.invite(address, guests.users))
        room = PostRoom(
            id=identifier,
            incident=request.incident,
            place=service.place if service else Place.LINK,
            service=request.service,
            circle=request.circle,
            level=request.level,
            topic=topic,
            address=address,
            members=guests.members,
            opened_at=request.at,
        )
        async with self.rooms.store.writing() as tx:
            if await command_posts.find(tx, request.incident, identifier) is None:
                await command_posts.save(tx, room)
            data = {"room": room.id, "place": room.place.value, "service": room.service, "circle": room.circle}
            data |= {"level": room.level.value, "reason": request.reason}
            await note(tx, request, JournalKind.COORDINATION_ROOM_OPENED, data)
            entry = await note(tx, request, JournalKind.COORDINATION_ROOM_INVITED, _invited(room.id, guests))
        return _done(entry, room, guests)

    @activity.defn(name="rooms.invite")
    async def invite(self, request: InviteIntoRoom) -> RoomDone:
        """Invite more stakeholders."""
        await self.rooms.incident(request.incident)
        room = await self._standing(request, request.room)
        service = self._service(room.service)
        guests = await self._guests(request, room.service, room.circle, room.level, service)
        if service is not None:
            await _served(service.invite(room.address, guests.users))
        async with self.rooms.store.writing() as tx:
            members = tuple(dict.fromkeys((*room.members, *guests.members)))
            await command_posts.save(tx, room.model_copy(update={"members": members}))
            data = _invited(room.id, guests) | {"reason": request.reason}
            entry = await note(tx, request, JournalKind.COORDINATION_ROOM_INVITED, data)
        return _done(entry, room, guests)

    @activity.defn(name="rooms.archive")
    async def archive(self, request: ArchiveRoom) -> RoomDone:
        """Archive a room; a link is only noted as no longer used.

        At the end of the protocol a service that does not answer is noted, for the operator to close the room by hand.
        """
        await self.rooms.incident(request.incident)
        async with self.rooms.store.reading() as connection:
            room = await command_posts.get(connection, request.incident, request.room)
        data = {"room": room.id, "reason": request.reason}
        try:
            if (service := self._service(room.service)) is not None:
                await _served(service.archive(room.address))
        except RefusedError as error:
            if not request.final:
                raise
            data["left_open"] = error.sentence
        async with self.rooms.store.writing() as tx:
            await command_posts.save(tx, room.model_copy(update={"archived_at": room.archived_at or request.at}))
            entry = await note(tx, request, JournalKind.COORDINATION_ROOM_ARCHIVED, data)
        return RoomDone(journal_seq=entry.seq, room=room.id)

    async def _standing(self, request: Fact, identifier: str) -> PostRoom:
        async with self.rooms.store.reading() as connection:
            room = await command_posts.get(connection, request.incident, identifier)
        if room.archived_at is not None:
            raise RefusedError(f"{room.id} is archived; open another room.", reason=RefusalReason.NOTHING_TO_DO)
        return room

    def _service(self, name: str | None) -> RoomService | None:
        if name is None:
            return None
        service = self.rooms.room_services.get(name)
        if service is None:
            known = ", ".join(sorted(self.rooms.room_services)) or "none"
            raise RefusedError(
                f"There is no room service {name!r} in channels.yaml (it has: {known}); name one, or give a link.",
                reason=RefusalReason.UNKNOWN_SUBJECT,
            )
        return service

    async def _guests(
        self, request: OpenRoom | InviteIntoRoom, name: str | None, circle: str | None, level: Level, service: object
    ) -> Guests:
        """Fail closed: who is not known, not cleared or not of the circle is not invited, and the officer hears why."""
        directory = await usable_directory(self.rooms)
        members, users, without = [], [], []
        for one in dict.fromkeys(request.invite):
            why = self._refusal(directory, one, circle, level, request)
            known = directory.stakeholder(one)
            user = known.rooms.get(name) if known and name else None
            if why is None and service is not None and user is None:
                why = f"the directory does not say who it is at {name}"
            if why:
                without.append(f"{one}: {why}")
                continue
            members.append(one)
            users.extend([user] if user else [])
        return Guests(tuple(members), tuple(users), tuple(without))

    def _refusal(self, directory: Directory, one: str, circle: str | None, level: Level, request: Fact) -> str | None:
        known = directory.stakeholder(one)
        if known is None:
            return "not in the directory"
        reader = known.reader(known.contacts[0])
        why = refusal(room_marking(level, circle), reader, channel_maximum=level, at=request.at)
        return why.value if why else None


class Pinning:
    """Keeps what was decided in a room. It only adds to the record, so no workflow is asked."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def pin(self, reference: str, room: str, pinned: Pinned, *, actor: Actor, act: str) -> JournalEntry:
        """The journal entry; the words are a document under the room's marking. RefusedError without a role."""
        need_role(actor, STAFF)
        content = pinned.model_dump_json().encode()
        at = self._rooms.wall_clock()
        async with self._rooms.store.writing() as tx:
            await incidents.get(tx, reference)
            where = await command_posts.get(tx, reference, room)
            marking = pinned.marking.join(where.marking).banner
            document = await documents.put(tx, content, media_type="application/json", marking=marking)
            return await journal.append(
                tx,
                incident=reference,
                at=at,
                actor=actor.id,
                kind=JournalKind.COORDINATION_ROOM_PINNED,
                data={"room": room, "document": document, "marking": marking},
                key=f"pin/{act}",
            )


async def _served(call: Awaitable[Answer]) -> Answer:
    """What the service answers. After a few attempts an officer hears that it does not, and can do without it."""
    try:
        return await call
    except DeliveryError as error:
        if activity.info().attempt < PATIENCE:
            raise
        sentence = f"{error.sentence}. Try again, or open a room elsewhere with --link."
        raise RefusedError(sentence, reason=RefusalReason.SERVICE_AWAY) from error


def room_id(incident: StoredIncident, key: str) -> str:
    """An id that tells nothing of how many other rooms there are."""
    return opaque_id("leerp", f"room/{key}", secret=incident.secret)


def _topic(request: OpenRoom, incident: StoredIncident) -> Line:
    """Which incident, and how what is said is marked. In an exercise it says so first."""
    mark = f"{EXERCISE_MARK} | " if incident.mode is Mode.EXERCISE else ""
    return f"{mark}{request.incident} | {room_marking(request.level, request.circle).banner}"


def _invited(room: str, guests: Guests) -> dict[str, object]:
    return {"room": room, "readers": [*guests.members], "without": [*guests.without]}


def _done(entry: JournalEntry, room: PostRoom, guests: Guests) -> RoomDone:
    return RoomDone(
        journal_seq=entry.seq,
        room=room.id,
        address=room.address,
        invited=len(guests.members),
        without=guests.without,
    )
