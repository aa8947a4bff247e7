"""Search: across incidents, reports, observables and notices, as far as the person may see."""

from typing import Annotated

from fastapi import Query, Request, Response

from desk.access.acts import DeskAct
from desk.access.routes import Routes, who
from desk.access.sessions import Sessions
from desk.access.sight import sight_of
from desk.assembly import House
from desk.web.pages import Pages
from leerp.errors import BadInputError
from leerp.searching import MAX_QUERY, SearchAnswer, Searcher, SearchKind, SearchQuery
from records.searching import search


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add this page."""
    routes.add("GET", "/search", SearchPage(house, pages).show, act=DeskAct.SEARCH)


class SearchPage:
    """The page."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def show(
        self,
        request: Request,
        q: Annotated[str, Query(max_length=4 * MAX_QUERY)] = "",
        kind: SearchKind | None = None,
        after: Annotated[str | None, Query(max_length=1_000)] = None,
    ) -> Response:
        """What is found, its number, and how the last word may go on; nothing of what the person may not see."""
        answer, said = SearchAnswer(), ""
        if q.strip():
            try:
                answer = await self._search(request, q, kind, after)
            except BadInputError as error:
                said = error.sentence
        return self._pages.page(
            request,
            "search.html",
            title="Search",
            status=422 if said else 200,
            q=q,
            kind=kind,
            kinds=list(SearchKind),
            answer=answer,
            said=said,
        )

    async def _search(self, request: Request, q: str, kind: SearchKind | None, after: str | None) -> SearchAnswer:
        principal = who(request)
        sight = await sight_of(self._house, principal)
        searcher = Searcher(
            reader=principal.reader,
            stakeholder=principal.stakeholder,
            maximum=sight.maximum,
            closed=frozenset(sight.closed),
            at=sight.now,
        )
        kinds = frozenset({kind} if kind else ())
        query = SearchQuery(text=q, mode=self._house.rooms.mode, kinds=kinds, after=after)
        async with self._house.store.reading() as connection:
            return await search(connection, query, searcher)
