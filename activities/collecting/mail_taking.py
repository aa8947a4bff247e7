"""Takes a mail in: as a reply to a notice, as an answer to an invitation, or as reports."""

import asyncio
from dataclasses import dataclass
from io import BytesIO

from activities.arriving import Manner
from activities.collecting import Counts, Found, Hands
from activities.collecting.mail_proof import Proven, prove
from activities.collecting.openpgp import SecretKey
from activities.contact_pins import previewed_directory
from leerp.errors import BadInputError, LeerpError, RefusedError
from leerp.formats.letters import Letter
from leerp.reports import ReportFormat
from notifications.invitation_replies import read_invitation_reply
from notifications.replies import MAX_BYTES as LARGEST_REPLY
from notifications.replies import Reply, read_reply


@dataclass(frozen=True, kw_only=True)
class Post:
    """What a mailbox needs besides the mails. `source`: its name in sources.yaml; `secret`: for encrypted mail."""

    source: str
    secret: SecretKey | None

    async def take_in(self, content: bytes, hands: Hands, *, name: str) -> Counts:
        """Take one mail in. What is refused is journalled, and counted as refused."""
        at = hands.rooms.wall_clock()
        directory = await previewed_directory(hands.rooms)
        try:
            mail = await prove(content, name=name, directory=directory, secret=self.secret, at=at)
            return await self._taken(mail, hands, name=name)
        except (BadInputError, RefusedError) as error:
            await self.refuse(content, hands, name=name, error=error)
            return Counts(refused=1)

    async def refuse(self, content: bytes, hands: Hands, *, name: str, error: LeerpError) -> None:
        """Journal what was not taken in; it stays in the mailbox."""
        manner = Manner(data={"collected_from": self.source})
        await hands.intake.refuse(BytesIO(content), name=name, arrival=hands.arrival(manner), error=error)

    async def _taken(self, mail: Proven, hands: Hands, *, name: str) -> Counts:
        counts = await _as_reply(mail.letter, hands, name=name)
        found = [*self._attached(mail, hands, name=name)]
        if not found and not counts.replies:
            if mail.letter.automatic:
                raise BadInputError(f"{name}: a machine has answered, and no person reports anything")
            found = [self._whole(mail, hands, name=name)]
        for one in found:
            counts += await hands.report(one)
        return counts

    def _attached(self, mail: Proven, hands: Hands, *, name: str) -> list[Found]:
        """Each attachment that is a report; a note says which were none."""
        unread = mail.letter.unread
        more = (f"not read of the same mail: {', '.join(sorted(set(unread)))}"[:256],) if unread else ()
        more = ("came attached to a mail whose text was not taken in; it stays in the mailbox", *more)
        manner = mail.manner(at=hands.rooms.wall_clock(), more=more, collected_from=self.source, mail=name)
        return [
            Found(
                content=one.content,
                name=one.name,
                source=mail.sender.id,
                format=one.format,
                manner=manner,
            )
            for one in mail.letter.attached
        ]

    def _whole(self, mail: Proven, hands: Hands, *, name: str) -> Found:
        """The mail itself, whose text is the report."""
        return Found(
            content=mail.letter.content,
            name=name,
            source=mail.sender.id,
            format=ReportFormat.EML,
            manner=mail.manner(at=hands.rooms.wall_clock(), collected_from=self.source),
        )


async def _as_reply(letter: Letter, hands: Hands, *, name: str) -> Counts:
    """Whether it answers an invitation or a notice; what is proven and what is not is settled where it is taken in."""
    if len(letter.content) > LARGEST_REPLY:
        return Counts()
    if letter.invitation:
        said = await asyncio.to_thread(read_invitation_reply, letter.content, name=name)
        await hands.answers.by_mail(said, by=hands.by)
        return Counts(replies=1)
    try:
        reply = await asyncio.to_thread(read_reply, letter.content, name=name)
    except BadInputError:
        return Counts()
    return Counts(replies=1) if reply.answers and await _answers_notice(reply, hands) else Counts()


async def _answers_notice(reply: Reply, hands: Hands) -> bool:
    try:
        await hands.confirming.by_mail(reply, at=hands.rooms.wall_clock(), by=hands.by)
    except BadInputError:
        return False  # it answers something else, such as the mail of a colleague
    return True
