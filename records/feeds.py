"""Feeds: the objects of what a reader was sent, in the order in which they came into its own feed.

What a reader fetches is a copy of its own files in the ledger. Each object gets a time of its own when it is first
seen, later than that of every object before, so that who asks for what came after a time never misses one: two messages
may be settled in another order than they were sent in. Nothing here depends on what any other reader was sent.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.marking import Marking
from leerp.notices import NoticeKind
from records.ledger import GOT
from records.schema import ledger, variant_files
from records.schema_machines import feed_files, feed_objects
from records.statements import chunks, hold, insert_once

KINDS = (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)
"""What is for machines: early warnings and updates, whatever they replace, correct or recall."""

_TICK = timedelta(microseconds=1)


class SentFile(NamedTuple):
    """A file of a notice that has reached a reader. `added`: its objects are in the feed."""

    notice: str
    incident: str
    marking: Marking | None
    sha256: str
    added: bool


class FeedObject(NamedTuple):
    """An object of a feed: which, since when, and in which document it stands."""

    object: str
    added_at: datetime
    version: str
    type: str
    spec_version: str
    notice: str
    sha256: str


class NewObject(NamedTuple):
    """An object of a file that comes into a feed."""

    object: str
    version: str
    type: str
    spec_version: str


class Wanted(NamedTuple):
    """What of a feed is asked for. An empty collection asks for all; `without`: files left out, by their SHA-256."""

    after: datetime | None = None
    objects: Collection[str] = ()
    types: Collection[str] = ()
    versions: Collection[str] = ()
    spec_versions: Collection[str] = ()
    without: Collection[str] = ()


async def sent_files(c: AsyncConnection, reader: str, *, media_type: str) -> list[SentFile]:
    """The files of this form in what a reader was sent, in the order of sending."""
    same = (
        (variant_files.c.notice == ledger.c.notice)
        & (variant_files.c.reader == ledger.c.reader)
        & (variant_files.c.channel == ledger.c.channel)
    )
    known = (
        (feed_files.c.reader == variant_files.c.reader)
        & (feed_files.c.notice == variant_files.c.notice)
        & (feed_files.c.sha256 == variant_files.c.sha256)
    )
    added = feed_files.c.sha256.is_not(None).label("added")
    query = (
        select(ledger.c.notice, ledger.c.incident, ledger.c.planned, variant_files.c.sha256, added)
        .join(variant_files, same)
        .outerjoin(feed_files, known)
        .where(
            ledger.c.reader == reader,
            ledger.c.kind.in_(KINDS),
            ledger.c.state.in_(GOT),
            variant_files.c.media_type == media_type,
        )
        .order_by(ledger.c.sent_at, ledger.c.notice, ledger.c.position, variant_files.c.position)
    )
    return [
        SentFile(notice, incident, planned.marking, sha256, bool(added))
        for notice, incident, planned, sha256, added in await c.execute(query)
    ]


async def add(
    tx: AsyncConnection, reader: str, files: Iterable[tuple[SentFile, Sequence[NewObject]]], *, at: datetime
) -> None:
    """Put the objects of files into a reader's feed, after those that are there; what is there stays as it is."""
    await hold(tx, f"feed/{reader}")
    last: datetime | None = await tx.scalar(
        select(func.max(feed_objects.c.added_at, type_=feed_objects.c.added_at.type)).where(
            feed_objects.c.reader == reader
        )
    )
    next_at = at if last is None else max(at, last + _TICK)
    for file, objects in files:
        await insert_once(tx, feed_files, [{"reader": reader, "notice": file.notice, "sha256": file.sha256}])
        there = await _there(tx, reader, [one.object for one in objects])
        fresh = {one.object: one for one in objects if one.object not in there}
        rows = [
            {**one._asdict(), "reader": reader, "added_at": next_at + at_place * _TICK, "notice": file.notice}
            | {"sha256": file.sha256}
            for at_place, one in enumerate(fresh.values())
        ]
        await insert_once(tx, feed_objects, rows)
        next_at += len(rows) * _TICK


async def _there(tx: AsyncConnection, reader: str, wanted: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(wanted):
        mine = (feed_objects.c.reader == reader, feed_objects.c.object.in_(some))
        found.update(await tx.scalars(select(feed_objects.c.object).where(*mine)))
    return found


async def page(c: AsyncConnection, reader: str, wanted: Wanted, *, limit: int) -> list[FeedObject]:
    """The first `limit` objects that are asked for, in the order in which they came into the feed."""
    query = select(*(feed_objects.c[name] for name in FeedObject._fields)).where(feed_objects.c.reader == reader)
    if wanted.after is not None:
        query = query.where(feed_objects.c.added_at > wanted.after)
    for column, values in (
        (feed_objects.c.object, wanted.objects),
        (feed_objects.c.type, wanted.types),
        (feed_objects.c.version, wanted.versions),
        (feed_objects.c.spec_version, wanted.spec_versions),
    ):
        if values:
            query = query.where(column.in_(sorted(values)))
    if wanted.without:
        query = query.where(feed_objects.c.sha256.not_in(sorted(wanted.without)))
    return [FeedObject(*row) for row in await c.execute(query.order_by(feed_objects.c.added_at).limit(limit))]
