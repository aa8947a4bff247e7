"""Forms about the rooms of the virtual command post."""

from activities.command_posts import Pinning
from desk.access.acts import DeskAct
from desk.web.acting.case import LEVELS, ActForm, Case, Made, Making, Sheet, marking_fields
from desk.web.acting.fields import Field, Kind, Option, reason
from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct, Pinned, PostRoom
from leerp.errors import BadInputError
from leerp.protocol import ActName
from records import command_posts


async def _open_sheet(case: Case) -> Sheet:
    services = tuple(Option(name, name) for name in sorted(case.house.rooms.room_services))
    level = case.incident.marking.level.value
    return Sheet(
        fields=(
            Field(name="service", label="With the service", kind=Kind.CHOICE, options=(Option("", "none"), *services)),
            Field(name="link", label="Or a room that exists", help="Its link."),
            Field(name="circle", label="Circle", help="Then only who is admitted to it is invited."),
            Field(name="level", label="Level", kind=Kind.CHOICE, options=LEVELS, given=(level,), required=True),
            case.readers("invite", "Whom to invite"),
            reason(required=False),
        ),
        confirm="Only who is cleared to its level is invited; the record says who is not, and why.",
    )


async def _open(making: Making) -> Made:
    values = making.values
    fields: dict[str, object] = {name: values.maybe(name) for name in ("service", "link", "circle")}
    more: dict[str, object] = {"level": values.text("level"), "invite": values.several("invite")}
    return await making.perform(ActName.ROOM_OPEN, OpenRoomAct, fields | more)


async def _rooms(case: Case) -> list[PostRoom]:
    found = await command_posts.of_incident(case.connection, case.reference)
    return [one for one in found if one.archived_at is None]


def _which(case: Case, found: list[PostRoom]) -> Field:
    options = tuple(
        Option(one.id, f"{one.id}, {one.place.value}, {one.circle or 'no circle'}, {one.level.full}") for one in found
    )
    named = case.given("room")
    return Field(name="room", label="Room", kind=Kind.CHOICE, options=options, given=named, required=True)


_NONE = "No room is open."


async def _invite_sheet(case: Case) -> Sheet:
    found = await _rooms(case)
    return Sheet(
        fields=(_which(case, found), case.readers("invite", "Whom to invite", required=True), reason(required=False)),
        impossible="" if found else _NONE,
    )


async def _invite(making: Making) -> Made:
    fields = {"room": making.values.text("room"), "invite": making.values.several("invite")}
    if not fields["invite"]:
        raise BadInputError("Whom to invite: name at least one stakeholder")
    return await making.perform(ActName.ROOM_INVITE, InviteAct, fields)


async def _archive_sheet(case: Case) -> Sheet:
    found = await _rooms(case)
    return Sheet(fields=(_which(case, found), reason(required=False)), impossible="" if found else _NONE)


async def _archive(making: Making) -> Made:
    return await making.perform(ActName.ROOM_ARCHIVE, ArchiveRoomAct, {"room": making.values.text("room")})


async def _pin_sheet(case: Case) -> Sheet:
    found = await _rooms(case)
    return Sheet(
        fields=(
            _which(case, found),
            Field(name="text", label="What was decided", kind=Kind.TEXT, required=True),
            Field(name="decided_by", label="Who decided it", required=True),
            Field(name="decided_at", label="When (UTC)", kind=Kind.TIME, help="Empty: now."),
            *marking_fields(case.incident),
        ),
        impossible="" if found else _NONE,
    )


async def _pin(making: Making) -> Made:
    values = making.values
    if not values.text("text"):
        raise BadInputError("What was decided: the words are empty; nothing was kept")
    pinned = Pinned.model_validate(
        {
            "text": values.text("text"),
            "decided_by": values.text("decided_by"),
            "decided_at": values.time("decided_at", label="When") or making.house.now(),
            "marking": making.marking(),
        }
    )
    entry = await Pinning(making.house.rooms).pin(
        making.reference, values.text("room"), pinned, actor=making.principal.actor, act=making.act
    )
    return Made(entry.seq)


FORMS = (
    ActForm(
        name="room-open",
        act=ActName.ROOM_OPEN,
        title="Open a room",
        button="Open the room",
        about="A room of the virtual command post: opened with a service, or one that exists, by its link.",
        sheet=_open_sheet,
        make=_open,
    ),
    ActForm(
        name="room-invite",
        act=ActName.ROOM_INVITE,
        title="Invite into a room",
        button="Invite them",
        about="More stakeholders into a room that is open.",
        sheet=_invite_sheet,
        make=_invite,
    ),
    ActForm(
        name="room-archive",
        act=ActName.ROOM_ARCHIVE,
        title="Archive a room",
        button="Archive the room",
        about="It can be read, and nobody can say anything in it any more.",
        sheet=_archive_sheet,
        make=_archive,
    ),
    ActForm(
        name="room-pin",
        act=DeskAct.KEEP_DECISION,
        title="Keep what a room decided",
        button="Keep the decision",
        about="The words of a decision, kept as a document with an entry in the journal that names it.",
        sheet=_pin_sheet,
        make=_pin,
    ),
)
