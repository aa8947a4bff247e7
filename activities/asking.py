"""Readers ask about what they were sent, and officers answer. Both are kept before they are confirmed."""

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.roles import OFFICERS, need_role
from activities.rooms import Rooms
from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalEntry, JournalKind
from leerp.protocol import Actor, RefusalReason
from leerp.questions import MAX_CHARACTERS, Asked, Said
from records import correspondence, documents, journal, notices, questions

MOST_OPEN = 20
"""How many questions of one reader about one notice may wait for an answer."""


class Asking:
    """What readers and officers say to each other about a notice."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def ask(self, notice: str, *, reader: str, by: str, text: str, act: str, at: datetime) -> str:
        """Keep a question of a reader who was sent the notice; its id. `act`: the same one twice is one question.

        Raises BadInputError for no words or too many, RefusedError when nothing of the notice was sent to the reader,
        or when too many of its questions wait.
        """
        words = _words(text)
        async with self._rooms.store.writing() as tx:
            incident, marking = await _sent(tx, notice, reader)
            waiting = [one for one in await questions.of_incident(tx, incident) if one.answer is None]
            if sum((one.notice, one.reader) == (notice, reader) for one in waiting) >= MOST_OPEN:
                raise RefusedError(
                    f"{MOST_OPEN} questions about this notice wait for an answer; wait for one of them.",
                    reason=RefusalReason.CONDITIONS_UNMET,
                )
            document = await documents.put(tx, words, media_type="application/json", marking=marking)
            data: dict[str, JsonValue] = {"notice": notice, "reader": reader, "document": document}
            kind = JournalKind.DELIVERY_QUESTION_ASKED
            entry = await _note(tx, incident, kind, data, by=by, at=at, key=f"question/{act}")
        return f"Q-{entry.seq}"

    async def answer(
        self, reference: str, question: str, *, actor: Actor, text: str, act: str, at: datetime
    ) -> JournalEntry:
        """Keep an officer's answer to a question; the first one stands.

        Raises BadInputError for an unknown question, RefusedError for who may not, or one that was answered.
        """
        need_role(actor, OFFICERS, to="answer a reader")
        words = _words(text)
        async with self._rooms.store.writing() as tx:
            asked = await questions.get(tx, reference, question)
            earlier = await journal.entries(tx, reference, kinds={JournalKind.DELIVERY_QUESTION_ANSWERED})
            mine = next((one for one in earlier if one.data.get("act") == act), None)
            if mine is not None:
                return mine
            if asked.answer is not None:
                raise RefusedError(
                    f"{question} was answered by {asked.answered_by} already.", reason=RefusalReason.NOTHING_TO_DO
                )
            _, marking = await _sent(tx, asked.notice, asked.reader)
            document = await documents.put(tx, words, media_type="application/json", marking=marking)
            data: dict[str, JsonValue] = {"question": question, "document": document, "act": act}
            kind = JournalKind.DELIVERY_QUESTION_ANSWERED
            return await _note(tx, reference, kind, data, by=actor.id, at=at, key=f"answer/{question}")

    async def said(self, c: AsyncConnection, asked: Asked) -> tuple[str, str | None]:
        """The words of a question, and of its answer where there is one."""
        found = await documents.get_all(c, [name for name in (asked.document, asked.answer) if name])
        words = {name: Said.model_validate_json(content).text for name, content in found.items()}
        return words[asked.document], words[asked.answer] if asked.answer else None


def _words(text: str) -> bytes:
    clean = text.strip()
    if not clean:
        raise BadInputError("there are no words in it; say what you want to know, or what the answer is")
    if len(clean) > MAX_CHARACTERS:
        raise BadInputError(f"it has {len(clean)} characters; at most {MAX_CHARACTERS} are kept, so say it shorter")
    return Said(text=clean).model_dump_json().encode()


async def _sent(tx: AsyncConnection, notice: str, reader: str) -> tuple[str, str]:
    """The incident of a notice that a reader was sent, and the banner of what it was sent."""
    rows = await correspondence.sent_to(tx, reader, notice=notice)
    if not rows:
        raise RefusedError(f"nothing of notice {notice} was sent to {reader}", reason=RefusalReason.UNKNOWN_SUBJECT)
    marking = rows[0].planned.marking
    return rows[0].incident, marking.banner if marking else (await notices.get(tx, notice)).marking.banner


async def _note(  # noqa: PLR0913 - what an entry holds
    tx: AsyncConnection,
    incident: str,
    kind: JournalKind,
    data: dict[str, JsonValue],
    *,
    by: str,
    at: datetime,
    key: str,
) -> JournalEntry:
    return await journal.append(tx, incident=incident, at=at, actor=by, kind=kind, data=data, key=key)
