"""Reads a mailbox: every mail once, taken in and stored before it is marked or moved."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from activities.collecting import Counts, Hands, Portion
from activities.collecting.imap import ImapSession
from activities.collecting.mail_taking import Post
from activities.collecting.openpgp import SecretKey
from leerp.errors import BadInputError
from leerp.formats.letters import MAX_BYTES
from leerp.model import Message
from notifications.channels.secrets import read_secret
from notifications.sources.mailbox import MailboxSettings
from records.collecting_alarms import ClockSeen

TAKEN = "$LeerpTaken"
REFUSED = "$LeerpRefused"
"""What mails are marked with, beside the flags that every mail program shows."""

MAX_MAILS = 500
"""So many mails in a reading; those after them come in the next one."""

_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:[ \t\r\n]*<([^<>\s]{1,200})>", re.IGNORECASE | re.MULTILINE)


class _Cursor(Message):
    """How far a mailbox was read: up to this UID, as long as its UIDs mean the same (RFC 9051 §2.3.1.1)."""

    validity: int
    uid: int


@dataclass(frozen=True, kw_only=True)
class _Mail:
    """One mail, which is fetched when it is taken in, and marked when it is stored."""

    session: ImapSession
    settings: MailboxSettings
    post: Post
    uid: int
    cursor: str
    heard: bool = True

    async def take_in(self, hands: Hands) -> Counts:
        """Fetch, take in, mark. A mail that is gone by now was somebody's to take away."""
        size = await self.session.size(self.uid)
        if size is None:
            return Counts()
        name = f"{self.post.source}/{self.uid}"
        if size > MAX_BYTES:
            why = f"{name}: {size // 2**20} MiB, more than {MAX_BYTES // 2**20} MiB; ask for it in another way"
            await self.post.refuse(b"", hands, name=name, error=BadInputError(why))
            return await self._marked(Counts(refused=1))
        content = await self.session.fetch(self.uid)
        if content is None:
            return Counts()
        found = _MESSAGE_ID.search(content[:65_536])
        named = f"{name} <{found[1].decode('ascii', 'replace')}>" if found else name
        return await self._marked(await self.post.take_in(content, hands, name=named))

    async def _marked(self, counts: Counts) -> Counts:
        """Show people what became of it. What was refused stays where it is."""
        if counts.refused:
            await self.session.mark(self.uid, rf"\Flagged {REFUSED}")
            return counts
        await self.session.mark(self.uid, rf"\Seen {TAKEN}")
        if self.settings.done is not None:
            await self.session.move(self.uid, self.settings.done)
        return counts


class MailboxWay:
    """How a mailbox is read. Its session stays open between readings, so that the server can tell of new mail."""

    def __init__(self, name: str, settings: MailboxSettings) -> None:
        self._name = name
        self._settings = settings
        self._session = ImapSession(name, settings)

    async def read(self, cursor: str | None, *, at: datetime) -> AsyncIterator[Portion]:
        """The mails that are new; all that are there where the server has numbered them anew: known ones are known."""
        selected = await self._session.open()
        before = _parsed(cursor)
        again = before is None or before.validity != selected.validity
        since = at - timedelta(hours=self._settings.lookback_hours) if before is None else None
        uids = await self._session.uids(after=0 if before is None or again else before.uid, since=since)
        post = Post(source=self._name, secret=self._secret())
        for uid in uids[:MAX_MAILS]:
            yield _Mail(
                session=self._session,
                settings=self._settings,
                post=post,
                uid=uid,
                cursor=_Cursor(validity=selected.validity, uid=uid).model_dump_json(),
            )
        if again and not uids:
            uid = (selected.following or 1) - 1
            yield _Nothing(cursor=_Cursor(validity=selected.validity, uid=uid).model_dump_json())

    def _secret(self) -> SecretKey | None:
        file = self._settings.decryption_key_file
        return SecretKey(read_secret(file), self._settings.decryption_password()) if file else None

    async def wait(self, seconds: float) -> None:
        """Until the server tells of new mail, or so long."""
        await self._session.wait(seconds)

    async def close(self) -> None:
        """Sign out."""
        await self._session.close()

    def clock(self) -> ClockSeen | None:
        """Mail servers say no time."""
        return None

    def remark(self) -> str:
        """Nothing: what is wrong with what it holds stands with each report."""
        return ""


@dataclass(frozen=True, kw_only=True)
class _Nothing:
    """A mailbox without new mail, of which it is remembered where the next mail will be."""

    cursor: str
    heard: bool = False

    async def take_in(self, hands: Hands) -> Counts:  # noqa: ARG002 - as for a mail
        """Nothing."""
        return Counts()


def _parsed(cursor: str | None) -> _Cursor | None:
    if cursor is None:
        return None
    try:
        return _Cursor.model_validate_json(cursor)
    except ValidationError:
        return None
