"""Searching what the centre holds, as one searcher may see it.

What a searcher may not see is left out where the index is read. Everything after that (counting, order, suggestions,
pages) knows only what may be seen, and no figure about the whole; so it cannot tell of anything else.
"""

from bisect import bisect_right
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.search_terms import Wanted, wanted_in
from leerp.searching import SearchAnswer, Searcher, SearchKind, SearchQuery
from records import search_counted, search_pages, search_rows, search_sent, search_shown
from records.search_filling import shelf
from records.search_matching import Outcome, ranked, suggested, told
from records.search_rows import Place, Places, Shown


async def search(c: AsyncConnection, query: SearchQuery, searcher: Searcher) -> SearchAnswer:
    """What a searcher finds. Without a word in the query, nothing.

    People of a stakeholder find what was sent there, as it was sent. Raises BadInputError when the query is too long
    or `after` is not of an answer to it.
    """
    wanted = wanted_in(query.text)
    after = search_pages.read(query)
    if not wanted:
        return SearchAnswer()
    if searcher.stakeholder is None:
        outcome = await _held(c, query, wanted, searcher)
    else:
        sent = await search_sent.sent_to(c, searcher, query)
        outcome = search_sent.outcome(sent, wanted)
    ranks = ranked(outcome, wanted, query.kinds or frozenset(SearchKind))
    rest = ranks[bisect_right(ranks, after) :] if after else ranks
    page = told(outcome, wanted, rest[: query.limit])
    if searcher.stakeholder is None:
        found = await search_shown.shown(c, page, wanted, searcher)
    else:
        found = search_sent.shown(sent, page, wanted)
    return SearchAnswer(
        found=tuple(found),
        total=len(ranks),
        more=outcome.cut,
        suggestions=suggested(outcome, wanted[-1]),
        next=search_pages.written(query, rest[len(page) - 1]) if len(rest) > len(page) else None,
    )


async def _held(c: AsyncConnection, query: SearchQuery, wanted: Sequence[Wanted], searcher: Searcher) -> Outcome:
    """Where the words stand in what the centre holds, in the things alone that have them all.

    The words that stand in few things say which things are looked at for the others. Only where every word stands in
    more than is looked at, the answer is cut.
    """
    shown = _shown(c, query, searcher)
    counted = await search_counted.places(c, query, wanted, searcher)
    read = [await search_rows.places(c, one, shown) for one in wanted]
    read = [
        Places([*counted.get(one.word, ()), *places.rows], places.cut) for one, places in zip(wanted, read, strict=True)
    ]
    whole = [one for one in read if not one.cut]
    things = {row.thing for row in min(whole or read[:1], key=lambda one: len(one.rows)).rows}
    things |= {row.thing for these in counted.values() for row in these}
    rows: list[list[Place]] = []
    for one, places in zip(wanted, read, strict=True):
        other = places.cut and len(wanted) > 1
        these = await search_rows.also(c, one, sorted(things), shown) if other else places.rows
        these = [*counted.get(one.word, ()), *these] if other else these
        rows.append(these)
        things &= {row.thing for row in these}
    return Outcome([[row for row in these if row.thing in things] for these in rows], cut=not whole)


def _shown(c: AsyncConnection, query: SearchQuery, searcher: Searcher) -> Shown:
    only = []
    if searcher.closed:
        only.append(search_rows.closed_to(c, searcher.closed))
    if query.incident:
        only.append(search_rows.of_incident(query.incident))
    if query.kinds:
        only.append(search_rows.of_kinds(query.kinds))
    return Shown(tuple(shelf(query.mode, level) for level in searcher.levels), tuple(only))
