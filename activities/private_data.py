"""Personal data from private parties: routed to national units when it comes, and what people do about it after.

What people do here needs no running incident: the four months of Regulation (EU) 2016/794 Art. 26(2) outlast most.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.observables import Observable
from leerp.private_data import PrivateData, PrivateDataDecision, resubmit_until
from leerp.protocol import Actor, RefusalReason
from leerp.stakeholders import Directory, Group
from notifications.personal_data import is_personal, is_private, stands_in
from records import incidents, journal, private_data

NATIONAL_UNITS = (Group.LIAISON_BUREAU, Group.LE_POC)
"""Through whom a country's law enforcement is reached."""


class Given(NamedTuple):
    """A report or a contribution as it is looked at here: who gave it, what it says, which countries it concerns."""

    item: str
    source: str
    texts: Sequence[str]
    observables: Iterable[Observable]
    countries: Sequence[str]


async def route(tx: AsyncConnection, directory: Directory, given: Given, *, incident: str, at: datetime) -> None:
    """Journal to which national units it must go at once, if a private party gave it and it holds personal data.

    It belongs into the transaction that stores the item: what is accepted is routed, whatever dies next.
    """
    source = directory.stakeholder(given.source)
    if source is None or not is_private(source.group) or not _holds_personal_data(given):
        return
    units: list[JsonValue] = [
        one.id
        for one in directory.stakeholders
        if one.group in NATIONAL_UNITS and one.country is not None and one.country in given.countries
    ]
    await journal.append(
        tx,
        incident=incident,
        at=at,
        actor="leerp",
        kind=JournalKind.DETECTION_PRIVATE_DATA_ROUTED,
        data={"item": given.item, "source": given.source, "units": units, "until": iso(resubmit_until(at))},
        key=f"private-data/{given.item}",
    )


def _holds_personal_data(given: Given) -> bool:
    return any(is_personal(one) for one in given.observables) or any(stands_in(text) for text in given.texts)


class PrivateDataActs:
    """What officers say about personal data from private parties."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def listing(self, reference: str) -> list[PrivateData]:
        """What there is of an incident; raises BadInputError when there is no such incident."""
        async with self._rooms.store.reading() as connection:
            await incidents.get(connection, reference)
            return await private_data.of_incident(connection, reference)

    async def confirm(self, reference: str, item: str, *, unit: str, actor: Actor, reason: str) -> PrivateData:
        """Record that a national unit has got it; one that nobody had identified becomes one of its units."""
        known = self._rooms.directory().stakeholder(unit)
        if known is None or known.group not in NATIONAL_UNITS:
            raise RefusedError(
                f"{unit} is no liaison bureau and no law-enforcement contact point in the directory; name one that is.",
                reason=RefusalReason.UNKNOWN_SUBJECT,
            )
        data: dict[str, JsonValue] = {"item": item, "unit": unit, "reason": reason}
        kind, key = JournalKind.DETECTION_PRIVATE_DATA_CONFIRMED, f"private-data/{item}/confirmed/{unit}"
        return await self._write(reference, item, kind, data, actor=actor, key=key)

    async def decide(
        self, reference: str, item: str, *, decision: PrivateDataDecision, actor: Actor, reason: str
    ) -> PrivateData:
        """Record that a unit has resubmitted it, that it is to be erased, or that it has been."""
        if not reason.strip():
            raise RefusedError("This act needs a reason; say why.", reason=RefusalReason.REASON_MISSING)
        data: dict[str, JsonValue] = {"item": item, "decision": decision.value, "reason": reason}
        kind, key = JournalKind.DETECTION_PRIVATE_DATA_DECIDED, f"private-data/{item}/{decision.value}"
        return await self._write(reference, item, kind, data, actor=actor, key=key, decision=decision)

    async def _write(  # noqa: PLR0913 - an entry, and who writes it
        self,
        reference: str,
        item: str,
        kind: JournalKind,
        data: dict[str, JsonValue],
        *,
        actor: Actor,
        key: str,
        decision: PrivateDataDecision | None = None,
    ) -> PrivateData:
        need_role(actor, OFFICERS)
        at = self._rooms.wall_clock()
        async with self._rooms.store.writing() as tx:
            _need_open(await private_data.get(tx, reference, item), decision)
            await journal.append(tx, incident=reference, at=at, actor=actor.id, kind=kind, data=data, key=key)
            return await private_data.get(tx, reference, item)


def _need_open(standing: PrivateData, decision: PrivateDataDecision | None) -> None:
    """Refuse what changes nothing, and what says that something is done which nobody has decided."""
    if standing.settled:
        raise RefusedError(
            f"{standing.item} is {standing.decision}; nothing is left to do.", reason=RefusalReason.NOTHING_TO_DO
        )
    if decision is PrivateDataDecision.ERASED and standing.decision is not PrivateDataDecision.ERASE:
        raise RefusedError(
            f"Nobody has decided to erase {standing.item}; decide it first (--erase).",
            reason=RefusalReason.NOTHING_TO_DO,
        )
