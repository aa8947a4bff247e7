"""How each call is described (OpenAPI 3.1): what it takes, and every answer that it gives."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from desk.api import bodies
from leerp.contributions import Contribution, ContributionReceipt
from leerp.model import Identifier, Line, Message
from leerp.reports import IntakeOutcome, Report, ReportFormat

Described = dict[str, Any]

_LINE = TypeAdapter[str](Line).json_schema()
IDENTIFIER = TypeAdapter[str](Identifier).json_schema()


class ErrorAnswer(Message):
    """One sentence: what is wrong, where, and what to do."""

    error: str


class ReportAnswer(Message):
    """What became of a report. `report` is null where another source had sent the same."""

    report: str | None
    incident: str
    outcome: IntakeOutcome


_SENTENCES = {
    400: "The request cannot be read.",
    401: "The token or the signature is missing or not good.",
    403: "The token is not for this, or what was sent is said to be of another source.",
    404: "There is none, or none that you took part in.",
    408: "The body took too long.",
    409: "A request with this Idempotency-Key is under way, or the incident has ended.",
    413: "The body is too long.",
    415: "The body is packed, or in a form that is not taken.",
    422: "What was sent cannot be taken in, or the Idempotency-Key was used for something else; nothing was stored.",
    429: "Too many requests with this token.",
    503: "Something that the desk needs is away, such as its records; send it again.",
}
_RETRY = {"Retry-After": {"description": "In how many seconds to come back.", "schema": {"type": "integer"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to prove oneself.", "schema": {"type": "string"}}}
_HEADERS: dict[int, Described] = {401: _CHALLENGE, 429: _RETRY, 503: _RETRY}
_REPLAYED: Described = {
    "Idempotency-Replayed": {
        "description": "`true` where this is the first answer once more.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}


def _ref(model: type[BaseModel]) -> Described:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def errors(*statuses: int) -> dict[int, Described]:
    """The answers that say no."""
    content = {"application/json": {"schema": _ref(ErrorAnswer)}}
    return {
        status: {
            "description": _SENTENCES[status],
            "content": content,
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


def _answers(description: str, schema: Described, media_type: str = "application/json") -> Described:
    return {"description": description, "headers": _REPLAYED, "content": {media_type: {"schema": schema}}}


def _query(name: str, description: str, schema: Described) -> Described:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_FORMAT = _query(
    "format",
    "The form of the body; found out where it is not said, or said by the media type.",
    {"type": "string", "enum": ["auto", *ReportFormat]},
)
_KEY: Described = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once and answered the same, for 24 hours.",
    "schema": {"type": "string", "pattern": r"^[!#-\[\]-~]{1,255}$"},
}
_REFERENCE: Described = {
    "name": "reference",
    "in": "path",
    "required": True,
    "description": "The incident, as a notice names it.",
    "schema": IDENTIFIER,
}
_MACHINE: Described = {"security": [{"token": []}]}
_COMMON = (400, 401, 403, 408, 409, 413, 415, 422, 429, 503)


def _body(schema: Described, description: str) -> Described:
    raw: Described = {"schema": {}}
    content = {
        media_type: {"schema": schema} if media_type.endswith("json") else raw for media_type in bodies.MEDIA_TYPES
    }
    content["application/misp+json"] = {"schema": {"type": "object", "description": "A MISP event."}}
    content["application/stix+json"] = {"schema": {"type": "object", "description": "A STIX 2.1 bundle."}}
    return {"required": True, "description": description, "content": content}


def _call(summary: str, description: str, *, extra: Described, responses: dict[int, Described]) -> Described:
    return {
        "summary": summary,
        "description": description,
        "openapi_extra": _MACHINE | extra,
        "responses": responses,
    }


REPORT = _call(
    "Send a report",
    "In leerp's own form, or as a MISP event, a STIX 2.1 bundle, CSV, a mail or plain text, of up to 20 MiB. The answer"
    " comes after it is stored. The source is that of the token; a report that names another one is refused.",
    extra={
        "parameters": [_FORMAT, _KEY],
        "requestBody": _body(
            {"anyOf": [_ref(Report), {"type": "object"}]}, "The report; JSON in any of its three forms."
        ),
    },
    responses={
        201: _answers("Stored; an incident was opened for it.", _ref(ReportAnswer)),
        200: _answers("Stored, and joined to an open incident; or stored before.", _ref(ReportAnswer)),
        **errors(*_COMMON),
    },
)
_LINES = {"description": "One report in leerp's own form on each line (components/schemas/Report)."}
BATCH = _call(
    "Send many reports",
    "Up to 500 reports in leerp's own form, one a line. Each line is answered for itself, in their order: its number,"
    " the status that it would have got alone, and the answer or the sentence.",
    extra={
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {bodies.NDJSON: {"schema": _LINES}}},
    },
    responses={200: _answers("Each line with its answer.", {"type": "string"}, bodies.NDJSON), **errors(*_COMMON)},
)
CONTRIBUTION = _call(
    "Contribute to an incident",
    "For a stakeholder that was sent a notice of the incident; in any form that a report may have, or CSV.",
    extra={
        "parameters": [
            _REFERENCE,
            _FORMAT,
            _query("title", "What it is, where the body does not say.", _LINE),
            _query("legal_basis", "On what basis it was captured.", _LINE),
            _KEY,
        ],
        "requestBody": _body({"anyOf": [_ref(Contribution), {"type": "object"}]}, "The contribution."),
    },
    responses={
        201: _answers("Pooled.", _ref(ContributionReceipt)),
        202: _answers(
            "Stored, and pooled once an officer has confirmed what was found in it.", _ref(ContributionReceipt)
        ),
        200: _answers("Stored before.", _ref(ContributionReceipt)),
        **errors(404, *_COMMON),
    },
)
MODELS: tuple[type[BaseModel], ...] = (ErrorAnswer, ReportAnswer, Report, Contribution, ContributionReceipt)
"""What the descriptions refer to."""
