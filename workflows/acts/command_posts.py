"""Acts on the rooms of the virtual command post."""

from temporalio import workflow

from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct
from leerp.protocol import ActName, Receipt
from workflows import command_posts
from workflows.acts import Acts


class CommandPostActs(Acts):
    """Open, fill and archive rooms."""

    @workflow.update(name=ActName.ROOM_OPEN)
    async def room_open(self, act: OpenRoomAct) -> Receipt:
        """Open a room."""
        return await command_posts.open_room(self.incident, act)

    @room_open.validator
    def _check_room_open(self, act: OpenRoomAct) -> None:
        command_posts.check_open(self.incident, act)

    @workflow.update(name=ActName.ROOM_INVITE)
    async def room_invite(self, act: InviteAct) -> Receipt:
        """Invite more stakeholders into a room."""
        return await command_posts.invite(self.incident, act)

    @room_invite.validator
    def _check_room_invite(self, act: InviteAct) -> None:
        command_posts.check_room(self.incident, act)

    @workflow.update(name=ActName.ROOM_ARCHIVE)
    async def room_archive(self, act: ArchiveRoomAct) -> Receipt:
        """Archive a room."""
        return await command_posts.archive(self.incident, act)

    @room_archive.validator
    def _check_room_archive(self, act: ArchiveRoomAct) -> None:
        command_posts.check_room(self.incident, act)
