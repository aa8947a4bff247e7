"""Taking evidence out: for whom, whether that reader may have it, and everything that the bag is made from.

The export is recorded before anything is written, so that whatever dies next, nothing is outside that the record does
not tell of. A bag can be made again, byte for byte, from the entry of its export.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.acts import new_act_id
from activities.contact_pins import previewed_directory
from activities.evidence import Act, EvidenceActs
from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.consents import consents
from leerp.custody import Happening, happening, of_items, stamps
from leerp.errors import BadInputError, RefusedError
from leerp.evidence import EvidenceItem
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import LOOSEST, Consent, Marking, WithheldReason, join_all, refusal
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Directory, Stakeholder
from matrices.tables import content_of
from notifications.evidence.bag import Contents, Export, chosen_items, extract_line, last_export, wanted_records
from notifications.personal_data import is_private
from records import consents as said
from records import documents, evidence, journal
from records.store import Store

_EXPORTED = JournalKind.INVESTIGATION_EVIDENCE_EXPORTED


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants to take out. `items` empty: all of them.

    `extract`: without the journal, for a reader who may not see all of the incident. `restrictions_read`: the person
    has read the restrictions in words (H3). `again`: the id of an earlier export, to be made once more as it was.
    """

    reader: str
    items: Sequence[str] = ()
    extract: bool = False
    restrictions_read: bool = False
    again: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A recorded export, ready to be written: all but the originals, which are fetched one by one."""

    contents: Contents
    export: Export
    items: tuple[EvidenceItem, ...]
    store: Store

    async def original(self, item: EvidenceItem) -> bytes:
        """The bytes of an item."""
        async with self.store.reading() as connection:
            return await documents.get(connection, item.sha256)


class Exports:
    """The way out for evidence, and the record of what was handed over."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._acts = EvidenceActs(rooms)

    async def prepare(self, reference: str, wish: Wish, *, actor: Actor, reason: str) -> Prepared:
        """Record that items are taken out for a reader, and gather what the bag is made from.

        Refused if the reader may not have one of them, or (unless it is an extract) not all that the incident holds,
        for the journal speaks of everything.
        """
        directory = await previewed_directory(self._rooms)
        async with self._acts.begun("export", reference, actor=actor, reason=reason) as act:
            need_role(actor, OFFICERS, to="take evidence out")
            earlier = await _earlier(act.tx, reference, wish)
            chosen = await self._chosen(act.tx, reference, wish, earlier)
            extract = earlier.extract if earlier else wish.extract
            markings = [(one, await evidence.marking(act.tx, reference, one)) for one in chosen]
            whole = join_all([marking for _, marking in markings] + ([] if extract else [act.incident.marking]))
            reader = earlier.reader if earlier else wish.reader
            reading = await self._reading(act.tx, directory, reference, reader, wish)
            reading.need(reference, markings, whole=None if extract else whole)
            written = await _write(act, chosen, reading.reader.id, extract=extract, marking=whole.banner, wish=wish)
        async with self._rooms.store.reading() as connection:  # it may be much to read, and nobody else need wait
            return await self._prepared(connection, reference, earlier.id if earlier else written)

    async def transfer(
        self, reference: str, wish: Wish, *, via: str, actor: Actor, reason: str, act_id: str = ""
    ) -> tuple[EvidenceItem, ...]:
        """Record that items were handed over to a stakeholder who may have them; `via` is over which way.

        `act_id`: the same again with the same id is one act.
        """
        directory = await previewed_directory(self._rooms)
        async with self._acts.begun("transfer", reference, actor=actor, reason=reason, act_id=act_id) as act:
            need_role(actor, OFFICERS, to="take evidence out")
            chosen = await evidence.get_all(act.tx, reference, wish.items)
            markings = [(one, await evidence.marking(act.tx, reference, one)) for one in chosen]
            reading = await self._reading(act.tx, directory, reference, wish.reader, wish)
            reading.need(reference, markings, whole=None)
            for one in chosen:
                data: dict[str, JsonValue] = {"item": one.id, "to": reading.reader.id, "via": via}
                await act.write(JournalKind.INVESTIGATION_EVIDENCE_TRANSFERRED, data, key=f"{act.id}/{one.id}")
            return tuple(await evidence.get_all(act.tx, reference, [one.id for one in chosen]))

    async def _chosen(
        self, tx: AsyncConnection, reference: str, wish: Wish, earlier: Export | None
    ) -> list[EvidenceItem]:
        wanted = earlier.items if earlier else wish.items
        chosen = await evidence.get_all(tx, reference, wanted) if wanted else await evidence.of_incident(tx, reference)
        if not chosen:
            raise RefusedError(f"{reference} has no evidence.", reason=RefusalReason.NOTHING_TO_DO)
        return list(chosen)

    async def _reading(
        self, tx: AsyncConnection, directory: Directory, reference: str, reader: str, wish: Wish
    ) -> "_Reading":
        known = directory.named(reader)
        if known is None:
            raise RefusedError(
                f"{reader!r} is not in the directory; evidence goes to nobody who is unknown.",
                reason=RefusalReason.UNKNOWN_SUBJECT,
            )
        words = await said.of_incident(tx, reference)
        return _Reading(
            rooms=self._rooms,
            reader=known,
            consents=consents(words, ""),
            restrictions_read=wish.restrictions_read,
            at=self._rooms.wall_clock(),
        )

    async def _prepared(self, c: AsyncConnection, reference: str, identifier: str) -> Prepared:
        """Everything as of the last entry of an export."""
        upto = await _last_of(c, reference, identifier)
        entries = [one for one in await journal.entries(c, reference) if one.seq <= upto]
        happenings = tuple(happening(one) for one in entries)
        export = last_export(happenings)
        if export.extract:
            happenings = tuple(of_items(happenings, export.items, export=export.id))
        contents = Contents(
            incident=reference,
            happenings=happenings,
            lines=_lines(reference, entries, happenings, export),
            table=await documents.get(c, export.table_sha256),
            records={},
        )
        items = chosen_items(contents, export)
        contents = await _with_documents(c, contents, items)
        return Prepared(contents, export, tuple(items), self._rooms.store)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """Whether a reader may have something, over the contact point that may carry most."""

    rooms: Rooms
    reader: Stakeholder
    consents: tuple[Consent, ...]
    restrictions_read: bool
    at: datetime

    def need(self, reference: str, items: Sequence[tuple[EvidenceItem, Marking]], *, whole: Marking | None) -> None:
        """Refuse, naming everything that this reader may not have. `whole`: of the journal, if that goes along."""
        why = {one.id: self._why(marking, one) for one, marking in items}
        wanting = [f"{identifier} ({reason.value})" for identifier, reason in why.items() if reason]
        beyond = self._why(whole, None) if whole is not None and not wanting else None
        if beyond:
            wanting = [f"the journal of {reference} ({beyond.value}; --extract leaves it out)"]
        if wanting:
            raise RefusedError(
                f"{self.reader.id} may not have {', '.join(wanting)}.", reason=RefusalReason.NOT_PERMITTED
            )

    def _why(self, marking: Marking, item: EvidenceItem | None) -> WithheldReason | None:
        if is_private(self.reader.group) and (item is None or item.source != self.reader.id):
            return WithheldReason.PERSONAL_DATA_TO_PRIVATE_PARTY
        maxima = {one.channel: self.rooms.channels.get(one.channel) for one in self.reader.contacts}
        known = {name: channel.maximum for name, channel in maxima.items() if channel}
        best_first = sorted(
            self.reader.contacts, key=lambda one: -known[one.channel].rank if one.channel in known else 1
        )
        refusals = [
            refusal(
                marking,
                self.reader.reader(contact),
                channel_maximum=known.get(contact.channel),
                consents=self.consents,
                restrictions_read=self.restrictions_read,
                at=self.at,
            )
            for contact in best_first
        ]
        return None if None in refusals else refusals[0]


async def _earlier(tx: AsyncConnection, reference: str, wish: Wish) -> Export | None:
    """The export that is wanted once more."""
    if wish.again is None:
        return None
    entries = await journal.entries(tx, reference, kinds={_EXPORTED})
    of_it = tuple(happening(one) for one in entries if one.data.get("export") == wish.again)
    if not of_it:
        raise BadInputError(f"{reference} has no export {wish.again!r}; its journal names those there were")
    return last_export(of_it)


async def _write(
    act: Act, chosen: Sequence[EvidenceItem], reader: str, *, extract: bool, marking: str, wish: Wish
) -> str:
    """One entry for each item; the id of the export."""
    export = f"X-{new_act_id()[2:]}"
    table = await documents.put(
        act.tx, content_of("evidence-conditions"), media_type="application/yaml", marking=LOOSEST.banner
    )
    for one in chosen:
        data: dict[str, JsonValue] = {
            "item": one.id,
            "export": export,
            "for": reader,
            "mode": act.incident.mode.value,
            "bag_marking": marking,
            "extract": extract,
            "table_sha256": table,
        }
        await act.write(_EXPORTED, data | ({"again": wish.again} if wish.again else {}))
    return export


async def _last_of(tx: AsyncConnection, reference: str, export: str) -> int:
    entries = await journal.entries(tx, reference, kinds={_EXPORTED})
    return max(one.seq for one in entries if one.data.get("export") == export)


def _lines(
    reference: str, entries: list[JournalEntry], happenings: tuple[Happening, ...], export: Export
) -> tuple[str, ...]:
    if export.extract:
        return tuple(extract_line(reference, one) for one in happenings)
    return tuple(one.line for one in entries)


async def _with_documents(c: AsyncConnection, contents: Contents, items: list[EvidenceItem]) -> Contents:
    """The same with the documents that its entries name; originals are fetched one by one, while they are written."""
    stamped = stamps(contents.happenings)
    return replace(
        contents,
        records=await documents.get_all(c, wanted_records(items)),
        tokens=await documents.get_all(c, {one.token for one in stamped}),
        authorities=await documents.get_all(c, {one.authority for one in stamped}),
    )
