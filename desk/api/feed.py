"""The feed of one reader: the objects of the STIX bundles that it was sent, exactly as they were sent to it.

What it may no longer have, because a clearance ended, or never over this way, because the way is not accredited for it,
is not in the feed. Reading is written down before anything is answered; it confirms nothing.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

from desk.access import reads
from desk.access.principals import Principal
from desk.api.authenticating import Caller
from desk.assembly import House
from leerp.marking import Marking, refusal
from notifications.forms import stix
from records import documents, feeds
from records.feeds import FeedObject, NewObject, SentFile, Wanted

_MOST_KEPT = 16
"""As many bundles as are kept at hand."""

_SPEC_VERSION = "2.1"
Object = dict[str, Any]


class Page(NamedTuple):
    """A part of a feed. `more`: there is more after it."""

    objects: list[FeedObject]
    more: bool


class Feed:
    """Reads feeds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._bundles: OrderedDict[str, dict[str, Object]] = OrderedDict()

    async def page(self, caller: Caller, wanted: Wanted, *, limit: int) -> Page:
        """A part of the caller's own feed, with what was sent since it was last looked at."""
        files = await self._files(caller)
        had = {file.sha256 for file in files if self._may_have(caller, file.marking)}
        shown = wanted._replace(without={file.sha256 for file in files} - had)
        async with self._house.store.reading() as connection:
            found = await feeds.page(connection, caller.token.source, shown, limit=limit + 1)
        return Page(found[:limit], len(found) > limit)

    async def contents(self, caller: Caller, objects: list[FeedObject]) -> list[Object]:
        """The objects themselves, once it is written down that they are read."""
        files = {file.sha256: file for file in await self._files(caller)}
        principal = _principal(caller)
        read = {one.sha256: files[one.sha256] for one in objects}
        await asyncio.gather(
            *(
                reads.note(
                    self._house,
                    principal,
                    what=f"feed of notice {file.notice}",
                    incident=file.incident,
                    marking=file.marking or Marking(),
                )
                for file in read.values()
            )
        )
        return [(await self._bundle(one.sha256))[one.object] for one in objects]

    async def _files(self, caller: Caller) -> list[SentFile]:
        """What the caller was sent; what it may have of that is in its feed when this returns."""
        reader = caller.token.source
        async with self._house.store.reading() as connection:
            files = await feeds.sent_files(connection, reader, media_type=stix.MEDIA_TYPE)
        fresh = [file for file in files if not file.added and self._may_have(caller, file.marking)]
        if fresh:
            new = [(file, _new(await self._bundle(file.sha256))) for file in fresh]
            async with self._house.store.writing() as tx:
                await feeds.add(tx, reader, new, at=self._house.now())
        return files

    def _may_have(self, caller: Caller, marking: Marking | None) -> bool:
        """Whether it may have this today, over this way; what providers asked for was applied when it was sent."""
        settings, stakeholder = self._house.settings, caller.stakeholder
        maximum = min(settings.feed_maximum, settings.desk_maximum, key=lambda level: level.rank)
        reader = stakeholder.reader(stakeholder.contacts[0])
        at = self._house.now()
        return marking is not None and refusal(marking, reader, channel_maximum=maximum, lifted=True, at=at) is None

    async def _bundle(self, sha256: str) -> dict[str, Object]:
        """The objects of a bundle by their ids."""
        if sha256 in self._bundles:
            self._bundles.move_to_end(sha256)
            return self._bundles[sha256]
        async with self._house.store.reading() as connection:
            content = await documents.get(connection, sha256)
        found = {str(one["id"]): one for one in json.loads(content)["objects"]}
        self._bundles[sha256] = found
        if len(self._bundles) > _MOST_KEPT:
            self._bundles.popitem(last=False)
        return found


def _new(bundle: dict[str, Object]) -> list[NewObject]:
    return list(_each(bundle))


def _each(bundle: dict[str, Object]) -> Iterator[NewObject]:
    for name, one in bundle.items():
        version = str(one.get("modified") or one["created"])
        yield NewObject(name, version, str(one["type"]), str(one.get("spec_version", _SPEC_VERSION)))


def _principal(caller: Caller) -> Principal:
    """Who reads, as the journal has it: the token."""
    stakeholder = caller.stakeholder
    reader = stakeholder.reader(stakeholder.contacts[0])
    return Principal(id=caller.id, name=stakeholder.name, roles=(), stakeholder=stakeholder.id, reader=reader)
