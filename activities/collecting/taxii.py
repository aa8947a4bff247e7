"""Reads a TAXII 2.1 collection: a thin client for the one question that is asked, what was added since.

Source: TAXII 2.1 (OASIS Standard, 10 June 2021) §3.4 (added_after), §3.5 (limit, more, next), §5.4 (objects).
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from activities.arriving import Manner
from activities.collecting import Found, Portion, Reports
from activities.collecting.fetching import Fetched, Fetcher
from leerp.errors import BadInputError, ServiceMissingError
from leerp.formats.stix_bundles import PREDEFINED
from leerp.formats.stix_groups import bundles, missing
from leerp.formats.strict import json_of
from leerp.model import iso
from leerp.reports import ReportFormat
from notifications.sources.taxii import TaxiiSettings
from records.collecting_alarms import ClockSeen

MEDIA_TYPE = "application/taxii+json;version=2.1"
PAGE = 500
MAX_PAGES = 2_000
MAX_PAGE_BYTES = 8 * 1024 * 1024
MAX_BYTES = 8 * 1024 * 1024
"""Once so much has come, it is taken in before the next page is asked for."""

MAX_MISSING = 100
"""So many objects that others refer to are asked for one by one in a reading."""

_LAST_ADDED = "x-taxii-date-added-last"


class _Page(NamedTuple):
    """A page: its objects, when the last of them was added, and how many bytes it has."""

    objects: list[Mapping[str, Any]]
    last: str | None
    size: int


class TaxiiWay:
    """How a collection is read. The cursor is the time at which the last object read was added there."""

    def __init__(self, name: str, settings: TaxiiSettings, fetcher: Fetcher) -> None:
        self._name = name
        self._settings = settings
        self._fetcher = fetcher

    async def read(self, cursor: str | None, *, at: datetime) -> AsyncIterator[Portion]:
        """What was added since, as the reports that it makes; where that is much, in parts.

        It counts as read only at the end of all pages: objects on either side of a page may have been added at once.
        """
        since = cursor or iso(at - timedelta(hours=self._settings.lookback_hours)).replace("+00:00", "Z")
        objects: list[Mapping[str, Any]] = []
        last, size = None, 0
        async for page in self._pages(since):
            objects += page.objects
            last, size = page.last or last, size + page.size
            if size >= MAX_BYTES:
                yield Reports(found=await self._found(objects))
                objects, size = [], 0
        if objects or last:
            yield Reports(found=await self._found(objects), cursor=last)

    async def _pages(self, since: str) -> AsyncIterator["_Page"]:
        query = {"added_after": since, "limit": str(PAGE)}
        for _ in range(MAX_PAGES):
            fetched = await self._asked(f"{self._settings.address}?{urlencode(query)}")
            envelope = self._envelope(fetched)
            objects = envelope.get("objects", [])
            page = _Page(objects, self._last_added(fetched, objects), len(fetched.content))
            yield page
            if envelope.get("more") is not True or not objects:
                return
            following = envelope.get("next")
            if isinstance(following, str) and 0 < len(following) <= 1_000:  # noqa: PLR2004
                query["next"] = following
            elif page.last not in (None, query["added_after"]):
                query = {"added_after": str(page.last), "limit": str(PAGE)}
            else:
                raise BadInputError(f"source {self._name}: says there is more and not where; tell whoever runs it")
        raise BadInputError(f"source {self._name}: has more than {MAX_PAGES} pages; shorten lookback_hours")

    async def _missing(self, objects: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What these refer to and what came earlier: without it a report could not be read. Some servers lack it."""
        wanted = sorted(missing(objects) - PREDEFINED.keys())[:MAX_MISSING]
        found: list[Mapping[str, Any]] = []
        for identifier in wanted:
            try:
                fetched = await self._asked(f"{self._settings.address}{quote(identifier, safe='')}/")
            except ServiceMissingError:
                continue  # what cannot be read without it is refused, and the refusal is journalled
            found.extend(self._envelope(fetched).get("objects", [])[:1])
        return found

    async def _asked(self, url: str) -> Fetched:
        headers = {"accept": MEDIA_TYPE, **self._authorization()}
        fetched = await self._fetcher.get(url, headers=headers, most_bytes=MAX_PAGE_BYTES)
        said = fetched.headers.get("content-type", "").replace(" ", "").lower()
        if not said.startswith("application/taxii+json"):
            raise BadInputError(f"source {self._name}: does not answer as a TAXII 2.1 server; see api_root")
        return fetched

    def _authorization(self) -> dict[str, str]:
        token, password = self._settings.token(), self._settings.password()
        if token is not None:
            return {"authorization": f"Bearer {token}"}
        if password is None:
            return {}
        basic = base64.b64encode(f"{self._settings.username}:{password}".encode()).decode()
        return {"authorization": f"Basic {basic}"}

    def _envelope(self, fetched: Fetched) -> dict[str, Any]:
        envelope = json_of(fetched.content, name=f"source {self._name}")
        objects = envelope.get("objects", []) if isinstance(envelope, dict) else None
        if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
            raise BadInputError(f"source {self._name}: no TAXII envelope of objects")
        return dict(envelope)

    def _last_added(self, fetched: Fetched, page: Sequence[object]) -> str | None:
        """The header that says how far this page goes; only a time is believed."""
        if not page:
            return None
        said = fetched.headers.get(_LAST_ADDED, "")
        try:
            datetime.fromisoformat(said)
        except ValueError as error:
            why = f"source {self._name}: does not say when its objects were added ({_LAST_ADDED}); tell whoever runs it"
            raise BadInputError(why) from error
        return said

    async def _found(self, objects: Sequence[Mapping[str, Any]]) -> tuple[Found, ...]:
        if not objects:
            return ()
        whole = [*objects, *await self._missing(objects)]
        return await asyncio.to_thread(lambda: tuple(map(self._report, bundles(whole))))

    def _report(self, bundle: Mapping[str, Any]) -> Found:
        return Found(
            content=json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode(),
            name=f"{self._name}/{bundle['id']}",
            source=self._settings.source,
            format=ReportFormat.STIX,
            manner=Manner(data={"collected_from": self._name}),
        )

    async def wait(self, seconds: float) -> None:
        """A collection tells nothing by itself."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Nothing stays open."""

    def clock(self) -> ClockSeen | None:
        """As the last answer said."""
        return self._fetcher.seen

    def remark(self) -> str:
        """Nothing: what is wrong with what it holds stands with each report."""
        return ""
