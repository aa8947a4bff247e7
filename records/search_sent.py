"""Searching what a stakeholder was sent, in the very words it was sent: the person may see less than the stakeholder.

There is no index of it: what one stakeholder was sent is little, and is read anew each time.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Level, Marking
from leerp.model import Instant
from leerp.notices import Planned
from leerp.search_passages import around, whole
from leerp.search_terms import Wanted, terms_of_text
from leerp.search_things import Place as Weight
from leerp.search_things import thing_name
from leerp.searching import Found, Searcher, SearchKind, SearchQuery
from records.ledger import GOT
from records.schema import documents, incidents, ledger, variant_files
from records.search_filling import age
from records.search_matching import Match, Outcome
from records.search_rows import Place
from records.statements import chunks

MOST_SENT = 300
"""How many of the newest notices are searched."""

MOST_READ = 50_000
"""How many characters of each are searched."""


class Sent(NamedTuple):
    """A notice as one stakeholder was sent it."""

    notice: str
    incident: str
    at: Instant
    marking: Marking
    subject: str
    text: str


class SentTo(NamedTuple):
    """What a stakeholder was sent, the newest first. `more`: there are older ones."""

    notices: tuple[Sent, ...]
    more: bool


async def sent_to(c: AsyncConnection, searcher: Searcher, query: SearchQuery) -> SentTo:
    """What the stakeholder of a person was sent, as far as the person may see it."""
    rows = [row for row in await _lines(c, searcher, query) if searcher.may_read(_marking(row.planned))]
    first: dict[str, Row[Any]] = {}
    for row in rows:
        first.setdefault(row.notice, row)
    newest = list(first.values())[:MOST_SENT]
    texts = await _texts(c, newest)
    told = (
        Sent(
            notice=row.notice,
            incident=row.incident,
            at=row.sent_at or row.planned_at,
            marking=_marking(row.planned),
            subject=row.planned.subject,
            text=texts.get(row.notice, ""),
        )
        for row in newest
    )
    return SentTo(tuple(told), more=len(first) > MOST_SENT)


async def _lines(c: AsyncConnection, searcher: Searcher, query: SearchQuery) -> list[Row[Any]]:
    fields = [ledger.c[name] for name in ("notice", "incident", "channel", "planned", "planned_at", "sent_at")]
    lines = (
        select(*fields)
        .join(incidents, incidents.c.reference == ledger.c.incident)
        .where(ledger.c.reader == searcher.stakeholder, ledger.c.state.in_(GOT), incidents.c.mode == query.mode)
        .order_by(ledger.c.planned_at.desc(), ledger.c.notice, ledger.c.channel)
    )
    if query.incident:
        lines = lines.where(ledger.c.incident == query.incident)
    return list(await c.execute(lines))


def _marking(planned: Planned) -> Marking:
    """What it was marked; where that is not known, it is nobody's to see."""
    return planned.marking or Marking(level=Level.TRES_SECRET)


async def _texts(c: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """The text of each notice: of its forms the one that is plain text."""
    named = {(row.notice, row.planned.reader.id, row.channel): row.notice for row in rows}
    files = variant_files.c
    kept: dict[str, str] = {}
    for some in chunks(rows):
        query = select(files.notice, files.reader, files.channel, files.sha256).where(
            files.notice.in_([row.notice for row in some]),
            files.reader.in_({row.planned.reader.id for row in some}),
            files.media_type.startswith("text/plain"),
        )
        for row in await c.execute(query.order_by(files.position)):
            if (row.notice, row.reader, row.channel) in named:
                kept.setdefault(row.notice, row.sha256)
    contents: dict[str, str] = {}
    for names in chunks(sorted(set(kept.values()))):
        found = select(documents.c.sha256, documents.c.content).where(documents.c.sha256.in_(names))
        contents.update({row.sha256: _read(row.content) for row in await c.execute(found)})
    return {notice: contents[name] for notice, name in kept.items()}


def _read(content: bytes) -> str:
    return content[: 4 * MOST_READ].decode("utf-8", "replace")[:MOST_READ]


def outcome(sent: SentTo, wanted: Sequence[Wanted]) -> Outcome:
    """Where the words stand in it, in the notices alone that have them all."""
    found = [rows for one in sent.notices if (rows := _rows(one, wanted))]
    return Outcome([[row for rows in found for row in rows[number]] for number in range(len(wanted))], cut=sent.more)


def _rows(sent: Sent, wanted: Sequence[Wanted]) -> list[list[Place]] | None:
    terms: dict[str, Weight] = {}
    for text, place in ((sent.text, Weight.TEXT), (sent.subject, Weight.TITLE), (sent.notice, Weight.NAME)):
        for some in terms_of_text(text):
            terms.update(dict.fromkeys(some, place))
    thing = thing_name(SearchKind.NOTICE, sent.notice)
    rows = [
        [Place(thing, term, int(place), age(sent.at)) for term, place in terms.items() if one.range_of(term)]
        for one in wanted
    ]
    return rows if all(rows) else None


def shown(sent: SentTo, page: Sequence[Match], wanted: Sequence[Wanted]) -> list[Found]:
    """One page, in its order."""
    by_id = {one.notice: one for one in sent.notices}
    return [_found(by_id[one.id], one, wanted) for one in page]


def _found(sent: Sent, one: Match, wanted: Sequence[Wanted]) -> Found:
    return Found(
        kind=SearchKind.NOTICE,
        id=sent.notice,
        incident=sent.incident,
        at=sent.at,
        title=whole(sent.subject, wanted) if sent.subject else None,
        snippet=around(sent.text, wanted),
        marking=sent.marking.banner,
        why=one.why,
    )
