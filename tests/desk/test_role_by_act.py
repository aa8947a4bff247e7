"""Every page and call of the desk, and every role: who gets in is what the one table says, and nothing else."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message, Scope

from desk.access.acts import MAY, MAY_ACT, DeskAct, Public
from desk.access.principals import principal_of
from desk.access.routes import SAFE
from desk.access.sessions import COOKIE, HEADER, token_of
from desk.assembly import wall_clock
from leerp.protocol import ActName
from leerp.stakeholders import Role
from records import sessions
from tests.desk.browsing import DeskHere, desk_here

PEOPLE = {
    Role.OFFICER: "duty-officer",
    Role.APPROVER: "head-of-operations",
    Role.ANALYST: "malware-analyst-1",
    Role.PLANNER: "exercise-planner",
    Role.AUDITOR: "records-auditor",
    Role.OPERATOR: "desk-operator",
    Role.LIAISON: "liaison-officer-be",
    Role.STAKEHOLDER: "csirt-fr-desk",
}
"""One person of the example directory for each role."""

LET_IN = 299
"""What a route answers here in the place of doing anything: whoever got so far was let in."""

ALSO_FOR_PEOPLE = {("GET", "/api/v1/openapi.json")}
"""What machines call, and whoever is signed in may read as well."""


async def opened(request: object = None, **_: object) -> Response:  # noqa: ARG001 - takes what any route takes
    """Answer in the place of a route."""
    return Response(status_code=LET_IN)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk with one incident, whose routes do nothing but say that they were reached.

    What machines call stays as it is: there each route asks for the token itself.
    """
    async with desk_here(tmp_path / "home") as here:
        await here.report()
        for route in routes_of(here.application):
            for method in route.methods or ():
                if allowed_for(table(here)[method, route.path]) is not Public.MACHINES:
                    route.dependant.call = opened
        yield here


def allowed_for(act: DeskAct | ActName) -> frozenset[Role] | Public:
    """Who may do something, as the table says."""
    return MAY_ACT[act] if isinstance(act, ActName) else MAY[act]


def place_of(path: str) -> str:
    """A path with something in each of its places; the incident in it is there."""
    year = wall_clock().year
    return re.sub(r"\{[^}]+\}", "x-1", path.replace("{reference}", f"LEERP-{year}-0001"))


def routes_of(application: FastAPI) -> list[APIRoute]:
    """Every route of the application but the folder of static files."""
    return [route for route in application.routes if isinstance(route, APIRoute)]


def table(desk: DeskHere) -> dict[tuple[str, str], DeskAct | ActName]:
    """What each route is for."""
    known: dict[tuple[str, str], DeskAct | ActName] = desk.application.state.routes.table
    return known


async def status_of(application: FastAPI, method: str, path: str, headers: dict[str, str]) -> int:
    """The status of an answer, as soon as it begins; what follows, which may be a stream, is not waited for."""
    status: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "desk.test", **headers}.items()],
        "client": ("127.0.0.1", 1),
        "server": ("desk.test", 80),
    }
    await application(scope, receive, send)
    return status[0]


def test_everything_that_can_be_asked_for_is_in_the_table(desk: DeskHere) -> None:
    """No route of the application was added beside the table, and none of the table is missing."""
    added = {(method, route.path) for route in routes_of(desk.application) for method in route.methods or ()}
    others = [route for route in desk.application.routes if not isinstance(route, APIRoute)]
    assert added == set(table(desk))
    assert [getattr(route, "path", None) for route in others] == ["/static"]


def test_everything_in_the_table_can_be_asked_for(desk: DeskHere) -> None:
    """Each act of the desk and each act of the protocol has a page or a call."""
    there = set(table(desk).values())
    assert [act for act in (*DeskAct, *ActName) if act not in there] == []


def test_the_example_has_somebody_of_each_role() -> None:
    """Nobody here has a role that would open more than the one that is meant, but an approver is an officer too."""
    assert set(PEOPLE) == set(Role)


async def test_who_gets_in_is_what_the_table_says(desk: DeskHere) -> None:
    """For every route and every role: let in if and only if the table says so; and nobody without a session."""
    principals = {role: principal_of(desk.house.rooms.directory(), person) for role, person in PEOPLE.items()}
    asked = {role: await session_of(desk, person) for role, person in PEOPLE.items()}
    wrong = []
    for (method, path), act in table(desk).items():
        allowed = allowed_for(act)
        for role, headers in [*asked.items(), (None, {})]:
            principal = principals[role] if role else None
            status = await status_of(desk.application, method, place_of(path), headers)
            got_in = status not in (401, 403)
            if isinstance(allowed, Public):
                signed_in = principal is not None and (method, path) in ALSO_FOR_PEOPLE
                expected = allowed is Public.ANYBODY or signed_in
            else:
                expected = principal is not None and bool(allowed & set(principal.roles))
            if got_in is not expected or (got_in and expected and status in (404, 405)):
                wrong.append((method, path, role, status))
    assert wrong == []


async def test_every_form_needs_the_token_of_its_session(desk: DeskHere) -> None:
    """With a good session and without its token, nothing that changes anything is reached by anybody."""
    asked = {role: await session_of(desk, person) for role, person in PEOPLE.items()}
    reached = [
        (method, path, role)
        for (method, path), act in table(desk).items()
        if method not in SAFE and not isinstance(allowed_for(act), Public)
        for role, headers in asked.items()
        if await status_of(desk.application, method, place_of(path), {"cookie": headers["cookie"]})
        not in (401, 403, 404)
    ]
    assert reached == []


async def session_of(desk: DeskHere, person: str) -> dict[str, str]:
    """The headers that a browser of this person sends, with the token of its forms."""
    async with desk.house.store.writing() as tx:
        secret = await sessions.begin(tx, person=person, how="link", at=wall_clock())
    cookie = f"{COOKIE}={secret}"
    return {"cookie": cookie, HEADER: token_of(secret)}
