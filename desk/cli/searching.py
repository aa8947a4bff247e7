"""`leerp search`: what the asker may see of what is stored, by its words, names and observables."""

from collections.abc import Callable
from typing import Annotated

import structlog
from cyclopts import App, Parameter

from desk.access.principals import principal_of
from desk.assembly import House, open_house
from desk.cli.running import Answer
from leerp.errors import BadInputError
from leerp.searching import Found, Passage, SearchAnswer, Searcher, SearchKind, SearchQuery
from leerp.settings import Settings
from records.search_rebuild import fill
from records.searching import search as search_records

log = structlog.get_logger()


def add_to(app: App) -> None:
    """Add this command."""
    app.command(search)


async def search(
    *words: str,
    kind: Annotated[tuple[SearchKind, ...], Parameter(help="Only things of this kind; give it again for more.")] = (),
    incident: Annotated[str | None, Parameter(help="Only what belongs to this incident.")] = None,
    limit: Annotated[int, Parameter(help="How many on a page, at most 100.")] = 20,
    after: Annotated[str | None, Parameter(help="The next page: what the page before ended with.")] = None,
    rebuild: Annotated[bool, Parameter(help="Put everything stored into the index anew.", negative="")] = False,
    person: Annotated[str | None, Parameter(name="--as", help="Whose eyes to search with; else LEERP_ACTOR.")] = None,
) -> Answer:
    """Find what is stored by its words: incidents, reports, contributions, observables, notices, actions of the plan.

    A word may be the beginning of one, an id, an observable also defanged, a domain for all under it, or a network for
    the addresses in it. The asker finds what the asker may see; people of a stakeholder, what was sent there. Exit
    code 1 where nothing is found.
    """
    settings = Settings()
    if rebuild:
        if words:
            raise BadInputError("--rebuild puts the index in order and searches nothing; give it without words")
        return await _rebuild(settings)
    if not words:
        raise BadInputError("search for what? Give words, an id or an observable")
    async with open_house(settings) as house:
        query = SearchQuery(
            text=" ".join(words),
            mode=house.rooms.mode,
            kinds=frozenset(kind),
            incident=incident,
            limit=limit,
            after=after,
        )
        async with house.store.reading() as connection:
            answer = await search_records(connection, query, _searcher(house, person))
    return Answer(data=answer, lines=_lines(answer), code=0 if answer.found else 1)


async def _rebuild(settings: Settings) -> Answer:
    async with open_house(settings, migrate=True) as house:
        done = await fill(house.store, anew=True, told=_told(1_000))
    return Answer(data={"indexed": done}, lines=[f"{done} things put into the index anew"])


def _told(every: int) -> Callable[[int], None]:
    """Say how far it is, now and then."""
    due = every

    def told(done: int) -> None:
        nonlocal due
        if done >= due:
            log.info("search_filling", done=done)
            due = done + every

    return told


def _searcher(house: House, person: str | None) -> Searcher:
    """Who searches: an officer, or a member of a stakeholder."""
    named = person or house.settings.actor
    directory = house.rooms.directory()
    known = principal_of(directory, named) if named else None
    if known is None:
        officers = ", ".join(one.id for one in directory.officers if one.roles)
        asked = f"{named} has no role in the directory" if named else "who searches?"
        raise BadInputError(f"{asked}; say --as ID or set LEERP_ACTOR; the directory has {officers}")
    return Searcher(reader=known.reader, stakeholder=known.stakeholder, at=house.now())


def _lines(answer: SearchAnswer) -> list[str]:
    if not answer.found:
        return ["nothing found"]
    more = "more than " if answer.more else ""
    lines = [f"{more}{answer.total} found"]
    for one in answer.found:
        lines += _told_of(one)
    lines += [f"go on with: {', '.join(answer.suggestions)}"] if answer.suggestions else []
    lines += [f"next page: --after {answer.next}"] if answer.next else []
    return lines


def _told_of(one: Found) -> list[str]:
    held = f", held by {one.holders}: {', '.join(one.held_by)}" if one.holders else ""
    title = one.title.text if one.title else ""
    lines = [f"{one.kind.value} {one.id} ({one.incident}) [{one.marking}]", f"  {title}{held}"]
    lines += [f"  … {_marked(one.snippet)} …"] if one.snippet else []
    return [*lines, f"  {'; '.join(one.why)}"]


def _marked(passage: Passage) -> str:
    """A passage with its words between asterisks."""
    text, end = "", 0
    for first, last in passage.marks:
        text += f"{passage.text[end:first]}*{passage.text[first:last]}*"
        end = last
    return text + passage.text[end:]
