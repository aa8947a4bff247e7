"""The directory: who is told, how they are reached, and what waits for two officers."""

from typing import Annotated

from fastapi import Query, Request, Response

from activities.contact_pins import waiting
from desk.access.acts import DeskAct
from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.pages import Pages
from leerp.stakeholders import Group, Stakeholder
from notifications.configuration import load_channels
from notifications.directory_check import check_directory

PAGE = 100
"""How many stakeholders stand on a page."""


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add this page."""
    routes.add("GET", "/directory", DirectoryPage(house, pages).show, act=DeskAct.SEE_DIRECTORY)


class DirectoryPage:
    """The page."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    async def show(
        self,
        request: Request,
        group: Group | None = None,
        name: Annotated[str, Query(max_length=100)] = "",
        page: Annotated[int, Query(ge=1, le=1_000)] = 1,
    ) -> Response:
        """Stakeholders by group or name, what is wrong with the directory, and the changes that wait."""
        directory = self._house.rooms.directory()
        channels = load_channels(self._house.settings.config / "channels.yaml")
        found = [one for one in directory.stakeholders if _meant(one, group, name.strip().casefold())]
        return self._pages.page(
            request,
            "directory.html",
            title="Directory",
            version=directory.version,
            found=found[(page - 1) * PAGE : page * PAGE],
            total=len(found),
            number=page,
            pages=max(1, -(-len(found) // PAGE)),
            groups=list(Group),
            group=group,
            name=name,
            officers=directory.officers,
            members=directory.members,
            problems=check_directory(directory, channels, at=wall_clock()),
            changes=[one.change.sentence for one in await waiting(self._house.rooms)],
        )


def _meant(one: Stakeholder, group: Group | None, name: str) -> bool:
    in_group = group is None or one.group is group
    return in_group and (not name or name in one.id.casefold() or name in one.name.casefold())
