"""Reading what an incident holds for a product or a package: item by item, so that nobody waits long for the store."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.contributions import Contribution
from leerp.errors import RefusedError
from leerp.grades import UNGRADED
from leerp.marking import Marking
from leerp.model import Instant
from leerp.observables import Observable
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from matrices.jurisdictions import Chosen, Item
from notifications.context import PooledItem
from records import contributions, products, reports
from records.reports import StoredReport


@dataclass(frozen=True)
class Held:
    """A report or a contribution that the incident holds: as a notice tells it, and as a rule judges it."""

    item: Item
    told: PooledItem
    contributed: bool

    def only(self, chosen: Chosen) -> "Held":
        """What of it was chosen."""
        seen = self.told.first_seen
        changes: dict[str, Any] = {
            "observables": tuple(self.told.observables[place] for place in chosen.places),
            "first_seen": tuple(seen[place] for place in chosen.places) if seen else (),
            "because": tuple(why.value for why in chosen.because),
        }
        changes |= {} if chosen.whole else {"title": None, "narrative": ""}
        return replace(self, told=self.told.model_copy(update=changes))


async def held(
    c: AsyncConnection, reference: str, directory: Directory, *, items: Collection[str] = ()
) -> AsyncIterator[Held]:
    """What an incident holds, reports first, each kind in the order it was received; only `items` if there are any.

    Refused when one of them is not of this incident.
    """
    given, contributed = await products.report_ids(c, reference), await products.contribution_ids(c, reference)
    need_known(items, [*given, *contributed], reference)
    countries = {name: one.country for name, one in directory.by_id().items()}
    for identifier in given:
        if not items or identifier in items:
            report = await reports.get(c, identifier)
            yield _reported(report, countries.get(report.report.source))
    for identifier in contributed:
        if not items or identifier in items:
            stored = await contributions.get(c, identifier)
            yield _contributed(identifier, stored.contribution, countries.get(stored.contribution.contributor))


def need_known(named: Collection[str], known: Collection[str], reference: str) -> None:
    """Refuse when something is named that the incident does not hold."""
    unknown = sorted(set(named) - set(known))
    if unknown:
        sentence = f"{', '.join(unknown)}: no report and no contribution of {reference}; nothing was drafted."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)


async def marking_of(c: AsyncConnection, identifier: str) -> Marking:
    """The marking of a report or a contribution that is known to be there."""
    if identifier.startswith("C-"):
        return (await contributions.head(c, identifier)).contribution.marking
    return (await reports.get(c, identifier)).report.marking


def _reported(stored: StoredReport, country: str | None) -> Held:
    report = stored.report
    told = PooledItem(
        provider=report.source,
        at=report.reported_at,
        title=report.title,
        narrative=report.narrative,
        marking=report.marking,
        grade=stored.grade,
        observables=report.observables,
    )
    item = Item(stored.id, country, report.facts.countries, report.observables)
    return Held(item, told, contributed=False)


def _contributed(identifier: str, one: Contribution, country: str | None) -> Held:
    told = PooledItem(
        provider=one.contributor,
        at=one.contributed_at,
        title=one.title,
        narrative=one.narrative,
        marking=one.marking,
        grade=one.grade or UNGRADED,
        observables=one.observables,
        first_seen=_first_seen(one),
    )
    return Held(Item(identifier, country, (), one.observables), told, contributed=True)


def _first_seen(one: Contribution) -> Sequence[Instant | None]:
    """Of each observable when it was first seen; nothing where its contributor says so of none."""
    times: dict[Observable, Instant] = {
        detail.observable: detail.first_seen for detail in one.details if detail.first_seen is not None
    }
    return tuple(times.get(observable) for observable in one.observables) if times else ()
