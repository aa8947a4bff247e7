"""Activities about the permission of providers (H2): asking for it, writing it down, acting on it.

Regulation (EU) 2016/794 Art. 19(2), 22(1) and 23(6): without the provider's permission nobody else gets it; it may be
given in advance, and taken back at any time for what has not been sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contact_pins import usable_directory
from activities.delivery_planning import planner_of
from activities.facts import note
from activities.messages import ConsentRecorded, DeliverBatch, NoticeTask, ProvidersAnswered, RecordConsent, Tally
from activities.planned_deliveries import DeliveryPlanner, PlannedDelivery
from activities.provider_notices import keep, provider_notice, restricted_by
from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.consents import ConsentWord, answers
from leerp.consents import consents as standing
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.marking import HandlingCode, WithheldReason, unasked
from leerp.notices import DeliveryState, Notice
from leerp.protocol import RefusalReason
from leerp.restrictions import ConsentAct
from leerp.stakeholders import Directory
from notifications.context import ProviderWord
from records import consents, incidents, journal, ledger, notices, withholding
from records.ledger import LedgerRow

Lacking = Mapping[str, frozenset[str]]
"""For each reader, the providers whose permission is all that is missing."""


class PermissionActivities:
    """What providers are asked and say."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="permission.record")
    async def record(self, request: RecordConsent) -> ConsentRecorded:
        """Write down a provider's word; what was planned with a permission that it takes back is not sent any more."""
        await self.rooms.incident(request.incident)
        known = self.rooms.directory().by_id().keys()
        async with self.rooms.store.writing() as tx:
            readers = await _meant(tx, request, known)
            words = [_word(request, reader) for reader in readers]
            await consents.put(tx, words)
            rows = [] if request.given else await _without(tx, request.incident, readers)
            await withholding.withhold(tx, rows, WithheldReason.PROVIDER_CONSENT_MISSING, at=request.at)
            kind = JournalKind.DELIVERY_CONSENT_GIVEN if request.given else JournalKind.DELIVERY_CONSENT_REFUSED
            entry = await note(tx, request, kind, _consent_data(request, readers))
            await _note_withheld(tx, request, rows)
        return ConsentRecorded(journal_seq=entry.seq, readers=len(readers), withheld=len(rows))

    @activity.defn(name="permission.answered")
    async def answered(self, request: ProvidersAnswered) -> Tally:
        """Plan the lines that waited, as far as the providers have answered; the others go on waiting.

        With `final` nothing waits any more: who may see a part without the missing permissions gets that part.
        """
        directory = await usable_directory(self.rooms)
        async with self.rooms.store.reading() as connection:
            notice = await notices.get(connection, request.notice)
            planner = await planner_of(connection, notice, self.rooms, directory=directory, at=request.at)
            rows = await withholding.without_consent(connection, request.notice)
            asked = await unanswered(connection, notice, planner.lacking([row.planned.reader.id for row in rows]))
        ready = [row for row in rows if request.final or row.planned.reader.id not in asked]
        plans = planner.first([row.planned.reader.id for row in ready], former={})
        due = [(row, plan) for row, plan in zip(ready, plans, strict=True) if plan.variant]
        async with self.rooms.store.writing() as tx:
            if await withholding.stopped(tx, request.notice):
                return Tally(total=0, pending=0)
            await need_same_consents(tx, notice, planner)
            moved = await _reopen(tx, request, due)
            if request.final and asked:
                data: dict[str, JsonValue] = {"notice": request.notice, "readers": [*sorted(asked)]}
                await note(tx, request, JournalKind.DELIVERY_CONSENT_OVERDUE, data)
        return Tally(total=len(rows), pending=moved, awaiting=0 if request.final else len(asked))


async def record_late(rooms: Rooms, reference: str, act: ConsentAct, *, at: datetime) -> ConsentRecorded:
    """Write down what a provider says after the incident has ended: for the record, and nothing is sent for it.

    A refusal still withholds what has not been sent. RefusedError while the incident runs, or without the role.
    """
    need_role(act.actor, OFFICERS)
    if not (await rooms.incident(reference)).status.ended:
        raise RefusedError(f"{reference} has not ended; nothing was written down.", reason=RefusalReason.WRONG_PHASE)
    said = act.model_dump(include={"provider", "readers", "given", "notice", "via", "reason"})
    request = RecordConsent(incident=reference, at=at, key=f"act/{act.act}", actor=act.actor.id, **said)
    if not act.given:
        return await PermissionActivities(rooms).record(request)
    async with rooms.store.writing() as tx:
        readers = await _meant(tx, request, rooms.directory().by_id().keys())
        data = _consent_data(request, readers) | {"after_end": True}
        entry = await note(tx, request, JournalKind.DELIVERY_CONSENT_GIVEN, data)
    return ConsentRecorded(journal_seq=entry.seq, readers=len(readers), withheld=0)


def _consent_data(request: RecordConsent, readers: Sequence[str]) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {"provider": request.provider, "readers": list(readers)}
    return data | {"notice": request.notice, "via": request.via, "reason": request.reason}


async def ask(
    tx: AsyncConnection, request: NoticeTask, notice: Notice, *, lacking: Lacking, directory: Directory
) -> tuple[str, ...]:
    """Ask every provider for these readers: a journal entry, and a notice to it. The ids of these notices."""
    if not lacking:
        return ()
    by_provider: dict[str, list[str]] = {}
    for reader, providers in sorted(lacking.items()):
        for provider in providers:
            by_provider.setdefault(provider, []).append(reader)
    incident = await incidents.get(tx, request.incident)
    until = request.at + timedelta(minutes=incident.policy.consent_within_minutes)
    made = []
    for provider, readers in sorted(by_provider.items()):
        about = restricted_by(notice, provider, HandlingCode.H2)
        word = ProviderWord(
            provider=provider, notice=notice.id, kind=notice.kind, readers=tuple(readers), by=until, portions=about
        )
        made.append(provider_notice(incident, directory, word, key=request.key, at=request.at))
        data: dict[str, JsonValue] = {"notice": notice.id, "provider": provider, "readers": list(readers)}
        data |= {"asked_by": made[-1].id}
        await note(tx, request, JournalKind.DELIVERY_CONSENT_ASKED, data, subject=provider)
    await keep(tx, made, directory, readers=sorted(by_provider), by=request.actor)
    return tuple(one.id for one in made)


async def need_same_consents(tx: AsyncConnection, notice: Notice, planner: DeliveryPlanner) -> None:
    """Fail, to be tried again, when a provider's word has come since the plan was made; until the end none does."""
    now = standing(await consents.of_incident(tx, notice.incident), notice.id)
    if set(now) != set(planner.consents):
        raise ApplicationError("A provider has answered meanwhile; the deliveries are planned anew.", type="try_again")


async def unanswered(c: AsyncConnection, notice: Notice, lacking: Lacking) -> dict[str, frozenset[str]]:
    """The same, without the providers who have answered for that reader, and without readers for whom all have."""
    said = answers(await consents.of_incident(c, notice.incident), notice.id) if lacking else {}
    left = {
        reader: frozenset(one for one in providers if (one, reader) not in said)
        for reader, providers in lacking.items()
    }
    return {reader: providers for reader, providers in left.items() if providers}


async def hold_back(rooms: Rooms, request: DeliverBatch) -> None:
    """Withhold what is still to be sent and must not be any more: of a stopped notice, or for want of a permission.

    Most of it was withheld when that was decided. This finds what was being sent then, and has come back unsent.
    """
    async with rooms.store.reading() as connection:
        reason = await withholding.stopped(connection, request.notice)
        rows = await ledger.pending(
            connection, request.notice, first=request.first, after=request.after, channel=request.channel
        )
        rows = rows if reason else await _lost(connection, rows)
    if not rows:
        return
    async with rooms.store.writing() as tx:
        await withholding.withhold(tx, rows, reason or WithheldReason.PROVIDER_CONSENT_MISSING, at=request.at)
        await _note_withheld(tx, request, rows, reason=reason)


def _word(request: RecordConsent, reader: str) -> ConsentWord:
    return ConsentWord(
        incident=request.incident,
        notice=request.notice,
        provider=request.provider,
        reader=reader,
        given=request.given,
        at=request.at,
        actor=request.actor,
        via=request.via,
    )


async def _meant(tx: AsyncConnection, request: RecordConsent, known: Iterable[str]) -> tuple[str, ...]:
    """The readers a word is about: those named, or those whom the provider was asked about."""
    asked = {
        str(reader)
        for entry in await journal.entries(tx, request.incident, kinds={JournalKind.DELIVERY_CONSENT_ASKED})
        if entry.data["provider"] == request.provider and entry.data["notice"] == request.notice
        for reader in _list(entry.data["readers"])
    }
    if request.notice is not None and (await notices.get(tx, request.notice)).incident != request.incident:
        sentence = f"{request.notice} is no notice of {request.incident}; nothing was written down."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    unknown = {request.provider, *request.readers} - {*known, *asked}
    if unknown:
        sentence = f"{', '.join(sorted(unknown))}: not in the directory; nothing was written down."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    if not request.readers and not asked:
        sentence = f"{request.provider} was not asked about {request.notice or 'that'}; name the readers (--readers)."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return tuple(sorted(set(request.readers) or asked))


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


async def _without(c: AsyncConnection, incident: str, readers: Iterable[str]) -> list[LedgerRow]:
    """The lines to these readers that nobody has begun to send, and that lack a permission now."""
    return await _lost(c, await withholding.waiting_in(c, incident, set(readers)))


async def _lost(c: AsyncConnection, rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """Those among lines whose variant holds something for which the permission is not there any more."""
    suspected = [row for row in rows if row.planned.marking and unasked(row.planned.marking, row.planned.reader.id, ())]
    if not suspected:
        return []
    words = await consents.of_incident(c, suspected[0].incident)
    lifted = {name: (await notices.get(c, name)).restrictions_lifted for name in {row.notice for row in suspected}}
    return [
        row
        for row in suspected
        if row.planned.marking
        and not lifted[row.notice]
        and unasked(row.planned.marking, row.planned.reader.id, standing(words, row.notice))
    ]


async def _reopen(tx: AsyncConnection, request: ProvidersAnswered, due: list[tuple[LedgerRow, PlannedDelivery]]) -> int:
    """Plan these lines after all; how many it were."""
    moved = [plan for row, plan in due if await withholding.reopen(tx, row, plan.planned, at=request.at)]
    await ledger.store_variants(tx, request.notice, [plan.variant for plan in moved if plan.variant])
    if moved:
        data: dict[str, JsonValue] = {"notice": request.notice, "kind": request.kind.value}
        data |= {"planned": len(moved), "withheld": 0}
        await note(tx, request, JournalKind.DELIVERY_READERS_PLANNED, data)
    return len(moved)


async def _note_withheld(
    tx: AsyncConnection,
    request: RecordConsent | DeliverBatch,
    rows: Iterable[LedgerRow],
    *,
    reason: WithheldReason | None = None,
) -> None:
    """Say which lines were withheld after all; a message that was begun may have gone all the same."""
    by_notice: dict[str, list[JsonValue]] = {}
    for row in rows:
        because = (reason or WithheldReason.PROVIDER_CONSENT_MISSING).value
        line: dict[str, JsonValue] = {"reader": row.planned.reader.id, "reason": because}
        line |= {"may_have_gone": True} if row.state is DeliveryState.SENDING else {}
        by_notice.setdefault(row.notice, []).append(line)
    for notice, readers in by_notice.items():
        data: dict[str, JsonValue] = {"notice": notice, "readers": readers}
        await note(tx, request, JournalKind.DELIVERY_READER_WITHHELD, data, subject=notice)
