"""Hits as people ask for them: who may see what of one, what owners say to that, and the graph of what hangs together.

An owner learns that there is a hit, with whom, and whom to call. What it is, it sees once the other owner has permitted
it, as far as the marking allows; a word of one owner says nothing for the other. The centre sees what its clearance
allows: the information is with it. Nobody else sees anything.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contact_pins import previewed_directory
from activities.hit_notices import whom_to_call
from activities.investigation import hit_ids
from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.consents import consents as standing
from leerp.errors import BadInputError, RefusedError
from leerp.grades import Grade
from leerp.hits import HitView, HitWord, Meeting, SharedContent
from leerp.journal import JournalKind
from leerp.marking import Consent, Level, Marking, WithheldReason, refusal
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Directory, Stakeholder
from records import consents, contributions, hit_words, incidents, journal, pool, reports
from records.journal import Draft
from records.sightings import CONTRIBUTION

MOST_SHOWN = 1_000
"""The most observables of one side of a hit in one answer."""

NO_PERMISSION = "owner_has_not_permitted"
"""Why an owner does not see the other side: the same whether that owner has refused or has not answered."""


class Item(NamedTuple):
    """A report or a contribution, as much of it as hits show."""

    id: str
    kind: str
    owner: str
    title: str
    marking: Marking
    grade: Grade | None
    at: datetime


class Asker(NamedTuple):
    """Who asks, and what stands for it. `centre`: the centre itself, whom restrictions of providers do not keep out."""

    stakeholder: Stakeholder
    centre: bool
    directory: Directory


class HitActs:
    """What people ask and say about hits. Nothing here needs a running incident."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def asker(self, reader: str | None) -> Asker:
        """The one who asks: the centre, or a reader of the directory. BadInputError when there is no such reader."""
        directory = await previewed_directory(self._rooms)
        if reader is None or reader == directory.centre.id:
            return Asker(directory.centre, centre=True, directory=directory)
        known = directory.named(reader)
        if known is None:
            raise BadInputError(f"{reader}: not in the directory; see `leerp directory show`")
        return Asker(known, centre=False, directory=directory)

    async def listing(self, reference: str, *, reader: str | None = None) -> list[HitView]:
        """The hits of an incident, as this reader may see them, without their content."""
        asker = await self.asker(reader)
        async with self._rooms.store.reading() as connection:
            found = await self.found(connection, reference, asker)
            words = await hit_words.of_incident(connection, reference)
        return [self._view(hit, meeting, asker, words) for hit, meeting in found]

    async def found(self, c: AsyncConnection, reference: str, asker: Asker) -> list[tuple[str, Meeting]]:
        """The hits that this asker may know of, each with its id: an owner's own, and for the centre all."""
        await incidents.get(c, reference)
        met = await pool.meetings(c, reference)
        ids = await hit_ids(c, met)
        mine = [one for one in met if asker.centre or asker.stakeholder.id in one.owners]
        return [(ids[one.first, one.second], one) for one in mine]

    async def show(self, reference: str, hit: str, *, reader: str | None = None) -> HitView:
        """One hit with as much of its content as this reader may see, and why the rest is not there."""
        asker = await self.asker(reader)
        async with self._rooms.store.reading() as connection:
            known = dict(await self.found(connection, reference, asker))
            meeting = _named(known, hit, reference)
            words = await hit_words.of_incident(connection, reference)
            view = self._view(hit, meeting, asker, words)
            content, withheld = await self._content(connection, meeting, asker)
        return view.model_copy(update={"content": tuple(content), "withheld": withheld})

    def _view(self, hit: str, meeting: Meeting, asker: Asker, words: Sequence[HitWord]) -> HitView:
        everybody = asker.directory.by_id()
        said = tuple(one for one in words if one.hit == hit)
        mine = tuple(one for one in said if one.owner == asker.stakeholder.id)
        others = [one for one in meeting.owners if one != asker.stakeholder.id]
        reader = asker.stakeholder
        call = [_call(everybody.get(one), one, None if asker.centre else reader) for one in others]
        if not asker.centre:
            return HitView(hit=hit, owners=meeting.owners, at=meeting.at, call=tuple(call), said=mine)
        return HitView(
            hit=hit,
            owners=meeting.owners,
            at=meeting.at,
            call=tuple(call),
            said=said,
            items=(meeting.first, meeting.second),
            incidents=meeting.incidents,
            kinds=meeting.kinds,
        )

    async def _content(
        self, c: AsyncConnection, meeting: Meeting, asker: Asker
    ) -> tuple[list[SharedContent], dict[str, str]]:
        """Both sides as far as the asker may see them. What an owner shares with nobody who permits it is not told."""
        content, withheld = list[Item](), dict[str, str]()
        for owner in meeting.owners:
            item = await item_of(c, meeting.item_of(owner))
            reason = await self.withheld(c, meeting, item, asker)
            if reason:
                withheld[owner] = reason
                continue
            content.append(item)
        if not asker.centre and any(owner in withheld for owner in meeting.owners if owner != asker.stakeholder.id):
            return [], withheld  # which of its own it is would tell what the other one holds
        values = await pool.shared(c, meeting.first, meeting.second, limit=MOST_SHOWN) if content else []
        return [_shared(one, values, meeting.count) for one in content], withheld

    async def withheld(self, c: AsyncConnection, meeting: Meeting, item: Item, asker: Asker) -> str | None:
        """Why this asker does not see an item of a hit; None where nothing stands against it."""
        reader = asker.stakeholder
        if not asker.centre and item.owner == reader.id:
            return None
        hit = (await hit_ids(c, [meeting]))[meeting.first, meeting.second]
        words = [word for place in meeting.incidents for word in await hit_words.of_incident(c, place)]
        permitted = any(one.hit == hit and one.owner == item.owner and one.given for one in words)
        if not (asker.centre or permitted):
            return NO_PERMISSION
        given = [Consent(provider=item.owner, reader=reader.id)] if permitted else []
        for place in meeting.incidents:
            given += standing(await consents.of_incident(c, place), "")
        reasons = [
            refusal(
                item.marking,
                reader.reader(contact),
                channel_maximum=self._maximum(contact.channel, asker),
                consents=given,
                lifted=asker.centre,
                at=self._rooms.wall_clock(),
            )
            for contact in reader.contacts
        ]
        if None in reasons:
            return None
        return next((one.value for one in reasons if one), WithheldReason.NO_CHANNEL.value)

    def _maximum(self, channel: str, asker: Asker) -> Level | None:
        """What may go to an asker over a channel; the centre has it already, and its clearance alone decides."""
        if asker.centre:
            return Level.TRES_SECRET
        known = self._rooms.channels.get(channel)
        return known.maximum if known else None

    async def say(  # noqa: PLR0913 - of what, who, what, through whom
        self,
        reference: str,
        hit: str,
        *,
        owner: str,
        given: bool,
        via: str,
        actor: Actor,
        reason: str = "",
    ) -> HitView:
        """Write down an owner's word on a hit, in the journal of every incident it concerns.

        Only what owns one side of the hit can be permitted or refused, and only by its own word: `via` says whose.
        """
        need_role(actor, OFFICERS)
        if not via.strip():
            raise RefusedError("Say who said so at the owner, and how (--via).", reason=RefusalReason.REASON_MISSING)
        centre = await self.asker(None)
        at = self._rooms.wall_clock()
        async with self._rooms.store.writing() as tx:
            known = dict(await self.found(tx, reference, centre))
            meeting = _named(known, hit, reference)
            if owner not in meeting.owners:
                raise RefusedError(
                    f"{owner} owns neither side of {hit}; its word says nothing here.",
                    reason=RefusalReason.UNKNOWN_SUBJECT,
                )
            word = HitWord(hit=hit, owner=owner, given=given, at=at, actor=actor.id, via=via)
            before = await hit_words.standing(tx, reference, hit, owner)
            if before is not None and before.given is given:
                raise RefusedError(
                    f"{owner} has said so before of {hit}; nothing was changed.", reason=RefusalReason.NOTHING_TO_DO
                )
            kind = JournalKind.INVESTIGATION_HIT_PERMITTED if given else JournalKind.INVESTIGATION_HIT_REFUSED
            data: dict[str, JsonValue] = {"hit": hit, "owner": owner, "other": meeting.other_than(owner)}
            data |= {"via": word.via, "reason": reason}
            for place in meeting.incidents:
                number = await hit_words.count(tx, place, hit, owner)
                draft = Draft(kind, data, f"hit/word/{hit}/{owner}/{number}")
                await journal.append_all(tx, [draft], incident=place, at=at, actor=actor.id)
        return await self.show(reference, hit)


async def item_of(c: AsyncConnection, identifier: str) -> Item:
    """A report or a contribution by its id."""
    if identifier.startswith("C-"):
        kept = await contributions.head(c, identifier)
        one = kept.contribution
        return Item(kept.id, CONTRIBUTION, one.contributor, one.title, one.marking, one.grade, kept.received_at)
    stored = await reports.get(c, identifier)
    report = stored.report
    return Item(stored.id, "report", report.source, report.title, report.marking, stored.grade, stored.received_at)


def _shared(item: Item, values: Sequence[str], count: int) -> SharedContent:
    return SharedContent(
        item=item.id,
        owner=item.owner,
        title=item.title,
        marking=item.marking.banner,
        grade=str(item.grade) if item.grade else None,
        observables=tuple(values),
        left_out=count - len(values),
    )


def _call(other: Stakeholder | None, identifier: str, reader: Stakeholder | None) -> str:
    """Whom to call about another owner; an officer of the centre may call anybody."""
    if reader is None and other is not None:
        return f"{identifier} ({other.contacts[0].channel}: {other.contacts[0].address})"
    return f"{identifier} ({whom_to_call(other, reader) or 'through the coordination centre'})"


def _named(known: dict[str, Meeting], hit: str, reference: str) -> Meeting:
    meeting = known.get(hit)
    if meeting is None:
        raise BadInputError(f"{hit}: no hit of {reference}; `leerp hits list {reference}` names those there are")
    return meeting
