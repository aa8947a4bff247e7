"""`leerp room`: the rooms of the virtual command post (seed, III.5)."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from activities.acts import new_act_id
from activities.command_posts import Pinning
from desk.assembly import open_house, time_here
from desk.cli.common import AsOfficer, Reason, instant, send_act, who_acts
from desk.cli.running import SMALL_FILE, Answer, read_file
from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct, Pinned
from leerp.errors import BadInputError
from leerp.marking import Level, Marking, Tlp
from leerp.protocol import ActName
from leerp.settings import Settings
from records import command_posts, incidents

Invited = Annotated[tuple[str, ...], Parameter(consume_multiple=True, help="The ids of the stakeholders to invite.")]


def add_to(app: App) -> None:
    """Add this group of commands."""
    room = App(name="room", help="The virtual command post: open, invite, pin, archive, show.")
    for command in (open_, invite, archive, pin, show):
        room.command(command, name=command.__name__.rstrip("_"))
    app.command(room)


async def open_(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    service: str | None = None,
    link: str | None = None,
    circle: str | None = None,
    level: Level = Level.BPL,
    invite: Invited = (),
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Open a room with a --service of channels.yaml, or name one that exists with --link.

    Only who is cleared to its --level, and admitted to its --circle where it has one, is invited; the answer says who
    is not and why.
    """
    fields = {"service": service, "link": link, "circle": circle, "level": level, "invite": invite, "reason": reason}
    return await send_act(ActName.ROOM_OPEN, reference, OpenRoomAct, officer=officer, **fields)


async def invite(reference: str, room: str, *readers: str, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Invite more stakeholders into a room."""
    fields = {"room": room, "invite": readers, "reason": reason}
    return await send_act(ActName.ROOM_INVITE, reference, InviteAct, officer=officer, **fields)


async def archive(reference: str, room: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Archive a room: it can be read, and nobody can say anything in it any more."""
    return await send_act(ActName.ROOM_ARCHIVE, reference, ArchiveRoomAct, officer=officer, room=room, reason=reason)


async def pin(  # noqa: PLR0913 - a command has its options
    reference: str,
    room: str,
    text: str | None = None,
    *,
    file: Path | None = None,
    by: Annotated[str, Parameter(help="Who decided it.")],
    at: Annotated[str | None, Parameter(help="When, with its offset; else now.")] = None,
    level: Level = Level.BPL,
    tlp: Tlp = Tlp.AMBER,
    officer: AsOfficer = None,
) -> Answer:
    """Keep what was decided in a room: its words as a document, and an entry in the journal that names it."""
    if (text is None) == (file is None):
        raise BadInputError("give the words of the decision, or --file FILE")
    words = text if text is not None else read_file(str(file), limit=SMALL_FILE).decode("utf-8", "replace")
    if not words.strip():
        raise BadInputError("the words of the decision are empty; nothing was kept")
    decided_at = instant(at, option="--at") if at else time_here(Settings())
    pinned = Pinned(text=words, decided_by=by, decided_at=decided_at, marking=Marking(level=level, tlp=tlp))
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        entry = await Pinning(house.rooms).pin(reference, room, pinned, actor=actor, act=new_act_id())
    return Answer(data=entry, lines=[f"{reference}: pinned (journal entry {entry.seq})"])


async def show(reference: str) -> Answer:
    """Show the rooms of an incident."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incidents.get(connection, reference)
        rooms = await command_posts.of_incident(connection, reference)
    rows = [
        (one.id, one.place.value, one.circle, one.level.value, len(one.members), one.opened_at, one.archived_at)
        for one in rooms
    ]
    header = ("room", "where", "circle", "level", "members", "opened", "archived")
    return Answer(data=rooms, lines=[] if rooms else ["no room has been opened"], header=header, rows=rows)
