"""Which way a source is read, by its kind; what fetches is loaded only here (DESIGN rule 10)."""

from typing import TYPE_CHECKING

from activities.collecting import Way
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.notices import Mode
from leerp.protocol import RefusalReason
from notifications.sources import AnySource
from notifications.sources.feed import FeedSettings
from notifications.sources.mailbox import MailboxSettings
from notifications.sources.misp import MispSettings
from notifications.sources.taxii import TaxiiSettings
from records.collecting import Declared

if TYPE_CHECKING:  # an exercise loads nothing that could ask anybody
    from aiohttp.abc import AbstractResolver


def way_of(name: str, settings: AnySource, rooms: Rooms, *, names: "AbstractResolver | None" = None) -> Way:
    """The way; RefusedError in an exercise, where nothing comes in from the world."""
    if rooms.mode is Mode.EXERCISE:
        sentence = "An exercise reads no sources: what is real must not come into it."
        raise RefusedError(sentence, reason=RefusalReason.NOT_AUTHORISED)
    if isinstance(settings, MailboxSettings):
        from activities.collecting.mailbox import MailboxWay  # noqa: PLC0415 - loaded where there is such a source

        return MailboxWay(name, settings)
    if isinstance(settings, MispSettings):
        from activities.collecting.misp import MispWay  # noqa: PLC0415 - the same

        return MispWay(name, settings, clock=rooms.wall_clock, directory=rooms.directory)
    return _web_way(name, settings, rooms, names)


def _web_way(name: str, settings: FeedSettings | TaxiiSettings, rooms: Rooms, names: "AbstractResolver | None") -> Way:
    from activities.collecting.feed import FeedWay  # noqa: PLC0415 - the same
    from activities.collecting.fetching import Fetcher  # noqa: PLC0415 - the same
    from activities.collecting.taxii import TaxiiWay  # noqa: PLC0415 - the same

    fetcher = Fetcher(name, settings, clock=rooms.wall_clock, names=names)
    if isinstance(settings, FeedSettings):
        return FeedWay(name, settings, fetcher, centre=rooms.directory().centre.id)
    return TaxiiWay(name, settings, fetcher)


def declared(name: str, settings: AnySource) -> Declared:
    """What the records keep of how it is settled."""
    expected = settings.expected_every_minutes
    return Declared(
        name=name,
        kind=settings.kind,
        interval_seconds=max(1, round(settings.interval_seconds)),
        expected_seconds=None if expected is None else max(1, round(expected * 60)),
        alarm_after=settings.alarm_after_failures,
    )
