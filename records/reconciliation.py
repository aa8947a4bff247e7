"""How the notices stand that are still to be sent, and which channels do not answer: read from the ledger alone.

It asks no workflow, so that it also tells of one that has died.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.alarms import ChannelDown, StuckNotice
from leerp.journal import DESK, JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import FAULTS_OF_A_CHANNEL, Mode, NoticeKind
from leerp.protocol import Clock
from records import journal
from records.ledger import Sums, sums
from records.schema import PENDING, incidents, ledger, notices

_OF_A_CHANNEL = tuple(reason.value for reason in FAULTS_OF_A_CHANNEL)
"""The same as they stand in the ledger."""

_STUCK = {JournalKind.DELIVERY_NOTICE_STUCK, JournalKind.DELIVERY_NOTICE_MOVING}
_CHANNELS = {JournalKind.DELIVERY_CHANNEL_DOWN, JournalKind.DELIVERY_CHANNEL_UP}


class OpenNotice(Message):
    """A released notice of which something is still to be sent, or nothing is planned yet.

    `moved_at`: when a line was last planned or settled, else when it was released, in the incident's time, which
    `clock` tells from the machine's. `channels`: those of its lines still to be sent.
    """

    incident: str
    notice: str
    kind: NoticeKind
    sums: Sums
    moved_at: Instant
    clock: Clock
    channels: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        """DESIGN rule 7."""
        one = self.sums
        return one.planned == one.sent + one.failed + one.withheld + one.pending


async def open_notices(c: AsyncConnection, *, mode: Mode) -> list[OpenNotice]:
    """The notices of that mode with something still to be sent, and the released ones with nothing planned yet."""
    return [*await _pending(c, mode), *await _unplanned(c, mode)]


async def _pending(c: AsyncConnection, mode: Mode) -> list[OpenNotice]:
    query = select(ledger.c.notice, ledger.c.channel).distinct().where(PENDING)
    channels: dict[str, list[str]] = {}
    for row in (await c.execute(query.order_by(ledger.c.notice, ledger.c.channel))).all():
        channels.setdefault(row.notice, []).append(row.channel)
    found = []
    for notice, names in channels.items():
        rows = await c.execute(_MOVED.where(ledger.c.notice == notice, incidents.c.mode == mode))
        for moved in rows.all():  # one, or none of this mode
            standing = {"notice": notice, "sums": await sums(c, notice), "channels": tuple(names)}
            found.append(OpenNotice.model_validate(standing | moved._asdict()))
    return found


_MOVED = (
    select(
        ledger.c.incident,
        ledger.c.kind,
        incidents.c.clock,
        # What is begun or put back to be tried again has not moved: nobody has heard anything yet.
        func.max(case((PENDING, ledger.c.planned_at), else_=ledger.c.changed_at)).label("moved_at"),
    )
    .join_from(ledger, incidents, ledger.c.incident == incidents.c.reference)
    .group_by(ledger.c.incident, ledger.c.kind, incidents.c.clock)
)


async def _unplanned(c: AsyncConnection, mode: Mode) -> list[OpenNotice]:
    query = (
        select(
            notices.c.incident,
            notices.c.id.label("notice"),
            notices.c.kind,
            incidents.c.clock,
            notices.c.released_at.label("moved_at"),
        )
        .join_from(notices, incidents, notices.c.incident == incidents.c.reference)
        .where(incidents.c.mode == mode, notices.c.released_at.is_not(None), notices.c.audience != ())
        .where(~exists().where(ledger.c.notice == notices.c.id))
    )
    return [OpenNotice(sums=Sums(), **row._asdict()) for row in await c.execute(query)]


async def faulted_channels(c: AsyncConnection, *, mode: Mode) -> dict[str, int]:
    """The channels over which the last attempt found nobody, each with the number of lines that wait for it.

    A channel over which something was sent since is not among them: then the fault was one address's.
    """
    of_mode = ledger.c.incident.in_(select(incidents.c.reference).where(incidents.c.mode == mode))
    fault = PENDING & ledger.c.reason.in_(_OF_A_CHANNEL)
    query = select(ledger.c.channel, func.max(ledger.c.changed_at).label("last")).where(fault, of_mode)
    found = {}
    for row in await c.execute(query.group_by(ledger.c.channel)):
        if not await sent_since(c, row.channel, row.last, mode=mode):
            found[row.channel] = await waiting_for(c, row.channel, mode=mode)
    return found


class Waiting(Message):
    """A notice that is to go over a channel as soon as it can. `at_it`: when somebody last did anything about that."""

    notice: str
    kind: NoticeKind
    at_it: Instant


async def others_waiting(c: AsyncConnection, channel: str, *, than: str, mode: Mode) -> list[Waiting]:
    """The other notices that are to go over a channel: lines not tried yet, or put back because it is down.

    A line put back for a fault of its own waits alone, and a fault of the channel is over once anything went out since.
    """
    mine = (ledger.c.channel == channel, ledger.c.notice == notices.c.id)
    of_mode = notices.c.incident.in_(select(incidents.c.reference).where(incidents.c.mode == mode))
    other = select(notices.c.id).where(notices.c.id != than, notices.c.released_at.is_not(None), of_mode)
    names = list(await c.scalars(other.where(exists().where(PENDING, *mine))))
    if not names:
        return []
    fault = PENDING & ledger.c.reason.in_(_OF_A_CHANNEL)
    query = select(
        ledger.c.notice,
        ledger.c.kind,
        func.max(ledger.c.changed_at).label("at_it"),
        func.sum(case((PENDING & ledger.c.reason.is_(None), 1), else_=0)).label("fresh"),
        func.max(case((fault, ledger.c.changed_at))).label("fault"),
    ).where(ledger.c.notice.in_(names), ledger.c.channel == channel)
    rows = (await c.execute(query.group_by(ledger.c.notice, ledger.c.kind))).all()
    last_fault = max((row.fault for row in rows if row.fault), default=None)
    down = last_fault is not None and not await sent_since(c, channel, last_fault, mode=mode)
    return [Waiting.model_validate(row._asdict()) for row in rows if row.fresh or (down and row.fault)]


async def sent_since(c: AsyncConnection, channel: str, at: datetime, *, mode: Mode) -> bool:
    """Whether anything went out over a channel after that."""
    of_mode = ledger.c.incident.in_(select(incidents.c.reference).where(incidents.c.mode == mode))
    sent = select(exists().where(ledger.c.channel == channel, ledger.c.sent_at > at, of_mode))
    return bool(await c.scalar(sent))


async def waiting_for(c: AsyncConnection, channel: str, *, mode: Mode) -> int:
    """How many lines are still to be sent over a channel."""
    of_mode = ledger.c.incident.in_(select(incidents.c.reference).where(incidents.c.mode == mode))
    count = select(func.count()).select_from(ledger).where(PENDING, ledger.c.channel == channel, of_mode)
    return await c.scalar(count) or 0


async def channels_down(c: AsyncConnection, *, mode: Mode) -> list[ChannelDown]:
    """The channels whose outage is journalled and has not ended, by name."""
    last = await channel_episodes(c)
    down = [entry for entry in last.values() if entry.kind is JournalKind.DELIVERY_CHANNEL_DOWN]
    return [
        ChannelDown.model_validate(
            {
                "channel": entry.data["channel"],
                "since": entry.data["since"],
                "waiting": await waiting_for(c, str(entry.data["channel"]), mode=mode),
            }
        )
        for entry in sorted(down, key=lambda entry: str(entry.data["channel"]))
    ]


async def outages_of(c: AsyncConnection, reference: str) -> list[str]:
    """What of an incident waits for a channel that did not answer when last tried: at once, before the watch looks."""
    count = func.count().label("lines")
    query = (
        select(ledger.c.kind, ledger.c.notice, ledger.c.channel, count)
        .where(ledger.c.incident == reference, PENDING, ledger.c.reason.in_(_OF_A_CHANNEL))
        .group_by(ledger.c.kind, ledger.c.notice, ledger.c.channel)
        .order_by(ledger.c.notice, ledger.c.channel)
    )
    return [
        f"an end of the outage of {row.channel}: {row.lines} readers of {row.kind.value} {row.notice} wait for it"
        for row in await c.execute(query)
    ]


async def channel_episodes(c: AsyncConnection) -> dict[str, JournalEntry]:
    """The last entry on each channel that was ever down: that it is down, or up again."""
    return _last(await journal.entries(c, DESK, kinds=_CHANNELS), "channel")


async def notice_episodes(c: AsyncConnection, reference: str) -> dict[str, JournalEntry]:
    """The last entry on each notice of an incident that was ever stuck: that it is stuck, or moving again."""
    return _last(await journal.entries(c, reference, kinds=_STUCK), "notice")


def _last(entries: Iterable[JournalEntry], name: str) -> dict[str, JournalEntry]:
    return {str(entry.data[name]): entry for entry in entries}


async def all_stuck(c: AsyncConnection) -> list[StuckNotice]:
    """The stuck notices of all incidents. It reads the whole journal: for a start, not for every look."""
    last: dict[tuple[str, str], JournalEntry] = {}
    for entry in await journal.of_kinds(c, _STUCK):
        last[entry.incident, str(entry.data["notice"])] = entry
    return _stuck(last.values())


async def stuck(c: AsyncConnection, references: Collection[str]) -> list[StuckNotice]:
    """The notices of these incidents that are journalled as stuck and not as moving again."""
    return [one for reference in sorted(references) for one in _stuck((await notice_episodes(c, reference)).values())]


def _stuck(last: Iterable[JournalEntry]) -> list[StuckNotice]:
    return [
        StuckNotice.model_validate({**entry.data, "incident": entry.incident})
        for entry in last
        if entry.kind is JournalKind.DELIVERY_NOTICE_STUCK
    ]
