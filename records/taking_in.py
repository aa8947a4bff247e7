"""What taking many reports in at once asks of the store, and what it writes there: a few statements for all of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from leerp.marking import Marking
from leerp.notices import Mode
from leerp.protocol import Signal
from records import bursts, incidents, journal, outbox, reports, search_standing, sightings
from records.bursts import Burst, Standing
from records.journal import Due
from records.reports import Earlier, Kept, Ready
from records.schema import incidents as incidents_table
from records.statements import hold_all

_OPEN = incidents_table.insert()


class Wanted(NamedTuple):
    """What is asked: ids of reports, SHA-256 of contents, digests of observables, likenesses, years of arrival."""

    ids: Collection[str]
    contents: Collection[str]
    digests: Collection[str]
    likenesses: Collection[str]
    years: Collection[int]


class Known(NamedTuple):
    """What is there: reports by id and by content, ongoing incidents by digest, bursts by likeness, numbers by year."""

    by_id: dict[str, Earlier]
    by_content: dict[str, Earlier]
    shared: dict[str, set[str]]
    bursts: dict[str, Standing]
    last_numbers: dict[int, int]


@dataclass
class Taken:
    """What is to be written. `marked`: the least marking of incidents that are there already."""

    opened: list[dict[str, object]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    counted: list[tuple[str, Ready]] = field(default_factory=list)
    bursts: dict[str, Burst] = field(default_factory=dict)
    marked: dict[str, Marking] = field(default_factory=dict)
    entries: list[Due] = field(default_factory=list)
    signals: list[tuple[str, Signal, str]] = field(default_factory=list)


def look(connection: Connection, wanted: Wanted, *, mode: Mode) -> Known:
    """What there is of it. In a write transaction nobody else looks or takes anything in until that ends."""
    numbers = [incidents.references(mode, year) for year in wanted.years]
    hold_all(connection, ["intake", f"intake/{mode}", *numbers])
    by_id, by_content = reports.earlier(connection, ids=wanted.ids, contents=wanted.contents, mode=mode)
    return Known(
        by_id,
        by_content,
        sightings.incidents_of(connection, wanted.digests, mode=mode),
        bursts.standing(connection, wanted.likenesses, mode=mode),
        incidents.last_numbers(connection, wanted.years, mode=mode),
    )


def write(connection: Connection, taken: Taken) -> None:
    """Write all of it, the chains of the journal first: who writes a chain changes its incident after that."""
    hold_all(connection, {f"journal/{one.incident}" for one in taken.entries})
    if taken.opened:
        connection.execute(_OPEN, taken.opened)
        search_standing.opened(connection, taken.opened)
    reports.keep(connection, taken.kept)
    bursts.keep_counted(connection, taken.counted)
    bursts.keep(connection, taken.bursts.values())
    incidents.raise_markings(connection, taken.marked)
    journal.write_due(connection, taken.entries)
    outbox.post_all(connection, taken.signals)
