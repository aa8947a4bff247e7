"""The description of the HTTP API itself (OpenAPI 3.1), for whoever has a token or a session."""

from typing import Any

from fastapi import Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from desk.access.acts import DeskAct
from desk.access.routes import Routes, principal_in
from desk.access.sessions import Sessions
from desk.api import describing
from desk.api.answering import answering, json_answer
from desk.api.authenticating import Doorkeeper
from leerp import __version__
from leerp.incidents import IncidentView

_ABOUT = (
    "How programs of a stakeholder hand in reports and contributions. Every call needs a token of the centre"
    " (`leerp token make`), as `Authorization: Bearer`. A token may need signed requests: Standard Webhooks 1.0.0, or"
    " HTTP Message Signatures (RFC 9421) with Ed25519 over @method, @target-uri and content-digest, with created, nonce"
    " and keyid. Early warnings are fetched over TAXII 2.1 at /taxii2/."
)


def register(routes: Routes, doorkeeper: Doorkeeper, sessions: Sessions) -> None:
    """Add this call."""
    part = Description(doorkeeper, cookie=sessions.cookie)
    more: dict[str, Any] = {"summary": "This description", "openapi_extra": {"security": _EITHER}}
    more["responses"] = {200: {"description": "OpenAPI 3.1."}, **describing.errors(401, 429, 503)}
    path, act = "/api/v1/openapi.json", DeskAct.FETCH_AS_MACHINE
    routes.add("GET", path, answering(part.openapi), act=act, described=True, **more)


class Description:
    """The call."""

    def __init__(self, doorkeeper: Doorkeeper, *, cookie: str) -> None:
        self._doorkeeper = doorkeeper
        self._cookie = cookie
        self._made: dict[str, Any] | None = None

    async def openapi(self, request: Request) -> Response:
        """The description, to whoever may come in at all."""
        if principal_in(request) is None:
            await self._doorkeeper.admit(request, None)
        self._made = self._made or describe(request.app.routes, cookie=self._cookie)
        return json_answer(200, self._made)


_EITHER: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]


def describe(routes: Any, *, cookie: str) -> dict[str, Any]:  # noqa: ANN401 - the routes of an application
    """The whole document."""
    made = get_openapi(title="leerp", version=__version__, description=_ABOUT, routes=routes, openapi_version="3.1.0")
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(one, "validation") for one in describing.MODELS]
    _, schemas = models_json_schema(
        [*models, (IncidentView, "serialization")], ref_template="#/components/schemas/{model}"
    )
    made["components"] = {
        "schemas": schemas.get("$defs", {}),
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "A token of the centre."},
            "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "Of a person."},
        },
    }
    made["paths"] |= _for_people()
    return made


def _for_people() -> dict[str, Any]:
    """The calls for people who are signed in, as programs on their screens use them."""
    listed = {
        "type": "array",
        "items": {"type": "object", "required": ["reference", "status", "phase", "mode", "opened_at"]},
    }
    one = {"$ref": "#/components/schemas/IncidentView"}
    reference = {"name": "reference", "in": "path", "required": True, "schema": describing.IDENTIFIER}
    number = {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1}
    page = {"name": "page", "in": "query", "required": False, "schema": number}
    return {
        "/api/v1/incidents": {"get": _for_person("The incidents, page by page", listed, 422) | {"parameters": [page]}},
        "/api/v1/incidents/{reference}": {
            "get": _for_person("One incident", one, 404) | {"parameters": [reference]},
        },
    }


def _for_person(summary: str, schema: dict[str, Any], *more: int) -> dict[str, Any]:
    answers = {str(status): answer for status, answer in describing.errors(401, 403, *more, 503).items()}
    answers["200"] = {"description": "For those who may see it.", "content": {"application/json": {"schema": schema}}}
    return {"summary": summary, "security": [{"session": []}], "responses": answers}
