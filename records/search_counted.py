"""Finding reports that were only counted, by their ids: each leads to the report that speaks for it.

They are not in the index. What they say is what the leading one says, but for ids, times and digits; so its words and
its observables lead to it anyway, and only their own ids are asked for here. An id of a source is looked for as it is
written, whole: with the sources of the bursts it makes the id under which such a report is kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.notices import Mode
from leerp.search_terms import Wanted, wanted_in, written_in
from leerp.search_things import Place as Weight
from leerp.search_things import thing_name
from leerp.searching import Searcher, SearchKind, SearchQuery
from records.reports import report_id
from records.schema_correlating import bursts, repeats
from records.schema_searching import search_parts
from records.search_filling import age
from records.search_rows import Place
from records.statements import chunks

MOST_BURSTS = 2_000
"""Of so many bursts the sources are asked for; an id that leerp gave is found in any case."""

MOST_SOURCES = 500


async def places(
    c: AsyncConnection, query: SearchQuery, wanted: Sequence[Wanted], searcher: Searcher
) -> dict[str, list[Place]]:
    """By word, the leading reports that a searcher may see and that speak for a report with an id that has the word."""
    if query.kinds and SearchKind.REPORT not in query.kinds:
        return {}
    written = {one: {word.word for word in wanted_in(one)} for one in written_in(query.text) if _may_be_an_id(one)}
    leading = await _leading(c, written, query.mode) if written else {}
    ages = await _visible(c, {report for found in leading.values() for report in found}, query, searcher)
    found: dict[str, list[Place]] = defaultdict(list)
    asked = {one.word for one in wanted}
    for one, words in written.items():
        for report in leading.get(one, ()):
            thing = thing_name(SearchKind.REPORT, report)
            for word in words & asked if thing in ages else ():
                found[word].append(Place(thing, word, int(Weight.COUNTED), ages[thing]))
    return found


def _may_be_an_id(written: str) -> bool:
    """Reports that are alike tell themselves apart by numbers."""
    return any(sign.isdigit() for sign in written)


async def _leading(c: AsyncConnection, written: Iterable[str], mode: Mode) -> dict[str, set[str]]:
    """For each of these, the reports that speak for a counted one of that id."""
    sources = await _sources(c, mode)
    asked: dict[str, str] = {}
    for one in written:
        asked[one[:2].upper() + one[2:].lower()] = one  # the id that leerp gave, which has one way to be written
        for form in (one, one.lower(), one.upper()):
            asked.update({report_id(source, form, mode=mode): one for source in sources})
    found: dict[str, set[str]] = defaultdict(set)
    for some in chunks(sorted(asked)):
        query = select(repeats.c.id, repeats.c.leading).where(repeats.c.id.in_(some), repeats.c.mode == mode)
        for row in await c.execute(query):
            found[asked[row.id]].add(row.leading)
    return found


async def _sources(c: AsyncConnection, mode: Mode) -> list[str]:
    """Who has sent what was counted."""
    rows = await c.scalars(_BURSTS.where(bursts.c.mode == mode))
    return sorted({source for row in rows for source in row})[:MOST_SOURCES]


def _of_bursts() -> Select[Any]:
    """The sources of each burst of which anything was counted, from one leading report to the next in their order.

    There are few of these and many reports that are counted on them: the index of `repeats.leading` is not walked.
    """
    first = select(func.min(repeats.c.leading).label("leading"))
    steps = first.cte("steps", recursive=True)
    following = select(func.min(repeats.c.leading)).where(repeats.c.leading > steps.c.leading).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.leading.is_not(None)))
    return select(bursts.c.sources).join_from(steps, bursts, bursts.c.leading == steps.c.leading).limit(MOST_BURSTS)


_BURSTS = _of_bursts()


async def _visible(
    c: AsyncConnection, leading: Iterable[str], query: SearchQuery, searcher: Searcher
) -> dict[str, int]:
    """Those of these reports that the searcher may see, as things of the index, with their ages."""
    fields = (search_parts.c.thing, search_parts.c.incident, search_parts.c.at, search_parts.c.marking)
    within = search_parts.c.incident == query.incident if query.incident else true()
    found: dict[str, int] = {}
    for some in chunks(sorted(thing_name(SearchKind.REPORT, one) for one in leading)):
        for row in await c.execute(select(*fields).where(search_parts.c.thing.in_(some), within)):
            if row.incident not in searcher.closed and searcher.may_read(row.marking):
                found[row.thing] = age(row.at)
    return found
