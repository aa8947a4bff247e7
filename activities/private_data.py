"""Personal data from private parties: routed to national units when it comes, and what people do about it after.

What people do here needs no running incident: the four months of Regulation (EU) 2016/794 Art. 26(2) outlast most.
"""

from pydantic import JsonValue

from activities.private_data_routing import NATIONAL_UNITS
from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.private_data import PrivateData, PrivateDataDecision
from leerp.protocol import Actor, RefusalReason
from records import incidents, journal, private_data


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
