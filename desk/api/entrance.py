"""The entrance for machines: one doorkeeper for all calls, so that a token's requests are counted together."""

from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.api import contributions, description, reports, taxii
from desk.api.authenticating import Doorkeeper
from desk.api.repeating import Repeating
from desk.assembly import House
from desk.web.pages import Pages


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add the calls."""
    doorkeeper, repeating = Doorkeeper(house), Repeating(house)
    reports.register(routes, house, doorkeeper, repeating)
    contributions.register(routes, house, doorkeeper, repeating)
    taxii.register(routes, house, doorkeeper)
    description.register(routes, doorkeeper, sessions)
