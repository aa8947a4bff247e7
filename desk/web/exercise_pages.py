"""Exercises: the library, what is being played and how it stands, and what came of it; and steering for planners.

It brings the whole room of exercises with it, and loads when the first of these pages is asked for.
"""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from desk.access.acts import DeskAct, may
from desk.access.forms import fields
from desk.access.links import fresh_link
from desk.access.principals import principal_of
from desk.access.routes import who
from desk.assembly import House, open_house
from desk.rehearsing import Rehearsing, files_in
from desk.steering import Found, Standing, runs_in
from desk.supervisor import is_up
from desk.web.files import file_answer
from desk.web.pages import Pages
from exercises.library import load, names
from leerp.errors import LeerpError
from leerp.notices import VariantFile

_TYPES = {".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".json": "application/json"}
_HOUR = timedelta(hours=1)


class Live(NamedTuple):
    """A live run as the page shows it. `standing`: None while it is laid out. `files`: what it has left at its end."""

    found: Found
    standing: Standing | None
    up: bool
    files: tuple[str, ...]


class ExercisePages:
    """The pages."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._rehearsing = Rehearsing(house.settings)
        self._library: list[dict[str, object]] = []

    async def listing(self, request: Request) -> Response:
        """What can be played, what is played, and what was."""
        return await self._page(request)

    async def _page(self, request: Request, *, said: str = "", status: int = 200) -> Response:
        return self._pages.page(
            request,
            "exercises.html",
            title="Exercises",
            status=status,
            library=await asyncio.to_thread(self._scenarios),
            live=[await _seen(found) for found in runs_in(self._house.settings)],
            played=await self._rehearsing.fast_runs(),
            steers=may(who(request).roles, DeskAct.STEER_EXERCISE),
            at_one=self._house.live is not None,
            said=said,
        )

    def _scenarios(self) -> list[dict[str, object]]:
        """The library in short; read once, as it is part of the program."""
        if not self._library:
            read = [load(name) for name in names()]
            self._library = [
                {"name": one.name, "title": one.title, "injects": len(one.injects), "hours": round(one.length / _HOUR)}
                for one in read
            ]
        return self._library

    async def start(self, request: Request) -> Response:
        """Play a scenario: in seconds, live, or at a table."""
        form = await fields(request)
        if self._house.live is not None:
            raise HTTPException(409, "This desk is that of an exercise; start others at the real one.")
        scenario, how = form.get("scenario", ""), form.get("how", "fast")
        try:
            if how == "fast":
                self._rehearsing.start_fast(scenario, at=self._house.now())
            else:
                self._rehearsing.start_live(
                    scenario,
                    run=form.get("run", ""),
                    speed=_number(form.get("speed") or 1),
                    people=form.get("people", ""),
                    table_top=how == "table_top",
                )
        except LeerpError as error:
            return await self._page(request, said=error.sentence, status=409)
        return RedirectResponse("/exercises", status_code=303)

    async def steer(self, request: Request, run: str) -> Response:
        """Pause, resume, change the speed, step, or stop it for good."""
        form = await request.form()
        found = self._found(run)
        try:
            match form.get("do"):
                case "pause":
                    found.clock.pause()
                case "resume":
                    found.resume()
                case "step":
                    await found.step()
                case "speed":
                    found.clock.speed(_number(form.get("speed")))
                case "stop":
                    found.stop(by=who(request).id, reason=str(form.get("reason") or ""))
                case _:
                    raise HTTPException(422, "Say pause, resume, step, speed or stop.")
        except LeerpError as error:
            return await self._page(request, said=error.sentence, status=409)
        return RedirectResponse("/exercises", status_code=303)

    async def open(self, request: Request, run: str) -> Response:
        """Sign in at the desk of a live exercise, as oneself where its directory knows one."""
        found = self._found(run)
        if not is_up(found.settings):
            return await self._page(request, said=f"{run} is not up.", status=409)
        async with open_house(found.settings) as there:
            known = principal_of(there.rooms.directory(), who(request).id) is not None
        link = await fresh_link(found.settings, person=who(request).id if known else None)
        return RedirectResponse(link.address, status_code=303)

    def _found(self, run: str) -> Found:
        found = next((one for one in runs_in(self._house.settings) if one.run.name == run), None)
        if found is None:
            raise HTTPException(404, f"There is no live exercise {quote(run)}.")
        return found

    async def file(self, run: str, name: str) -> Response:
        """A file that a fast run has left."""
        return _file(self._rehearsing.file(run, name))

    async def live_file(self, run: str, name: str) -> Response:
        """A file that a live run has left."""
        folder = self._found(run).run.out_folder
        if name not in files_in(folder):
            raise HTTPException(404, f"{quote(run)} has left no such file.")
        return _file(folder / name)


def _file(path: Path) -> Response:
    return file_answer(VariantFile(name=path.name, media_type=_TYPES[path.suffix], content=path.read_bytes()))


async def _seen(found: Found) -> Live:
    standing = await _standing(found)
    files = files_in(found.run.out_folder) if standing and standing.ended else ()
    return Live(found, standing, is_up(found.settings), files)


async def _standing(found: Found) -> Standing | None:
    """Where a run stands; None while it is being laid out."""
    try:
        return await found.standing()
    except (LeerpError, OSError):
        return None


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError as error:
        raise HTTPException(422, "The speed is a number from 1 to 60.") from error
