"""Acts at the desk: a plain form for each, what is possible now, and what came of it."""

from desk.access.routes import Routes
from desk.access.sessions import Sessions
from desk.assembly import House
from desk.web.acting.all_forms import FORMS
from desk.web.acting.form_pages import FormPages
from desk.web.pages import Pages


def register(routes: Routes, *, house: House, pages: Pages, sessions: Sessions) -> None:  # noqa: ARG001 - as all parts
    """Add a page and its form for each act."""
    part = FormPages(house, pages)
    for form in FORMS.values():
        path = f"/incidents/{{reference}}/acts/{form.name}"
        routes.add("GET", path, part.asking(form), act=form.act)
        routes.add("POST", path, part.making(form), act=form.act)
