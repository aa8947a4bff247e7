"""People's acts on their way to a running incident, and the line that a refused one leaves."""

import secrets
from datetime import datetime

from pydantic import JsonValue

from activities.engine import Engine
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.protocol import Act, ActName, Actor, Receipt, RefusalReason
from leerp.stakeholders import Directory
from records import incidents, journal, moving
from records.store import Store


def actor_of(directory: Directory, identifier: str) -> Actor:
    """The officer who acts, with the roles of today; unknown people cannot act."""
    officer = directory.officer(identifier)
    if officer is None:
        raise BadInputError(f"{identifier!r} is not an officer in the directory; say who acts with --as ID")
    return Actor(id=officer.id, roles=officer.roles)


def new_act_id() -> str:
    """A fresh id for an act."""
    return f"A-{secrets.token_hex(12)}"


class Acts:
    """Sends acts and keeps what was refused."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    async def perform(self, name: ActName, reference: str, act: Act, *, at: datetime) -> Receipt:
        """The receipt of the act. A refusal changes nothing but leaves a journal line, and is raised."""
        async with self._store.reading() as connection:
            await incidents.get(connection, reference)
        await self._engine.relay(incident=reference)  # an incident must run before it can be told anything
        try:
            return await self._engine.act(name, reference, act)
        except RefusedError as refused:
            error = await self._pointed_on(reference, refused)
            data: dict[str, JsonValue] = {"act": name.value, "why": error.reason, "sentence": error.sentence[:500]}
            async with self._store.writing() as tx:
                await journal.append(
                    tx,
                    incident=reference,
                    at=at,
                    actor=act.actor.id,
                    kind=JournalKind.DESK_ACT_REFUSED,
                    data=data,
                    key=f"refused/{act.act}",
                )
            raise error from refused

    async def _pointed_on(self, reference: str, error: RefusedError) -> RefusedError:
        """The refusal; where the incident was merged, it says where to act instead."""
        async with self._store.reading() as connection:
            into = await moving.merged_into(connection, reference)
        if into is None:
            return error
        sentence = f"{reference} was merged, and what it held is in {into} now; do it there."
        return RefusedError(sentence, reason=RefusalReason.ALREADY_ENDED)
