"""The keys under which countries seal their targets: made by the coordinator, given to a country, replaced.

It needs no running incident: a key decides nothing. Only its id stands in the journal.
"""

import secrets

from pydantic import JsonValue

from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.pointers import KEY_BYTES, OperationKey
from leerp.protocol import Actor, RefusalReason
from records import incidents, journal, operation_keys
from records.statements import hold


class OperationKeyActs:
    """What officers do with keys."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def make(
        self, reference: str, *, actor: Actor, reason: str = "", rotate: bool = False, replaces: str | None = None
    ) -> OperationKey:
        """The key of an operation; a new one if there is none, or with `rotate` in the place of the one there is.

        What was sealed under the former one is still compared with open targets and with what was sealed under it, and
        is to be sealed anew. `replaces`: the former one, where the person has named it; refused when it is another one.
        Raises BadInputError when there is no such incident.
        """
        need_role(actor, OFFICERS)
        at = self._rooms.wall_clock()
        await self._rooms.incident(reference)
        async with self._rooms.store.writing() as tx:
            await hold(tx, f"operation-keys/{reference}")
            if (await incidents.get(tx, reference)).status.ended:
                sentence = f"{reference} has ended; nothing is sealed in it any more."
                raise RefusedError(sentence, reason=RefusalReason.ALREADY_ENDED)
            before = await operation_keys.newest(tx, reference)
            if before is not None and not rotate:
                return before
            if replaces is not None and (before is None or before.key != replaces):
                sentence = f"{replaces} is not the key any more; somebody has replaced it meanwhile."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            fresh = OperationKey(
                operation=reference,
                key=f"K-{secrets.token_hex(4)}",
                secret=secrets.token_hex(KEY_BYTES),
                made_at=at,
            )
            await operation_keys.put(tx, fresh, by=actor.id)
            data: dict[str, JsonValue] = {
                "key": fresh.key,
                "replaces": before.key if before else None,
                "reason": reason,
            }
            await journal.append(
                tx,
                incident=reference,
                at=at,
                actor=actor.id,
                kind=JournalKind.PLAN_KEY_MADE,
                data=data,
                key=f"operation-key/{fresh.key}",
            )
        return fresh

    async def give(self, reference: str, *, to: str, actor: Actor, reason: str = "") -> OperationKey:
        """The key as it is given to a stakeholder, which the journal says; it is made if there is none yet."""
        if self._rooms.directory().stakeholder(to) is None:
            sentence = f"{to} is not in the directory; the key was given to nobody."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        key = await self.make(reference, actor=actor, reason=reason)
        at = self._rooms.wall_clock()
        async with self._rooms.store.writing() as tx:
            await journal.append(
                tx,
                incident=reference,
                at=at,
                actor=actor.id,
                kind=JournalKind.PLAN_KEY_GIVEN,
                data={"key": key.key, "to": to, "reason": reason},
                key=f"operation-key/{key.key}/given/{to}",
            )
        return key
