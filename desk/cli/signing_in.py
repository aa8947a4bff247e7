"""`leerp sign-in`: a one-time link to the desk."""

from cyclopts import App

from desk.cli.running import Answer
from desk.places import desk_address
from desk.web.sessions import new_link
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(sign_in, name="sign-in")


def sign_in() -> Answer:
    """Make a one-time link that signs a browser in at the desk for twelve hours."""
    settings = Settings()
    link = f"{desk_address(settings)}/sign-in/{new_link(settings.run)}"
    return Answer(data={"link": link}, lines=[link])
