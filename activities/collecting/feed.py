"""Reads an RSS or Atom feed: what matches a keyword rule becomes a report of the centre, from an open source."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import Field, ValidationError

from activities.arriving import Manner
from activities.collecting import Found, Portion, Reports
from activities.collecting.fetching import Fetched, Fetcher
from leerp.errors import BadInputError
from leerp.formats.drafts import cut
from leerp.formats.extraction import MAX_CHARACTERS, find_in_text
from leerp.formats.feeds import MAX_BYTES, MAX_ENTRIES, Entry, read_feed
from leerp.formats.findings import MAX_OBSERVABLES, Findings
from leerp.formats.texts import line
from leerp.keywords import KeywordRule, first_match
from leerp.marking import Level, Marking, Tlp
from leerp.model import Message
from leerp.reports import Report, ReportFormat
from notifications.sources.feed import FeedSettings
from records.collecting_alarms import ClockSeen

_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"
_PUBLIC = Marking(level=Level.PUBLIC, tlp=Tlp.CLEAR)


class _Cursor(Message):
    """How far a feed was read: what the server calls this state of it, which entries were there, and what is wrong."""

    etag: str | None = None
    modified: str | None = None
    seen: tuple[str, ...] = Field(default=(), max_length=MAX_ENTRIES)
    faults: tuple[str, ...] = ()


class FeedWay:
    """How a feed is read. `centre`: the id of the centre, whose reports these are."""

    def __init__(self, name: str, settings: FeedSettings, fetcher: Fetcher, *, centre: str) -> None:
        self._name = name
        self._settings = settings
        self._fetcher = fetcher
        self._centre = centre
        self._faults: tuple[str, ...] = ()

    async def read(self, cursor: str | None, *, at: datetime) -> AsyncIterator[Portion]:
        """The entries that were not there before; the first time those of the lookback, and those without a time."""
        before = _parsed(cursor)
        self._faults = before.faults if before else ()
        fetched = await self._fetcher.get(self._settings.url, headers=_conditions(before), most_bytes=MAX_BYTES)
        if fetched.unchanged:
            return
        yield await asyncio.to_thread(self._portion, fetched, before, at)

    def _portion(self, fetched: Fetched, before: _Cursor | None, at: datetime) -> Reports:
        feed = read_feed(fetched.content, name=f"source {self._name}")
        self._faults = feed.faults
        known = set(before.seen) if before else set()
        since = at - timedelta(hours=self._settings.lookback_hours) if before is None else None
        fresh = [one for one in feed.entries if _digest(one) not in known]
        wanted = [one for one in fresh if since is None or one.at is None or one.at >= since]
        origin = self._settings.origin or feed.title
        found = (self._found(one, origin=origin, at=at) for one in reversed(wanted))  # the oldest first
        return Reports(
            found=tuple(one for one in found if one),
            cursor=_cursor(fetched, [_digest(one) for one in feed.entries], feed.faults),
            heard=bool(fresh),
        )

    def _found(self, entry: Entry, *, origin: str, at: datetime) -> Found | None:
        rule = first_match(self._settings.keywords, f"{entry.title}\n{entry.text}")
        if rule is None:
            return None
        report = self._report(entry, rule, origin=origin, at=at)
        return Found(
            content=report.model_dump_json(exclude_defaults=True).encode(),
            name=f"{self._name}/{_digest(entry)}",
            source=self._centre,
            format=ReportFormat.JSON,
            open_source=True,
            manner=Manner(data={"collected_from": self._name, "rule": rule.name}),
        )

    def _report(self, entry: Entry, rule: KeywordRule, *, origin: str, at: datetime) -> Report:
        text = "\n\n".join(part for part in (entry.text, entry.link or "") if part)
        findings = Findings(name=self._name)
        with suppress(BadInputError):  # more observables than a report may have: a person reads the page itself
            find_in_text(f"{entry.title}\n{text}"[:MAX_CHARACTERS], findings, name=self._name)
        return Report(
            source=self._centre,
            id=f"feed-{_digest(entry)}",
            reported_at=min(entry.at or at, at),
            title=entry.title,
            narrative=cut(text),
            marking=_PUBLIC,
            open_source=True,
            origin=line(origin, otherwise=self._name),
            observables=findings.observables[:MAX_OBSERVABLES],
            notes=(
                f"an open source, chosen by the keyword rule {rule.name}: a person should confirm it",
                *((self.remark(),) if self._faults else ()),
            ),
        )

    async def wait(self, seconds: float) -> None:
        """A feed tells nothing by itself."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Nothing stays open."""

    def clock(self) -> ClockSeen | None:
        """As the last answer said."""
        return self._fetcher.seen

    def remark(self) -> str:
        """What was wrong with the feed and set right."""
        return f"the feed was read leniently: {'; '.join(self._faults)}" if self._faults else ""


def _conditions(before: _Cursor | None) -> dict[str, str]:
    """Ask for what has changed alone (RFC 9110 §13)."""
    headers = {"accept": _ACCEPT}
    if before and before.etag:
        headers["if-none-match"] = before.etag
    if before and before.modified:
        headers["if-modified-since"] = before.modified
    return headers


def _cursor(fetched: Fetched, digests: list[str], faults: tuple[str, ...]) -> str:
    """What comes with an answer goes back only if it is plain enough for a header."""
    plain = {name: fetched.headers.get(header, "") for name, header in _VALIDATORS.items()}
    kept = {name: value for name, value in plain.items() if 0 < len(value) < 200 and value.isprintable()}  # noqa: PLR2004
    return _Cursor(seen=tuple(digests), faults=faults, **kept).model_dump_json()


_VALIDATORS = {"etag": "etag", "modified": "last-modified"}


def _digest(entry: Entry) -> str:
    return hashlib.sha256(entry.id.encode("utf-8", "replace")).hexdigest()[:20]


def _parsed(cursor: str | None) -> _Cursor | None:
    if cursor is None:
        return None
    try:
        return _Cursor.model_validate_json(cursor)
    except ValidationError:
        return None
