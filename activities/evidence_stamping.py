"""Timestamps over the head of a journal: asked of an authority outside, verified, and recorded."""

from collections.abc import Awaitable, Callable

from pydantic import JsonValue

from activities.evidence import EvidenceActs
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.evidence import Stamp
from leerp.journal import JournalEntry, JournalKind
from leerp.marking import LOOSEST
from leerp.model import iso
from leerp.notices import Mode
from leerp.protocol import Actor, RefusalReason
from notifications.evidence.authority import Answer
from records import documents, journal

_KIND = JournalKind.INVESTIGATION_EVIDENCE_TIMESTAMPED


class Stamping:
    """Has the head of a journal stamped. `ask`: an authority's verified answer for an entry."""

    def __init__(self, rooms: Rooms, ask: Callable[[JournalEntry], Awaitable[Answer]]) -> None:
        self._rooms = rooms
        self._acts = EvidenceActs(rooms)
        self._ask = ask

    async def due(self, reference: str) -> bool:
        """Whether something has happened in an incident since its last timestamp. Asking leaves no line."""
        async with self._rooms.store.reading() as connection:
            head = await journal.head(connection, reference)
        return head is not None and head.kind is not _KIND

    async def stamp(self, reference: str, *, actor: Actor, reason: str) -> Stamp:
        """Have everything stamped that has happened so far; refused when nothing has since the last time.

        Nothing is asked in an exercise, which reaches nobody outside (DESIGN rule 10).
        """
        async with self._acts.begun("timestamp", reference, actor=actor, reason=reason) as act:
            if act.incident.mode is Mode.EXERCISE:
                raise RefusedError(
                    "An exercise asks nobody outside for a timestamp.", reason=RefusalReason.NOT_PERMITTED
                )
            head = await journal.head(act.tx, reference)
            if head is None or head.kind is _KIND:
                raise RefusedError(
                    f"Nothing has happened in {reference} since its last timestamp.", reason=RefusalReason.NOTHING_TO_DO
                )
        answer = await self._ask(head)  # with no transaction open: it may take long, or never come
        async with self._acts.begun("timestamp", reference, actor=actor, reason=reason) as act:
            banner = LOOSEST.banner
            stamp = Stamp(
                seq=head.seq,
                hash=head.hash,
                token=await documents.put(
                    act.tx, answer.token, media_type="application/timestamp-reply", marking=banner
                ),
                authority=await documents.put(
                    act.tx, answer.authority, media_type="application/x-pem-file", marking=banner
                ),
                at=iso(answer.stamped.at),
                tsa=answer.stamped.tsa,
            )
            data: dict[str, JsonValue] = stamp.model_dump(mode="json") | {
                "serial": answer.stamped.serial,
                "policy": answer.stamped.policy,
                "clock_ahead_seconds": int((act.at - answer.stamped.at).total_seconds()),
            }
            written = await act.write(_KIND, data, key=f"timestamped/{head.seq}")
            return Stamp.model_validate(written.data)
