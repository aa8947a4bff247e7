"""The virtual command post: rooms are opened and filled on an officer's word, and archived when the protocol ends."""

from activities.command_post_messages import ArchiveRoom, InviteIntoRoom, OpenRoom, RoomDone
from activities.command_posts import CommandPostActivities
from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct
from leerp.protocol import Act, Receipt, RefusalReason
from leerp.stakeholders import Role
from workflows.calls import call
from workflows.incident import Incident
from workflows.refusing import need_role, refuse


def check_open(incident: Incident, act: OpenRoomAct) -> None:
    """An officer, once launched; a service or a link."""
    _check(incident, act)
    if (act.service is None) == (act.link is None):
        refuse("Name either a room service or a link to a room that exists.", RefusalReason.UNKNOWN_SUBJECT)


def check_room(incident: Incident, act: InviteAct | ArchiveRoomAct) -> None:
    """An officer, for a room that is open."""
    _check(incident, act)
    if act.room not in incident.state.open_rooms:
        refuse(f"{act.room} is no open room of {incident.reference}.", RefusalReason.UNKNOWN_SUBJECT)


def _check(incident: Incident, act: Act) -> None:
    need_role(act, Role.OFFICER, Role.APPROVER)
    incident.need_launched()


async def open_room(incident: Incident, act: OpenRoomAct) -> Receipt:
    """Open a room."""

    async def deed() -> Receipt:
        said = act.model_dump(include={"service", "link", "circle", "level", "invite", "reason"})
        done = await call(CommandPostActivities.open, OpenRoom(**incident.act_fact(act), **said), refusable=True)
        incident.change(open_rooms=(*incident.state.open_rooms, done.room))
        return incident.receipt(done.journal_seq, f"Opened {done.room} at {done.address}. {_invited(done)}")

    return await incident.perform(act, lambda: check_open(incident, act), deed)


async def invite(incident: Incident, act: InviteAct) -> Receipt:
    """Invite more stakeholders into a room."""

    async def deed() -> Receipt:
        request = InviteIntoRoom(**incident.act_fact(act), room=act.room, invite=act.invite, reason=act.reason)
        done = await call(CommandPostActivities.invite, request, refusable=True)
        return incident.receipt(done.journal_seq, _invited(done))

    return await incident.perform(act, lambda: check_room(incident, act), deed)


async def archive(incident: Incident, act: ArchiveRoomAct) -> Receipt:
    """Archive a room."""

    async def deed() -> Receipt:
        request = ArchiveRoom(**incident.act_fact(act), room=act.room, reason=act.reason)
        done = await call(CommandPostActivities.archive, request, refusable=True)
        _left(incident, act.room)
        return incident.receipt(done.journal_seq, f"{act.room} is archived.")

    return await incident.perform(act, lambda: check_room(incident, act), deed)


async def archive_all(incident: Incident) -> None:
    """When the protocol ends no room stays open; one whose service does not answer is noted and left."""
    for room in incident.state.open_rooms:
        request = ArchiveRoom(**incident.fact("archive"), room=room, reason="the protocol has ended", final=True)
        await call(CommandPostActivities.archive, request)
        _left(incident, room)


def _left(incident: Incident, room: str) -> None:
    incident.change(open_rooms=tuple(one for one in incident.state.open_rooms if one != room))


def _invited(done: RoomDone) -> str:
    sentence = f"{done.invited} stakeholders are invited."
    return f"{sentence} Not invited: {'; '.join(done.without)}." if done.without else sentence
