"""A TAXII 2.1 server (OASIS Standard, 10 June 2021) with one collection for each reader: what was sent to it.

It is read only. A token of the scope `feed` is the password (HTTP Basic) or the bearer; whatever else there is than the
collection of the token's own stakeholder is not there.
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.api.answering import RefusalError, answering, json_answer
from desk.api.authenticating import BASIC, Caller, Doorkeeper
from desk.api.feed import Feed, Page
from desk.assembly import House
from leerp.machines import Scope
from leerp.reports import MAX_REPORT_BYTES
from notifications.forms import stix
from records.feeds import Wanted

MEDIA_TYPE = "application/taxii+json;version=2.1"
LARGEST_PAGE = 1_000
"""As many objects as are answered at once."""

_MOST_FILTERS = 100
_MATCH = ("id", "type", "version", "spec_version")
_STANDING_VERSIONS = {"all", "first", "last"}
"""Here every object has one version: another content has another id."""

_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    406: "Not acceptable",
    429: "Too many requests",
    503: "Service unavailable",
}


def register(routes: Routes, house: House, doorkeeper: Doorkeeper) -> None:
    """Add the endpoints (TAXII 2.1 §4 and §5)."""
    part = Taxii(house, doorkeeper)
    one = "/taxii2/api/collections/{collection}/"
    endpoints = {
        "/taxii2/": part.discovery,
        "/taxii2/api/": part.api_root,
        "/taxii2/api/collections/": part.collections,
        one: part.collection,
        f"{one}manifest/": part.manifest,
        f"{one}objects/": part.objects,
        one + "objects/{object}/": part.objects,
        one + "objects/{object}/versions/": part.versions,
        "/taxii2/api/status/{status}/": part.status,
    }
    for path, endpoint in endpoints.items():
        routes.add("GET", path, answering(endpoint, say=_error), act=DeskAct.FETCH_AS_MACHINE)


class Taxii:
    """The endpoints."""

    def __init__(self, house: House, doorkeeper: Doorkeeper) -> None:
        self._house = house
        self._doorkeeper = doorkeeper
        self._feed = Feed(house)

    async def _admit(self, request: Request) -> Caller:
        caller = await self._doorkeeper.admit(request, Scope.FEED, challenge=BASIC)
        _check_accept(request)
        return await self._doorkeeper.verified(request, caller, b"")

    async def discovery(self, request: Request) -> Response:
        """What is here (§4.1)."""
        await self._admit(request)
        base = self._house.settings.public_url or str(request.base_url).rstrip("/")
        root = f"{base}/taxii2/api/"
        centre = self._house.rooms.directory().centre.name
        return _answer({"title": f"Early warnings of the {centre}", "default": root, "api_roots": [root]})

    async def api_root(self, request: Request) -> Response:
        """The one root (§4.2)."""
        await self._admit(request)
        versions = [MEDIA_TYPE]
        return _answer({"title": "Early warnings", "versions": versions, "max_content_length": MAX_REPORT_BYTES})

    async def status(self, request: Request) -> Response:
        """Nothing is added here, so nothing has a status (§4.3)."""
        await self._admit(request)
        raise RefusalError(404, "There is no such status: nothing is added here.")

    async def collections(self, request: Request) -> Response:
        """The reader's own collection, and no other (§5.1)."""
        caller = await self._admit(request)
        return _answer({"collections": [_described(caller)]})

    async def collection(self, request: Request) -> Response:
        """The reader's own collection (§5.2)."""
        caller = await self._own(request)
        return _answer(_described(caller))

    async def manifest(self, request: Request) -> Response:
        """What is in it, without the objects (§5.3)."""
        caller = await self._own(request)
        page = await self._page(request, caller)
        entries = [
            {
                "id": one.object,
                "date_added": _stamp(one.added_at),
                "version": one.version,
                "media_type": stix.MEDIA_TYPE,
            }
            for one in page.objects
        ]
        return _paged(page, "objects", entries)

    async def objects(self, request: Request) -> Response:
        """The objects (§5.4), or one of them (§5.6)."""
        caller = await self._own(request)
        page = await self._page(request, caller)
        return _paged(page, "objects", await self._feed.contents(caller, page.objects))

    async def versions(self, request: Request) -> Response:
        """The versions of an object (§5.8)."""
        caller = await self._own(request)
        page = await self._page(request, caller)
        return _paged(page, "versions", [one.version for one in page.objects])

    async def _own(self, request: Request) -> Caller:
        caller = await self._admit(request)
        if request.path_params["collection"] not in (collection_id(caller.token.source), _ALIAS):
            raise RefusalError(404, "There is no such collection; see collections/ for yours.")
        return caller

    async def _page(self, request: Request, caller: Caller) -> Page:
        """What is asked for; 404 for an object that this reader was not sent."""
        wanted, limit = _wanted(request)
        named: str | None = request.path_params.get("object")
        if named is not None:
            await self._need(caller, named)
            wanted = wanted._replace(objects=(named,))
        return await self._feed.page(caller, wanted, limit=limit)

    async def _need(self, caller: Caller, named: str) -> None:
        if not (await self._feed.page(caller, Wanted(objects=(named,)), limit=1)).objects:
            raise RefusalError(404, "There is no such object in your collection.")


_ALIAS = "sent"


def collection_id(reader: str) -> str:
    """The id of a reader's collection: a UUID of version 4, as §5.2 asks, that is the same each time."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"leerp-feed\0{reader}".encode()).digest()[:16], version=4))


def _described(caller: Caller) -> dict[str, Any]:
    return {
        "id": collection_id(caller.token.source),
        "title": "What was sent to you",
        "description": f"Early warnings and updates, as sent to {caller.stakeholder.name}.",
        "alias": _ALIAS,
        "can_read": True,
        "can_write": False,
        "media_types": [stix.MEDIA_TYPE],
    }


def _wanted(request: Request) -> tuple[Wanted, int]:
    """What is asked for (§3.4 and §3.5), and how much of it at once."""
    query = request.query_params
    if len(query.multi_items()) > _MOST_FILTERS:
        raise RefusalError(400, "There are too many parameters.")
    times = [_time(query[name]) for name in ("added_after", "next") if name in query]
    matches = _matches(query)
    versions = matches.get("version", ())
    wanted = Wanted(
        after=max(times, default=None),
        objects=matches.get("id", ()),
        types=matches.get("type", ()),
        versions=() if _STANDING_VERSIONS.intersection(versions) else versions,
        spec_versions=matches.get("spec_version", ()),
    )
    return wanted, _limit(query.get("limit"))


def _matches(query: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in query.items():
        if not name.startswith("match["):
            continue
        field = name.removeprefix("match[").removesuffix("]")
        values = tuple(value.split(","))
        if field not in _MATCH or not name.endswith("]") or len(values) > _MOST_FILTERS:
            raise RefusalError(400, f"{name[:40]!r} cannot be matched here; match {', '.join(_MATCH)}.")
        found[field] = values
    return found


def _limit(given: str | None) -> int:
    if given is None:
        return LARGEST_PAGE
    if not (given.isascii() and given.isdecimal()) or int(given[:9]) < 1:
        raise RefusalError(400, "limit is a number from 1.")
    return min(int(given[:9]), LARGEST_PAGE)


def _time(given: str) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise RefusalError(400, "added_after is a time such as 2026-11-22T14:00:00.000000Z.") from error
    if at.tzinfo is None:
        raise RefusalError(400, "added_after needs its offset from UTC, such as the Z at its end.")
    return at


def _check_accept(request: Request) -> None:
    """Who asks for another form or version is told so (§1.6.8)."""
    accepted = ",".join(request.headers.getlist("accept")) or "*/*"
    if not any(_acceptable(one) for one in accepted.split(",")[:_MOST_FILTERS]):
        raise RefusalError(406, f"Answers here are {MEDIA_TYPE}; accept that.")


def _acceptable(accepted: str) -> bool:
    named, *parameters = (part.strip().lower() for part in accepted.split(";"))
    versions = [part.partition("=")[2].strip('" ') for part in parameters if part.startswith("version=")]
    return named in ("*/*", "application/*", "application/taxii+json") and all(one == "2.1" for one in versions)


def _stamp(at: datetime) -> str:
    """A time as TAXII writes it: RFC 3339 in UTC, to the microsecond, with a Z (§2)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _paged(page: Page, name: str, entries: list[Any]) -> Response:
    """A part of a list, and where the next one begins (§3.4.2). Nothing at all is an empty envelope (§3.7)."""
    headers: dict[str, str] = {}
    content: dict[str, Any] = {"more": page.more, name: entries} if entries else {"more": False}
    if page.objects:
        first, last = (_stamp(one.added_at) for one in (page.objects[0], page.objects[-1]))
        headers = {"X-TAXII-Date-Added-First": first, "X-TAXII-Date-Added-Last": last}
        if page.more:
            content["next"] = last
    return _answer(content, headers=headers)


def _answer(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    answer = json_answer(status, content, headers)
    answer.headers["content-type"] = MEDIA_TYPE
    return answer


def _error(error: RefusalError) -> Response:
    """An error as TAXII has it (§3.6.1)."""
    said = {
        "title": _TITLES.get(error.status, "Not possible"),
        "description": error.sentence,
        "http_status": str(error.status),
    }
    return _answer(said, status=error.status, headers=error.headers)
