"""Who and what the tests of `records/` speak of."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.contributions import Contribution
from leerp.marking import Level, Marking, Reader
from leerp.notices import DeliveryState, Mode, Notice, NoticeKind, Planned, Portion, Section
from leerp.observables import Observable, ObservableKind
from leerp.protocol import Clock, Policy
from leerp.reports import Report
from records import incidents, ledger, notices
from records.ledger import Outcome
from records.store import Store

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "5e" * 32
REFERENCE = "LEERP-2026-0001"
OFFICER, LIAISON, CSIRT, COMPANY = "duty-desk", "bureau-nl", "csirt-de", "vendor-one"


def later(minutes: float) -> datetime:
    """Noon and some minutes."""
    return NOON + timedelta(minutes=minutes)


def domains(*names: str) -> tuple[Observable, ...]:
    """Domains under `.example`."""
    return tuple(Observable(kind=ObservableKind.DOMAIN, value=f"{name}.example") for name in names)


def report(source: str = CSIRT, identifier: str = "r-1", *, title: str = "Worm", names: Iterable[str] = ()) -> Report:
    """A report that holds the domains of these names."""
    return Report(source=source, id=identifier, reported_at=NOON, title=title, observables=domains(*names))


def contribution(contributor: str, identifier: str = "c-1", *, names: Iterable[str] = ()) -> Contribution:
    """A contribution that holds the domains of these names."""
    return Contribution(
        contributor=contributor, id=identifier, contributed_at=NOON, title="Servers seen", observables=domains(*names)
    )


async def open_in(tx: AsyncConnection, *, mode: Mode = Mode.ACTUAL, at: datetime = NOON) -> str:
    """Open an incident in a transaction; its reference."""
    return await incidents.open_incident(
        tx, mode=mode, at=at, title="Worm", marking=Marking(), policy=Policy(), clock=Clock(), secret=SECRET
    )


async def open_one(store: Store, *, mode: Mode = Mode.ACTUAL, at: datetime = NOON) -> str:
    """Open an incident; its reference."""
    async with store.writing() as tx:
        return await open_in(tx, mode=mode, at=at)


def notice(reference: str, identifier: str = "N-1", *, kind: NoticeKind = NoticeKind.LAUNCH_EXTERNAL) -> Notice:
    """A notice of one portion."""
    return Notice(
        id=identifier,
        incident=reference,
        kind=kind,
        mode=Mode.ACTUAL,
        issued_at=NOON,
        issuer="The centre",
        portions=(Portion(section=Section.TITLE, text="An emergency", marking=Marking(level=Level.RESTREINT)),),
    )


def planned(reader: str, *, channel: str = "mail", withheld: str | None = None, address: str = "") -> Planned:
    """A planned delivery to a cleared reader."""
    return Planned(
        reader=Reader(id=reader, group="csirt_network", clearance=Level.SECRET, cleared_until=later(10_000)),
        channel=channel,
        address=address or f"{reader}@desk.example",
        withheld=withheld,
        marking=Marking(level=Level.BPL),
    )


async def plan(
    store: Store, reference: str, lines: Iterable[Planned], *, identifier: str = "N-1", at: datetime = NOON
) -> None:
    """Save a notice and plan its lines."""
    made = notice(reference, identifier)
    async with store.writing() as tx:
        await notices.save(tx, made, audience=[CSIRT], directory_version="1", at=at)
        await ledger.plan(tx, incident=reference, notice=identifier, kind=made.kind, planned=list(lines), at=at)


def sent(reader: str, *, channel: str = "mail", at: datetime = NOON) -> Outcome:
    """That sending worked."""
    return Outcome(reader, channel, DeliveryState.SENT, None, at)


def failed(reader: str, *, reason: str = "unreachable", channel: str = "mail", at: datetime = NOON) -> Outcome:
    """That sending failed for good."""
    return Outcome(reader, channel, DeliveryState.FAILED, reason, at)
