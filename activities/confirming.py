"""What readers say by themselves: over their link, by the button in Slack, and in a mail that an officer hands in."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from activities.acknowledgements import acknowledge, claim
from activities.contact_pins import previewed_directory
from activities.rooms import Rooms
from leerp.acknowledgements import Via
from leerp.errors import BadInputError, RefusedError
from leerp.keys import Key
from notifications.acknowledging import Confirmed, holds, named
from notifications.channels.slack.settings import USER_IDS
from notifications.channels.slack.signature import Click
from notifications.identity import message_id
from notifications.replies import Reply, signed_by
from records.correspondence import confirmable, handed_over, planned_for


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What became of a reply: whose it is, whether it counts, whether it is the first word, and why it does not."""

    notice: str
    reader: str
    counts: bool
    first: bool = False
    why: str = ""


class Confirming:
    """Takes in what readers say. Everything here may come from anybody: what proves who says it is checked first."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def holder(self, token: str, *, notice: str, reader: str) -> bool:
        """Whether a token is this reader's for this notice; the same work whether there is such a notice or not."""
        async with self._rooms.store.reading() as connection:
            known = await confirmable(connection, notice)
        secret = known.secret if known and known.mode is self._rooms.mode else None
        return holds(token, secret, notice=notice, reader=reader)

    async def by_link(self, token: str, *, notice: str, reader: str) -> bool:
        """Record the word of whoever has a reader's link; False when the link is none, or nothing was sent."""
        if not await self.holder(token, notice=notice, reader=reader):
            return False
        return await self._record(notice, reader=reader, via=Via.LINK, more={})

    async def by_slack(self, click: Click, *, channel: str) -> bool:
        """Record a press of the button that Slack has signed; which user pressed is what Slack says, and kept as that.

        False when the token is none, or when the message with it was not for this user or this conversation.
        """
        names = named(click.token)
        if names is None or not await self.holder(click.token, notice=names.notice, reader=names.reader):
            return False
        async with self._rooms.store.reading() as connection:
            planned = await planned_for(connection, names.notice, names.reader)
        addresses = [one.address for one in planned if one.channel == channel]
        if not any(_pressed_at(address, click) for address in addresses):
            return False
        more: dict[str, JsonValue] = {"channel": channel, "says_slack_user": click.user, "says_slack_team": click.team}
        return await self._record(names.notice, reader=names.reader, via=Via.SLACK, more=more)

    async def by_mail(self, reply: Reply, *, at: datetime, by: str) -> Heard:
        """Take in a reply that an officer hands in: acknowledged if it is proved whose it is, else noted as a claim.

        Proved by the reader's own link, quoted in it, or by the reader's pinned OpenPGP key over a text that names the
        notice: a sender's address and the header that says what is answered can be written by anybody.
        """
        line = await self._answered(reply)
        if line is None:
            raise BadInputError(f"{reply.name}: answers no notice that was sent; call the reader, and record the call")
        if reply.automatic:
            why = "it is an automatic reply, and nobody need have read the notice"
            return Heard(notice=line.notice, reader=line.reader, counts=False, why=why)
        more: dict[str, JsonValue] = {"sha256": reply.sha256, "says_from": reply.sender}
        proof = await self._proof(reply, line)
        async with self._rooms.store.writing() as tx:
            if proof is None:
                why = "neither the reader's own link nor the reader's key proves who wrote it"
                await claim(tx, line.notice, reader=line.reader, via=Via.MAIL, by=by, at=at, more=more)
                return Heard(notice=line.notice, reader=line.reader, counts=False, why=why)
            more = {**more, "proof": proof}
            first = await acknowledge(tx, line.notice, reader=line.reader, via=Via.MAIL, by=by, at=at, more=more)
        return Heard(notice=line.notice, reader=line.reader, counts=True, first=first)

    async def _answered(self, reply: Reply) -> Confirmed | None:
        """The notice and the reader of the message that is answered; of several, the one named first."""
        if not reply.answers:
            return None
        async with self._rooms.store.reading() as connection:
            lines = await handed_over(connection, self._rooms.mode)
        ours: dict[str, Confirmed] = {}
        wanted = set(reply.answers)
        for line in lines:
            name = message_id(line.notice, line.reader, line.channel)
            if name in wanted:
                ours[name] = Confirmed(line.notice, line.reader)
        return next((ours[name] for name in reply.answers if name in ours), None)

    async def _proof(self, reply: Reply, line: Confirmed) -> str | None:
        """What proves that this reader wrote it: the link, the fingerprint of the key, or nothing."""
        for token in reply.tokens:
            if await self.holder(token, notice=line.notice, reader=line.reader):
                return "link"
        key = signed_by(reply, await self._keys(line.reader), naming=line.notice, at=self._rooms.wall_clock())
        return key.fingerprint if key else None

    async def _keys(self, reader: str) -> list[Key]:
        """The keys that are pinned for a reader today: one that has been replaced proves nothing any more."""
        stakeholder = (await previewed_directory(self._rooms)).stakeholder(reader)
        contacts = stakeholder.contacts if stakeholder else ()
        return [contact.whole_key for contact in contacts if contact.whole_key]

    async def _record(self, notice: str, *, reader: str, via: Via, more: dict[str, JsonValue]) -> bool:
        """True once the reader's word stands, now or before; False when nothing was sent to this reader."""
        at = self._rooms.wall_clock()
        try:
            async with self._rooms.store.writing() as tx:
                await acknowledge(tx, notice, reader=reader, via=via, by=reader, at=at, more=more)
        except RefusedError:
            return False
        return True


def _pressed_at(address: str, click: Click) -> bool:
    """Whether the message to this address can have been pressed there, by that user."""
    if address.startswith(USER_IDS):
        return click.user == address
    return click.conversation == address
