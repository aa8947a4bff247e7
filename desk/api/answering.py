"""How the desk answers machines: JSON, one sentence where something is not possible, and the right status."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps

import structlog
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from leerp.errors import BadInputError, LeerpError, OtherSourceError, RefusedError, ServiceMissingError

log = structlog.get_logger(__name__)

JSON = "application/json"
RETRY_STORE_SECONDS = 5
"""When to come back while the store does not answer."""

Endpoint = Callable[[Request], Awaitable[Response]]


class RefusalError(LeerpError):
    """A request that is not answered as asked: the status, the sentence, and what headers go with it."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = dict(headers or {})


def refused(error: LeerpError | HTTPException) -> RefusalError:
    """What stands behind any way of saying no."""
    if isinstance(error, RefusalError):
        return error
    if isinstance(error, HTTPException):
        return RefusalError(error.status_code, str(error.detail), error.headers)
    if isinstance(error, ServiceMissingError):
        log.warning("service_missing", sentence=error.sentence)
        away = "The desk cannot answer now: something that it needs is away. Send it again later."
        return RefusalError(503, away, {"Retry-After": str(RETRY_STORE_SECONDS)})
    if isinstance(error, OtherSourceError):
        return RefusalError(403, error.sentence)
    if isinstance(error, BadInputError):
        return RefusalError(422, error.sentence)
    return RefusalError(409, error.sentence if isinstance(error, RefusedError) else str(error))


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON document."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, media_type=JSON, headers=dict(headers or {}))


def error_answer(error: RefusalError) -> Response:
    """The sentence, as every call of `/api/v1` says it."""
    return json_answer(error.status, {"error": error.sentence}, error.headers)


def answering(endpoint: Endpoint, *, say: Callable[[RefusalError], Response] = error_answer) -> Endpoint:
    """The endpoint with every no that it may raise turned into an answer."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ClientDisconnect:
            return say(RefusalError(400, "The request was broken off; nothing was stored."))
        except (LeerpError, HTTPException) as error:
            return say(refused(error))

    return answered
