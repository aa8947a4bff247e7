"""What becomes of a contribution that was read: pooled, or kept until a person has confirmed it.

What was read from prose, or with rows left out, is stored whole (its bytes, and the list that was found) and nothing of
it is pooled before somebody has looked at the list. Everything here is one transaction with its journal entries.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.flagging import flagged, silent_among
from activities.private_data_routing import Given, route
from activities.roles import STAFF, need_role
from activities.rooms import Rooms
from leerp import __version__
from leerp.contributions import (
    Contribution,
    ContributionOutcome,
    ContributionReceipt,
    FlaggedObservable,
    PendingContribution,
)
from leerp.errors import BadInputError, RefusedError
from leerp.formats.contributed import Contributed
from leerp.journal import JournalKind
from leerp.marking import HandlingCode
from leerp.notices import Mode
from leerp.observables import Observable
from leerp.protocol import Actor, RefusalReason, Signal
from records import contributions, documents, incidents, journal, moving, outbox, pending
from records.sightings import key
from records.statements import hold
from records.store import Store


class _Taken(NamedTuple):
    """A contribution that is being taken in: what was read, from which bytes, for which incident, when, by whom."""

    read: Contributed
    raw: bytes
    reference: str
    at: datetime
    by: str


async def take_in(
    rooms: Rooms, read: Contributed, raw: bytes, *, reference: str, at: datetime, by: str
) -> ContributionReceipt:
    """Pool what was read, or keep it until a person confirms it. The same again changes nothing."""
    flags = flagged(read.contribution.observables)
    taken = _Taken(read, raw, reference, at, by)
    async with rooms.store.writing() as tx:
        mode = await _need_open(tx, reference, rooms.mode)
        earlier = await contributions.find(tx, read.contribution, mode=mode)
        if earlier is not None:
            outcome = ContributionOutcome.DUPLICATE
            return ContributionReceipt(contribution=earlier.id, incident=earlier.incident, outcome=outcome)
        if read.confirm:
            kept = await _keep_pending(tx, rooms, taken, flags, mode=mode)
            return _receipt(read, flags, kept.id, kept.incident, ContributionOutcome.PENDING, kept.raw_sha256)
        stored = await _pool(tx, rooms, taken, flags)
    outcome = ContributionOutcome.POOLED
    return _receipt(read, flags, stored.id, reference, outcome, stored.raw_sha256)


async def _need_open(tx: AsyncConnection, reference: str, mode: Mode) -> Mode:
    await hold(tx, f"intake/{mode}")  # whoever merges it meanwhile waits, or has done it before this looks
    incident = await incidents.get(tx, reference)
    if incident.mode is not mode:
        raise BadInputError(f"{reference} is {incident.mode.value}; this desk serves {mode.value} only")
    into = await moving.merged_into(tx, reference)
    if into is not None:
        raise BadInputError(f"{reference} was merged, and what it held is in {into} now; contribute there")
    if incident.status.ended:
        raise BadInputError(f"{reference} has ended; report what is new instead of contributing to it")
    return incident.mode


def _receipt(
    read: Contributed,
    flags: tuple[FlaggedObservable, ...],
    identifier: str,
    incident: str,
    outcome: ContributionOutcome,
    raw_sha256: str,
) -> ContributionReceipt:
    return ContributionReceipt(
        contribution=identifier,
        incident=incident,
        outcome=outcome,
        format=read.format,
        observables=len(read.contribution.observables),
        raw_sha256=raw_sha256,
        without_legal_basis=read.contribution.legal_basis is None,
        found=read.contribution.observables if outcome is ContributionOutcome.PENDING else (),
        flagged=flags,
        refused=read.refused,
        refused_rows=len(read.refused),
        notes=read.notes,
    )


async def _keep_pending(
    tx: AsyncConnection, rooms: Rooms, taken: _Taken, flags: tuple[FlaggedObservable, ...], *, mode: Mode
) -> PendingContribution:
    """Keep the bytes and the draft. Personal data of a private party is routed now: the centre has it from now on."""
    read, contribution = taken.read, taken.read.contribution
    identifier = contributions.contribution_id(contribution.contributor, contribution.id, mode=mode)
    banner = contribution.marking.banner
    raw, draft = await documents.put_all(
        tx,
        [
            documents.Document(taken.raw, "application/octet-stream", banner),
            documents.Document(_dump(contribution), "application/json", banner),
        ],
    )
    waiting = await pending.find(tx, taken.reference, identifier)
    if waiting is not None:
        if not await _same(tx, waiting, contribution):
            raise BadInputError(
                f"{identifier} waits already, and something else was said of the same file; confirm it as it is, or"
                " discard it first (leerp contribution discard)"
            )
        return waiting
    kept = PendingContribution(
        id=identifier,
        incident=taken.reference,
        contributor=contribution.contributor,
        at=taken.at,
        marking=banner,
        format=read.format,
        observables=len(contribution.observables),
        flagged=len(flags),
        refused_rows=len(read.refused),
        raw_sha256=raw,
        draft_sha256=draft,
    )
    await pending.put(tx, kept, by=taken.by)
    await incidents.raise_marking(tx, taken.reference, contribution.marking)
    await _route(tx, rooms, contribution, identifier, taken.reference, at=taken.at)
    return kept


async def _pool(
    tx: AsyncConnection,
    rooms: Rooms,
    taken: _Taken,
    flags: tuple[FlaggedObservable, ...],
    *,
    confirmed: dict[str, JsonValue] | None = None,
) -> contributions.StoredContribution:
    """Store a contribution, and let the incident know; `confirmed`: who did, and what was left out."""
    contribution, reference = taken.read.contribution, taken.reference
    stored = await contributions.store(
        tx,
        contribution=contribution,
        raw=taken.raw,
        received_at=taken.at,
        incident=reference,
        silent=silent_among(flags),
    )
    await incidents.raise_marking(tx, reference, contribution.marking)
    codes = sorted({item.code.value for item in contribution.marking.handling if item.code is not HandlingCode.H0})
    data: dict[str, JsonValue] = {
        "contribution": stored.id,
        "contributor": contribution.contributor,
        "marking": contribution.marking.banner,
        "legal_basis": contribution.legal_basis,
        "raw_sha256": stored.raw_sha256,
        "tool": f"leerp {__version__}",
        "format": taken.read.format.value,
        "grade": str(contribution.grade) if contribution.grade else None,
        "handling": list[JsonValue](codes),
        "provenance": contribution.provenance is not None,
        "observables": len(contribution.observables),
        "silent": sum(one.silent for one in flags),
        **(confirmed or {}),
    }
    await journal.append(
        tx,
        incident=reference,
        at=taken.at,
        actor=taken.by,
        kind=JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED,
        data=data,
        key=f"contributed/{stored.id}",
    )
    await _route(tx, rooms, contribution, stored.id, reference, at=taken.at)
    await outbox.post(tx, incident=reference, signal=Signal.CONTRIBUTION, subject=stored.id)
    return stored


async def _route(
    tx: AsyncConnection, rooms: Rooms, contribution: Contribution, item: str, reference: str, *, at: datetime
) -> None:
    classification = (await incidents.get(tx, reference)).classification
    countries = classification.facts.countries if classification else ()
    comments = [one.comment for one in contribution.details if one.comment]
    texts = (contribution.title, contribution.narrative, *comments)
    given = Given(item, contribution.contributor, texts, contribution.observables, countries)
    await route(tx, rooms.directory(), given, incident=reference, at=at)


class PendingActs:
    """What people do about contributions that wait for them."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._store: Store = rooms.store

    async def listing(self, reference: str) -> list[PendingContribution]:
        """Those of an incident that wait; raises BadInputError when there is no such incident."""
        async with self._store.reading() as connection:
            await incidents.get(connection, reference)
            return await pending.of_incident(connection, reference)

    async def show(self, reference: str, identifier: str) -> ContributionReceipt:
        """What a person is asked to confirm: the list that was found."""
        async with self._store.reading() as connection:
            kept = await self._waiting(connection, reference, identifier)
            contribution = await _draft(connection, kept)
        read = Contributed(contribution, kept.format, confirm=True)
        flags = flagged(contribution.observables)
        shown = _receipt(read, flags, kept.id, reference, ContributionOutcome.PENDING, kept.raw_sha256)
        return shown.model_copy(update={"refused_rows": kept.refused_rows})

    async def confirm(
        self,
        reference: str,
        identifier: str,
        *,
        actor: Actor,
        at: datetime,
        without: Collection[str] = (),
        reason: str = "",
    ) -> ContributionReceipt:
        """Pool it on a person's word, without the observables that the person leaves out (`kind:value`)."""
        need_role(actor, STAFF)
        async with self._store.reading() as connection:
            kept = await self._waiting(connection, reference, identifier)
            contribution = _without(await _draft(connection, kept), without)
            raw = await documents.get(connection, kept.raw_sha256)
        flags = flagged(contribution.observables)
        taken = _Taken(Contributed(contribution, kept.format, confirm=True), raw, reference, at, actor.id)
        said: dict[str, JsonValue] = {"confirmed_by": actor.id, "left_out": len(without), "reason": reason}
        async with self._store.writing() as tx:
            await _need_open(tx, reference, self._rooms.mode)
            await self._waiting(tx, reference, identifier)  # somebody else may have been quicker
            stored = await _pool(tx, self._rooms, taken, flags, confirmed=said)
        read, outcome = taken.read, ContributionOutcome.POOLED
        return _receipt(read, flags, stored.id, reference, outcome, stored.raw_sha256)

    async def discard(self, reference: str, identifier: str, *, actor: Actor, at: datetime, reason: str) -> None:
        """Do not pool it. Its bytes stay: nothing that was accepted is thrown away."""
        need_role(actor, STAFF)
        if not reason.strip():
            raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)
        async with self._store.writing() as tx:
            kept = await self._waiting(tx, reference, identifier)
            await pending.discard(tx, kept, by=actor.id, at=at, reason=reason)

    async def _waiting(self, c: AsyncConnection, reference: str, identifier: str) -> PendingContribution:
        await incidents.get(c, reference)
        kept = await pending.find(c, reference, identifier)
        if kept is None:
            raise RefusedError(
                f"{identifier} does not wait for a confirmation in {reference}; those that do are named by"
                f" `leerp contribution pending {reference}`.",
                reason=RefusalReason.NOTHING_TO_DO,
            )
        return kept


def _dump(contribution: Contribution) -> bytes:
    return contribution.model_dump_json().encode()


async def _same(c: AsyncConnection, kept: PendingContribution, contribution: Contribution) -> bool:
    """Whether a file that is handed in again says the same; only the time may be another."""
    before = await _draft(c, kept)
    return before == contribution.model_copy(update={"contributed_at": before.contributed_at})


async def _draft(c: AsyncConnection, kept: PendingContribution) -> Contribution:
    return Contribution.model_validate_json(await documents.get(c, kept.draft_sha256))


def _without(contribution: Contribution, without: Collection[str]) -> Contribution:
    """The contribution without some observables. It does not repeat in a message what it does not find."""
    named: dict[str, Observable] = {key(one): one for one in contribution.observables}
    unknown = sum(value not in named for value in without)
    if unknown:
        raise BadInputError(
            f"--without: {unknown} of {len(without)} are not in the list; write each as it stands there, kind:value"
        )
    left_out = {named[value] for value in without}
    return contribution.model_copy(
        update={
            "observables": tuple(one for one in contribution.observables if one not in left_out),
            "details": tuple(one for one in contribution.details if one.observable not in left_out),
        }
    )
