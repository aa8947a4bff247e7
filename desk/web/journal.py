"""The journal of an incident as a file."""

from fastapi import Response
from fastapi.responses import PlainTextResponse

from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.pages import Pages
from leerp.journal import verify
from records import incidents, journal


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add these pages."""
    routes.add("GET", "/incidents/{reference}/journal.jsonl", Journal(house).export, act=DeskAct.SEE_JOURNAL)


class Journal:
    """The file."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def export(self, reference: str) -> Response:
        """The journal as a file, verified on the way out."""
        async with self._house.store.reading() as connection:
            await incidents.get(connection, reference)
            lines = await journal.lines(connection, reference)
        verify(lines, name=reference)
        headers = {"Content-Disposition": f'attachment; filename="{reference}.jsonl"'}
        return PlainTextResponse("".join(f"{line}\n" for line in lines), headers=headers)
