"""`leerp sign-in`: a one-time link to the desk."""

from cyclopts import App

from desk.access.links import fresh_link
from desk.cli.common import AsOfficer
from desk.cli.running import Answer
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(sign_in, name="sign-in")


async def sign_in(*, officer: AsOfficer = None) -> Answer:
    """Make a one-time link that signs one person in at the desk for twelve hours.

    Whom: --as ID, else LEERP_ACTOR, else the first officer of the directory. Members of stakeholders have ids too.
    """
    link = await fresh_link(Settings(), person=officer)
    lines = [link.address, f"It signs in {link.person}, once."]
    return Answer(data={"link": link.address, "person": link.person}, lines=lines)
