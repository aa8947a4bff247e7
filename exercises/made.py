"""What earlier injects have made, looked up in the record: meetings, rooms, products, proposals, alerts, shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exercises.casebook import Casebook
from leerp.errors import RefusedError
from leerp.protocol import RefusalReason
from records import incidents, journal, plan_alerts, plans, rotas
from records.store import Store

_FIELDS = {"call": "meeting", "product": "product", "room": "room"}
"""By what is named in a scenario: the field of the journal entry, and of the act, that holds its id."""


@dataclass(frozen=True)
class Made:
    """Looks up what was made."""

    store: Store
    casebook: Casebook

    async def by(self, inject: int, what: str) -> dict[str, str]:
        """The field of an act that names what an inject has made; RefusedError where it has made none."""
        incident, seq = self.casebook.entry(inject)
        async with self.store.reading() as connection:
            found = [one for one in await journal.entries(connection, incident) if one.seq == seq]
        if what == "proposal":
            return {"proposal": plans.proposal_id(found[0])}
        field = _FIELDS[what]
        name = found[0].data.get(field)
        if not isinstance(name, str):
            raise RefusedError(f"Inject {inject} has made no {field}.", reason=RefusalReason.UNKNOWN_SUBJECT)
        return {field: name}

    async def alert(self, reference: str, actions: Sequence[str]) -> str:
        """The alert that two actions have raised, the newest; RefusedError where there is none."""
        async with self.store.reading() as connection:
            found = await plan_alerts.of_incident(connection, reference)
        mine = [one.id for one in found if {side.action for side in one.sides} == set(actions)]
        if not mine:
            sentence = f"There is no alert of {' and '.join(actions)}."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        return mine[-1]

    async def shift(self, reference: str, moment: datetime) -> str:
        """The shift in which a moment lies: the one of the rota that began last; RefusedError where there is none."""
        async with self.store.reading() as connection:
            standing = await rotas.standing(connection, await incidents.get(connection, reference))
        shift = standing.rota.running(moment) if standing else None
        if shift is None:
            sentence = f"No shift of the rota of {reference} runs at {moment.isoformat(timespec='minutes')}."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        return shift.id
