"""Contact points that may be used: pinned as found at first sight, and changed by two officers only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.rooms import Rooms
from leerp.errors import BadInputError, RefusedError
from leerp.journal import DESK, PROTOCOL, JournalEntry, JournalKind
from leerp.notices import Mode
from leerp.pins import ContactProposal, PinOutline
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import ContactPoint, Directory, Role, Stakeholder
from notifications.pins import ContactChange, contacts_digest, differing, pins_of, unseen, with_pins
from records import contact_pins, journal


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A change that waits, and who has confirmed it so far."""

    change: ContactChange
    proposed_by: str | None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What became of a confirmation."""

    sentence: str
    approved: bool
    journal_seq: int


async def usable_directory(rooms: Rooms) -> Directory:
    """The directory of now with approved addresses and keys alone.

    Whoever is seen for the first time is pinned as found, and a change that waits is noted once; both stand in the
    desk's journal. In an exercise the directory is used as it is: its cast is a file of the scenario.
    """
    directory, at = rooms.directory(), rooms.wall_clock()
    if rooms.mode is Mode.EXERCISE:
        return directory
    async with rooms.store.reading() as connection:
        pins = await contact_pins.outlines(connection)
        usable, changes = await _with_pins(connection, directory, pins)
    if changes or unseen(directory, pins, at=at):
        async with rooms.store.writing() as tx:
            await _write_down(tx, directory, at=at)
    return usable


async def _with_pins(
    c: AsyncConnection, directory: Directory, pins: Sequence[PinOutline]
) -> tuple[Directory, list[ContactChange]]:
    """The directory as it may be used, and the changes that wait; whole keys are read only where something differs."""
    return with_pins(directory, await contact_pins.pins(c, differing(directory, pins)))


async def _changes(c: AsyncConnection, directory: Directory) -> list[ContactChange]:
    return (await _with_pins(c, directory, await contact_pins.outlines(c)))[1]


async def previewed_directory(rooms: Rooms) -> Directory:
    """The same directory for somebody who only looks: nothing is pinned or noted."""
    directory = rooms.directory()
    if rooms.mode is Mode.EXERCISE:
        return directory
    async with rooms.store.reading() as connection:
        pins = await contact_pins.outlines(connection)
        return (await _with_pins(connection, directory, pins))[0]


async def _write_down(tx: AsyncConnection, directory: Directory, *, at: datetime) -> None:
    pins = await contact_pins.outlines(tx)
    found = unseen(directory, pins, at=at)
    if found:
        await contact_pins.add(tx, found)
        ids = sorted({pin.stakeholder for pin in found})
        points = [ContactPoint(channel=one.channel, address=one.address, key=one.key) for one in found]
        data: dict[str, JsonValue] = {"stakeholders": len(ids), "contacts": len(found), "first": not pins}
        data |= {"sha256": contacts_digest(points), "ids": list[JsonValue](ids) if pins else None}
        data |= {"directory": directory.version}
        await _note(tx, JournalKind.DESK_CONTACT_PINNED, data, at=at, actor=PROTOCOL, key=f"pinned/{ids[0]}/{at}")
    await _note_changes(tx, await _changes(tx, directory), at=at)


async def _note_changes(tx: AsyncConnection, changes: Sequence[ContactChange], *, at: datetime) -> None:
    for change in changes:
        data = _told(change)
        key = "changed/" + "/".join(str(value) for value in data.values())
        await _note(tx, JournalKind.DESK_CONTACT_CHANGED, data, at=at, actor=PROTOCOL, key=key)


async def waiting(rooms: Rooms) -> list[Waiting]:
    """The changes in the directory that wait for officers. Nothing is written."""
    if rooms.mode is Mode.EXERCISE:
        return []
    directory = rooms.directory()
    async with rooms.store.reading() as connection:
        changes = await _changes(connection, directory)
        proposals = await contact_pins.proposals(connection)
    found = []
    for change in changes:
        digest = contacts_digest(_contacts(_known(directory, change.stakeholder), change.channel))
        proposal = _proposal(proposals, change.stakeholder, change.channel, digest)
        found.append(Waiting(change=change, proposed_by=proposal.proposed_by if proposal else None))
    return found


async def confirm(
    rooms: Rooms, *, stakeholder: str, channel: str, actor: Actor, reason: str, at: datetime
) -> Confirmation:
    """Confirm what the directory says now of a stakeholder on a channel; the second officer's word makes it used.

    RefusedError, with a line in the desk's journal, when a rule forbids it.
    """
    if rooms.mode is Mode.EXERCISE:
        raise BadInputError("in an exercise the directory is used as it is; there is nothing to confirm")
    try:
        _may_confirm(actor, reason)
        async with rooms.store.writing() as tx:
            return await _confirm(tx, rooms.directory(), stakeholder, channel, actor=actor, reason=reason, at=at)
    except RefusedError as error:
        data: dict[str, JsonValue] = {"act": "confirm", "why": error.reason, "sentence": error.sentence[:500]}
        async with rooms.store.writing() as tx:
            await _note(tx, JournalKind.DESK_ACT_REFUSED, data, at=at, actor=actor.id, key=secrets.token_hex(16))
        raise


def _may_confirm(actor: Actor, reason: str) -> None:
    if not {Role.OFFICER, Role.APPROVER} & set(actor.roles):
        sentence = f"{actor.id} has neither the role officer nor approver; one of them confirms a contact point."
        raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
    if not reason.strip():
        sentence = "This act needs a reason; say how you checked it, the record will keep it."
        raise RefusedError(sentence, reason=RefusalReason.REASON_MISSING)


async def _confirm(  # noqa: PLR0913 - as above
    tx: AsyncConnection,
    directory: Directory,
    stakeholder: str,
    channel: str,
    *,
    actor: Actor,
    reason: str,
    at: datetime,
) -> Confirmation:
    one = _known(directory, stakeholder)
    changes = await _changes(tx, directory)
    here = [change for change in changes if (change.stakeholder, change.channel) == (stakeholder, channel)]
    if not here:
        sentence = f"Nothing waits for {stakeholder} on channel {channel}; `leerp directory changes` lists what does."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    await _note_changes(tx, here, at=at)
    contacts = _contacts(one, channel)
    digest = contacts_digest(contacts)
    first = _proposal(await contact_pins.proposals(tx), stakeholder, channel, digest)
    data: dict[str, JsonValue] = {"changes": [_told(change) for change in here], "sha256": digest}
    if first is None:
        proposal = ContactProposal(
            stakeholder=stakeholder, channel=channel, sha256=digest, proposed_by=actor.id, proposed_at=at, reason=reason
        )
        await contact_pins.propose(tx, proposal)
        kind, data = JournalKind.DESK_CONTACT_PROPOSED, data | {"reason": reason}
        entry = await _note(tx, kind, data, at=at, actor=actor.id, key=f"{digest}/{secrets.token_hex(8)}")
        sentence = "Confirmed once; a second officer must confirm it before it is used."
        return Confirmation(sentence=sentence, approved=False, journal_seq=entry.seq)
    _may_be_second(directory, first, actor)
    by = (first.proposed_by, actor.id)
    await contact_pins.replace(tx, stakeholder, channel, pins_of(one, contacts, at=at, by=by))
    data |= {"proposed_by": by[0], "approved_by": by[1], "reason": first.reason, "approval_reason": reason}
    kind = JournalKind.DESK_CONTACT_APPROVED
    entry = await _note(tx, kind, data, at=at, actor=actor.id, key=f"{digest}/{secrets.token_hex(8)}")
    return Confirmation(sentence="Confirmed twice; used from now on.", approved=True, journal_seq=entry.seq)


def _may_be_second(directory: Directory, first: ContactProposal, actor: Actor) -> None:
    if first.proposed_by == actor.id:
        sentence = f"{actor.id} has confirmed this already; a second person must."
        raise RefusedError(sentence, reason=RefusalReason.SAME_PERSON)
    proposer = directory.officer(first.proposed_by)
    roles = {*actor.roles, *(proposer.roles if proposer else ())}
    if Role.APPROVER not in roles:
        sentence = f"Neither {first.proposed_by} nor {actor.id} is an approver; one of the two must be."
        raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)


def _known(directory: Directory, stakeholder: str) -> Stakeholder:
    one = directory.stakeholder(stakeholder)
    if one is None:
        raise RefusedError(f"{stakeholder}: not in the directory.", reason=RefusalReason.UNKNOWN_SUBJECT)
    return one


def _contacts(one: Stakeholder, channel: str) -> list[ContactPoint]:
    return [contact for contact in one.contacts if contact.channel == channel]


def _proposal(
    proposals: Sequence[ContactProposal], stakeholder: str, channel: str, digest: str
) -> ContactProposal | None:
    """The first confirmation of exactly this; one of something else does not count."""
    wanted = (stakeholder, channel, digest)
    return next((one for one in proposals if (one.stakeholder, one.channel, one.sha256) == wanted), None)


def _told(change: ContactChange) -> dict[str, JsonValue]:
    return {
        "stakeholder": change.stakeholder,
        "channel": change.channel,
        "address": change.address,
        "fingerprint": change.fingerprint,
        "former_address": change.former_address,
        "former_fingerprint": change.former_fingerprint,
    }


async def _note(
    tx: AsyncConnection, kind: JournalKind, data: dict[str, JsonValue], *, at: datetime, actor: str, key: str
) -> JournalEntry:
    return await journal.append(tx, incident=DESK, at=at, actor=actor, kind=kind, data=data, key=f"contacts/{key}")
