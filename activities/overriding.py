"""The life-threat override (DESIGN rule 6; Regulation (EU) 2016/794 Art. 22(2)), and telling the providers of it.

What goes to the Member States, and what tells the providers, is fixed in one transaction: there is no instant at which
the one is on its way and the other is not.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.delivery_planning import planner_of
from activities.facts import note
from activities.messages import Lifted, LiftRestrictions
from activities.notice_making import notice_id
from activities.planned_deliveries import DeliveryPlanner, PlannedDelivery
from activities.provider_notices import keep, provider_notice, restricted_by
from activities.rooms import Rooms
from leerp.countries import EU_MEMBER_STATES
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.marking import SET_BY_PROVIDER, Consent, HandlingCode, Level, Marking, Reader, refusal
from leerp.notices import Notice, Portion, Relation, Section
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory, Group
from notifications.context import ProviderWord
from notifications.portions import structure
from notifications.templating import statement
from records import contributions, ledger, notices, reports, withholding
from records.incidents import StoredIncident

AUTHORITIES = (Group.LIAISON_BUREAU, Group.LE_POC, Group.CSIRT_NETWORK)
"""The groups that answer for their country; a company in a Member State is not the Member State."""


@dataclass(frozen=True)
class _Source:
    """Who gave a piece of information, and under which marking."""

    provider: str
    marking: Marking


class OverridingActivities:
    """Setting the restrictions of providers aside, for named readers and one notice."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="permission.override")
    async def override(self, request: LiftRestrictions) -> Lifted:
        """Send the notice to these readers whatever its providers have restricted, and tell each of the providers.

        Clearance and the channel's maximum are no restrictions of a provider: what they keep back stays back.
        """
        incident = await self.rooms.incident(request.incident)
        directory = await usable_directory(self.rooms)
        _need_authorities(request.readers, directory)
        async with self.rooms.store.reading() as connection:
            notice = await _standing(connection, request)
            before = await planner_of(connection, notice, self.rooms, directory=directory, at=request.at)
            copy = _copy(notice, incident, request)
            planner = await planner_of(connection, copy, self.rooms, directory=directory, at=request.at)
            sources = await _sources(connection, request.incident)
        readers = tuple(sorted(set(request.readers)))
        plans = await asyncio.to_thread(planner.first, readers, former={})
        told = self._concerned(notice, plans, sources, request, consents=before.consents)
        if not told:
            raise RefusedError(_nothing(notice, plans), reason=RefusalReason.NOTHING_TO_DO)
        words = [_word(notice, provider, reached, request) for provider, reached in sorted(told.items())]
        made = [provider_notice(incident, directory, word, key=request.key, at=request.at) for word in words]
        messages = await asyncio.to_thread(self._planned, made, words, directory, request)
        async with self.rooms.store.writing() as tx:
            version = directory.version
            await notices.save(tx, copy, audience=readers, directory_version=version, at=request.at)
            read = notice.restrictions_read
            await notices.release(tx, copy.id, at=request.at, by=request.actor, restrictions_read=read)
            await keep(tx, made, directory, readers=[word.provider for word in words], by=request.actor)
            for one, planned in [(copy, plans), *zip(made, messages, strict=True)]:
                await _plan(tx, one, planned, request)
            entry = await note(
                tx, request, JournalKind.DELIVERY_RESTRICTION_LIFTED, _data(request, copy, made, told, plans)
            )
        return Lifted(
            journal_seq=entry.seq,
            notice=copy.id,
            kind=copy.kind,
            providers=tuple(sorted(told)),
            provider_notices=tuple(one.id for one in made),
            without=tuple(_without(plans)),
        )

    def _concerned(
        self,
        notice: Notice,
        plans: Sequence[PlannedDelivery],
        sources: Sequence[_Source],
        request: LiftRestrictions,
        *,
        consents: Collection[Consent],
    ) -> dict[str, list[str]]:
        """Whose restrictions are set aside, and for whom: only where something goes out that would not have gone."""
        told: dict[str, list[str]] = {}
        for plan in plans:
            channel = self.rooms.channels.get(plan.planned.channel)
            if plan.variant is None or channel is None:
                continue

            def kept(
                marking: Marking, reader: Reader = plan.planned.reader, maximum: Level | None = channel.maximum
            ) -> bool:
                read, at = notice.restrictions_read, request.at
                reason = refusal(
                    marking, reader, channel_maximum=maximum, consents=consents, restrictions_read=read, at=at
                )
                return reason in SET_BY_PROVIDER

            lifted = [portion for portion in notice.portions if kept(portion.marking)]
            behind = [source for source in sources if kept(source.marking)]
            for provider in sorted(_providers(lifted, behind) - {plan.planned.reader.id}):
                told.setdefault(provider, []).append(plan.planned.reader.id)
        return told

    def _planned(
        self, made: Sequence[Notice], words: Sequence[ProviderWord], directory: Directory, request: LiftRestrictions
    ) -> list[list[PlannedDelivery]]:
        return [
            DeliveryPlanner(one, self.rooms, directory=directory, at=request.at).first([word.provider], former={})
            for one, word in zip(made, words, strict=True)
        ]


def _need_authorities(readers: Collection[str], directory: Directory) -> None:
    everybody = directory.by_id()
    others = [
        name
        for name in readers
        if (one := everybody.get(name)) is None or one.group not in AUTHORITIES or one.country not in EU_MEMBER_STATES
    ]
    if others:
        sentence = f"{', '.join(sorted(others))}: no authority of a Member State in the directory; nothing was lifted."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)


async def _standing(c: AsyncConnection, request: LiftRestrictions) -> Notice:
    notice = await notices.get(c, request.notice)
    reason = await withholding.stopped(c, request.notice)
    if reason or notice.relation is Relation.RECALLS:
        sentence = f"{request.notice} does not stand any more or takes another notice back; name the one that stands."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return notice


def _copy(notice: Notice, incident: StoredIncident, request: LiftRestrictions) -> Notice:
    """The same notice for these readers, saying on what ground they get it."""
    changes = {
        "id": notice_id(incident, request.key),
        "issued_at": request.at,
        "portions": (structure(Section.ASK, statement("lifted")), *notice.portions),
        "restrictions_lifted": True,
        "relation": Relation.REPLACES,
        "earlier": notice.id,
        "earlier_at": notice.issued_at,
    }
    return Notice.model_validate({**dict(notice), **changes})


async def _sources(c: AsyncConnection, incident: str) -> list[_Source]:
    """Everybody who gave something to an incident. Releasability and TLP do not name who asked for them; this does."""
    found = [_Source(one.report.source, one.report.marking) for one in await reports.of_incident(c, incident)]
    given = [one.contribution for one in await contributions.of_incident(c, incident)]
    return found + [_Source(one.contributor, one.marking) for one in given]


def _providers(lifted: Sequence[Portion], behind: Sequence[_Source]) -> set[str]:
    """Who has set what is lifted: named by a handling code, or the source of something the statement came from.

    A statement is at least as tight as all that it came from, so a source less tight than it may be among that.
    """
    coded = {
        item.provider
        for portion in lifted
        for item in portion.marking.handling
        if item.code in (HandlingCode.H2, HandlingCode.H3)
    }
    markings = {portion.marking for portion in lifted}
    return coded | {
        source.provider for source in behind if any(marking.join(source.marking) == marking for marking in markings)
    }


def _word(notice: Notice, provider: str, readers: Sequence[str], request: LiftRestrictions) -> ProviderWord:
    return ProviderWord(
        provider=provider,
        notice=notice.id,
        kind=notice.kind,
        readers=tuple(readers),
        reason=request.reason,
        portions=restricted_by(notice, provider, HandlingCode.H1, HandlingCode.H2, HandlingCode.H3),
    )


async def _plan(
    tx: AsyncConnection, notice: Notice, plans: Sequence[PlannedDelivery], request: LiftRestrictions
) -> None:
    planned = [one.planned for one in plans]
    at = request.at
    await ledger.plan(tx, incident=request.incident, notice=notice.id, kind=notice.kind, planned=planned, at=at)
    await ledger.store_variants(tx, notice.id, [one.variant for one in plans if one.variant])


def _data(
    request: LiftRestrictions,
    copy: Notice,
    made: Sequence[Notice],
    told: Mapping[str, Sequence[str]],
    plans: Sequence[PlannedDelivery],
) -> dict[str, JsonValue]:
    """What the journal says of it: everything that somebody who judges it afterwards would ask."""
    data: dict[str, JsonValue] = {"notice": request.notice, "copy": copy.id, "choice": "override"}
    data |= {"readers": [one.planned.reader.id for one in plans if one.variant], "reason": request.reason}
    data |= {
        "providers": [
            {"provider": provider, "readers": list(told[provider]), "told_by": one.id}
            for provider, one in zip(sorted(told), made, strict=True)
        ]
    }
    if request.proposed_by:
        data |= {"proposed_by": request.proposed_by, "approved_by": request.actor}
        data |= {"approval_reason": request.approval_reason}
    return data


def _without(plans: Sequence[PlannedDelivery]) -> list[str]:
    return [f"{one.planned.reader.id} ({one.planned.withheld})" for one in plans if one.variant is None]


def _nothing(notice: Notice, plans: Sequence[PlannedDelivery]) -> str:
    why = f" Withheld for other reasons: {', '.join(_without(plans))}." if _without(plans) else ""
    return f"No restriction of a provider keeps {notice.id} from these readers; nothing was lifted.{why}"
