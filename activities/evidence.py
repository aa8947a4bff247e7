"""What officers do with evidence: add, describe, look at, check, hand over, and say what it may be used as.

Each act is one transaction with its entry in the journal: nobody is shown or given anything that is not recorded. None
of it changes where an incident stands, so none of it needs a running incident; a court asks years after closure.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.acts import new_act_id
from activities.roles import STAFF, need_role
from activities.rooms import Rooms
from leerp import __version__, canonical
from leerp.custody import evidence_id
from leerp.errors import BadInputError, RefusedError
from leerp.evidence import (
    MAX_EVIDENCE_BYTES,
    Acquisition,
    Description,
    EvidenceItem,
    EvidenceStatus,
    Judgement,
)
from leerp.formats.texts import line
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import Marking, join_all
from leerp.model import Model
from leerp.protocol import Actor, RefusalReason
from matrices.evidence_conditions import Subject, judge, shipped_evidence_conditions, standing_in_the_way
from matrices.tables import content_of
from notifications.evidence.bag import covered
from records import documents, evidence, incidents, journal
from records.incidents import StoredIncident
from records.statements import hold

TOOL = f"leerp {__version__}"
_JSON = "application/json"


class NewFile(NamedTuple):
    """A file to be added. `marking` None: as high as the incident. `derived_from`: items that it was made from."""

    name: str
    content: bytes
    source: str
    marking: Marking | None = None
    derived_from: Sequence[str] = ()


class Standing(NamedTuple):
    """An item, what people said of it, and the ten judgements."""

    item: EvidenceItem
    description: Description
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class Act:
    """One act on evidence: in its transaction, by whom, and why. `id`: one act, however often it is sent."""

    tx: AsyncConnection
    incident: StoredIncident
    actor: Actor
    reason: str
    at: datetime
    id: str

    async def write(self, kind: JournalKind, data: dict[str, JsonValue], *, key: str = "") -> JournalEntry:
        """Its entry; each is one of its own unless a key says otherwise."""
        return await journal.append(
            self.tx,
            incident=self.incident.reference,
            at=self.at,
            actor=self.actor.id,
            kind=kind,
            data=data | {"reason": self.reason, "tool": TOOL},
            key=f"evidence/{key or new_act_id()}",
        )


class EvidenceActs:
    """The acts, each refused with a reason of the closed list, and the refusal recorded."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    async def listing(self, reference: str) -> tuple[EvidenceItem, ...]:
        """The items of an incident; raises BadInputError when there is no such incident."""
        async with self.rooms.store.reading() as connection:
            await incidents.get(connection, reference)
            return await evidence.of_incident(connection, reference)

    async def standing(self, reference: str, item: str) -> Standing:
        """What is known of an item. Its content is not shown, so nothing is recorded."""
        async with self.rooms.store.reading() as connection:
            return await _standing(connection, reference, item)

    async def add(
        self, reference: str, new: NewFile, *, description: Description, actor: Actor, reason: str
    ) -> EvidenceItem:
        """Keep a file as evidence; the same bytes of the same source again change nothing.

        Refused without a lawful basis, which has to be recorded before or when something is taken in.
        """
        if not new.content or len(new.content) > MAX_EVIDENCE_BYTES:
            limit = MAX_EVIDENCE_BYTES // 2**20
            raise BadInputError(f"{new.name}: an item has between 1 byte and {limit} MiB; this one has not")
        async with self.begun("add", reference, actor=actor, reason=reason) as act:
            if description.basis is None:
                raise RefusedError(
                    "Evidence is taken in on a lawful basis; name it (--basis).", reason=RefusalReason.CONDITIONS_UNMET
                )
            source = self._source(new.source)
            sha256 = hashlib.sha256(new.content).hexdigest()
            identifier = evidence_id(reference, source, sha256)
            known = {one.id for one in await evidence.of_incident(act.tx, reference)}
            if identifier not in known:
                await self._take_in(act, new._replace(source=source), identifier)
                await _describe(act, await evidence.get(act.tx, reference, identifier), description)
            return await evidence.get(act.tx, reference, identifier)

    def _source(self, name: str) -> str:
        known = self.rooms.directory().named(name)
        if known is None:
            raise RefusedError(
                f"{name!r} is not in the directory; add it there, or name who gave it with --from.",
                reason=RefusalReason.UNKNOWN_SUBJECT,
            )
        return known.id

    async def _take_in(self, act: Act, new: NewFile, identifier: str) -> None:
        reference = act.incident.reference
        sources = await evidence.get_all(act.tx, reference, new.derived_from)
        whole = act.incident.marking if new.marking is None else new.marking
        marking = join_all([whole, *[await evidence.marking(act.tx, reference, one) for one in sources]])
        acquisition = Acquisition(
            name=line(new.name, otherwise="file"),
            source=new.source,
            marking=marking,
            derived_from=tuple(one.id for one in sources),
        )
        banner = marking.banner
        sha256 = await documents.put(act.tx, new.content, media_type="application/octet-stream", marking=banner)
        data: dict[str, JsonValue] = {
            "item": identifier,
            "source": new.source,
            "sha256": sha256,
            "bytes": len(new.content),
            "marking": banner,
            "record": await _put(act.tx, acquisition, marking=banner),
        }
        kind = JournalKind.INVESTIGATION_EVIDENCE_ACQUIRED
        if sources:
            kind = JournalKind.INVESTIGATION_EVIDENCE_DERIVED
            data["from"] = [one.id for one in sources]
        await act.write(kind, data, key=f"acquired/{identifier}")
        await incidents.raise_marking(act.tx, reference, marking)

    async def describe(
        self, reference: str, item: str, description: Description, *, actor: Actor, reason: str, act_id: str = ""
    ) -> Standing:
        """Record what more is known of an item; what was said before stays in the record.

        `act_id`: the same again with the same id is one act, here and below.
        """
        if description.says_nothing:
            raise BadInputError("the description says nothing; fill in what is known")
        async with self.begun("describe", reference, actor=actor, reason=reason, act_id=act_id) as act:
            await _describe(act, await evidence.get(act.tx, reference, item), description)
            return await _standing(act.tx, reference, item)

    async def show(self, reference: str, item: str, *, actor: Actor, reason: str) -> bytes:
        """The content of an item, once it is recorded that this person has looked, and why."""
        async with self.begun("show", reference, actor=actor, reason=reason) as act:
            found = await evidence.get(act.tx, reference, item)
            await act.write(JournalKind.INVESTIGATION_EVIDENCE_ACCESSED, {"item": found.id})
            return await documents.get(act.tx, found.sha256)

    async def check(self, reference: str, *, actor: Actor, reason: str, act_id: str = "") -> tuple[EvidenceItem, ...]:
        """Hash the stored bytes of every item again; those that are not what came in, with the fact recorded."""
        async with self.begun("check", reference, actor=actor, reason=reason, act_id=act_id) as act:
            items = await evidence.of_incident(act.tx, reference)
            if not items:
                raise RefusedError(f"{reference} has no evidence.", reason=RefusalReason.NOTHING_TO_DO)
            changed = [one for one in items if not await _intact(act.tx, one)]
            data: dict[str, JsonValue] = {
                "items": [one.id for one in items],
                "changed": [one.id for one in changed],
            }
            await act.write(JournalKind.INVESTIGATION_EVIDENCE_VERIFIED, data, key=act.id)
            return tuple(changed)

    async def set_status(
        self, reference: str, item: str, status: EvidenceStatus, *, actor: Actor, reason: str
    ) -> Standing:
        """Say what an item may be used as. A higher status is refused while a condition stands in the way of it."""
        async with self.begun("status", reference, actor=actor, reason=reason) as act:
            before = await _standing(act.tx, reference, item)
            if before.item.status is status:
                raise RefusedError(f"{before.item.id} is {status.value} already.", reason=RefusalReason.NOTHING_TO_DO)
            if status.rank > before.item.status.rank:
                _need_conditions(before, status, intact=await _intact(act.tx, before.item))
            table = content_of("evidence-conditions")
            data: dict[str, JsonValue] = {
                "item": before.item.id,
                "before": before.item.status.value,
                "status": status.value,
                "verdicts": {one.condition.value: one.verdict.value for one in before.judgements},
                "table": shipped_evidence_conditions().version,
                "table_sha256": hashlib.sha256(table).hexdigest(),
            }
            await act.write(JournalKind.INVESTIGATION_EVIDENCE_STATUS_SET, data)
            return await _standing(act.tx, reference, item)

    @asynccontextmanager
    async def begun(
        self, name: str, reference: str, *, actor: Actor, reason: str, act_id: str = ""
    ) -> AsyncIterator[Act]:
        """One act, in its transaction. A refusal undoes all of it and leaves a line in the journal."""
        try:
            _need_person(actor, reason)
            incident = await self.rooms.incident(reference)
            at = self.rooms.wall_clock()
            async with self.rooms.store.writing() as tx:
                await hold(tx, f"evidence/{reference}")  # what one act judges by, no other changes meanwhile
                yield Act(tx, incident, actor, reason, at, act_id or new_act_id())
        except RefusedError as error:
            await self._note_refusal(name, reference, actor, error)
            raise

    async def _note_refusal(self, name: str, reference: str, actor: Actor, error: RefusedError) -> None:
        data: dict[str, JsonValue] = {"act": f"evidence_{name}", "why": error.reason, "sentence": error.sentence[:500]}
        async with self.rooms.store.writing() as tx:
            await incidents.get(tx, reference)
            await journal.append(
                tx,
                incident=reference,
                at=self.rooms.wall_clock(),
                actor=actor.id,
                kind=JournalKind.DESK_ACT_REFUSED,
                data=data,
                key=f"refused/{new_act_id()}",
            )


def _need_person(actor: Actor, reason: str) -> None:
    need_role(actor, STAFF)
    if not reason.strip():
        raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)


async def _standing(c: AsyncConnection, reference: str, identifier: str) -> Standing:
    items = await evidence.of_incident(c, reference)
    item = await evidence.get(c, reference, identifier)
    description = await evidence.description(c, item)
    stamped = covered(item, await evidence.stamps_of(c, reference))
    subject = Subject(item, description, {one.id for one in items}, stamped)
    return Standing(item, description, judge(subject))


def _need_conditions(before: Standing, status: EvidenceStatus, *, intact: bool) -> None:
    """Refuse a status that something stands in the way of, and name all of it. Nobody can overrule it."""
    wanting = [f"{one.condition.value} ({one.why})" for one in standing_in_the_way(before.judgements, status)]
    if not intact:
        wanting.insert(0, "original-kept (the stored bytes are not those that came in)")
    if wanting:
        raise RefusedError(
            f"{before.item.id} cannot be {status.value}: {'; '.join(wanting)}.", reason=RefusalReason.CONDITIONS_UNMET
        )


async def _intact(c: AsyncConnection, item: EvidenceItem) -> bool:
    content = await documents.find(c, item.sha256)
    return content is not None and hashlib.sha256(content).hexdigest() == item.sha256


async def _describe(act: Act, item: EvidenceItem, description: Description) -> None:
    document = await _put(act.tx, description, marking=item.marking)
    await act.write(
        JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED,
        {"item": item.id, "description": document, "says": [name for name, value in description if value is not None]},
        key=f"{act.id}/described",
    )


async def _put(tx: AsyncConnection, document: Model, *, marking: str) -> str:
    content = canonical.dumps(document.model_dump(mode="json", exclude_none=True))
    return await documents.put(tx, content, media_type=_JSON, marking=marking)
