"""Telling owners that there is a hit: one notice each, that says with whom and whom to call, and nothing of what it is.

Nor does it say which of an owner's contributions it is, or how much: where a contribution holds one observable, that
alone would tell what the other one has.
"""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.messages import Fact
from activities.notice_making import frame, own_notice
from activities.provider_notices import keep
from leerp.hits import Meeting
from leerp.journal import JournalKind
from leerp.notices import Notice, NoticeKind
from leerp.stakeholders import Directory, Stakeholder
from notifications.context import HitWord, OtherOwner
from notifications.personal_data import is_private
from records import journal
from records.incidents import StoredIncident
from records.journal import Draft


async def tell(
    tx: AsyncConnection,
    request: Fact,
    incident: StoredIncident,
    met: Sequence[Meeting],
    *,
    item: str,
    directory: Directory,
) -> list[str]:
    """Keep and release a notice for every owner of these hits; the ids of all notices that tell of this item.

    The centre is not told by a notice: it has the journal.
    """
    others: dict[str, set[str]] = {}
    for meeting in met:
        for owner in meeting.owners:
            others.setdefault(owner, set()).add(meeting.other_than(owner))
    owners = sorted(others.keys() - {directory.centre.id})
    made = [_notice(incident, directory, owner, sorted(others[owner]), request, item) for owner in owners]
    await keep(tx, made, directory, readers=owners, by=request.actor)
    drafts = []
    for owner, notice in zip(owners, made, strict=True):
        data: dict[str, JsonValue] = {"owner": owner, "others": [*sorted(others[owner])], "item": item}
        data |= {"told_by": notice.id}
        drafts.append(Draft(JournalKind.INVESTIGATION_HIT_TOLD, data, f"hit/told/{item}/{owner}"))
    await journal.append_all(tx, drafts, incident=incident.reference, at=request.at, actor=request.actor)
    return await _told(tx, incident.reference, item)


async def _told(tx: AsyncConnection, reference: str, item: str) -> list[str]:
    """What tells of an item, also after a worker has died between writing it down and saying so."""
    entries = await journal.entries(tx, reference, kinds={JournalKind.INVESTIGATION_HIT_TOLD})
    return [str(entry.data["told_by"]) for entry in entries if entry.data["item"] == item]


def _notice(
    incident: StoredIncident, directory: Directory, owner: str, others: Iterable[str], request: Fact, item: str
) -> Notice:
    everybody = directory.by_id()
    reader = everybody.get(owner)
    word = HitWord(owner=owner, others=tuple(_other(everybody.get(one), one, reader) for one in others))
    context = frame(incident, directory, request.at, hit_word=word)
    return own_notice(incident, NoticeKind.PROVIDER, context, key=f"hit/{item}/{owner}")


def _other(other: Stakeholder | None, identifier: str, reader: Stakeholder | None) -> OtherOwner:
    return OtherOwner(id=identifier, name=other.name if other else None, call=whom_to_call(other, reader))


def whom_to_call(other: Stakeholder | None, reader: Stakeholder | None) -> str | None:
    """The other owner's first contact point that is no single person's; None where the centre puts them in touch.

    A private party and the authorities reach each other through the centre (Regulation (EU) 2016/794 Art. 26).
    """
    if other is None or reader is None or is_private(other.group) or is_private(reader.group):
        return None
    shared = next((contact for contact in other.contacts if not contact.personal), None)
    return f"{shared.channel}: {shared.address}" if shared else None
