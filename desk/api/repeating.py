"""Requests that may be sent again: the same `Idempotency-Key` gets the first answer, whatever died in between.

As the draft of the IETF working group httpapi has it (draft-ietf-httpapi-idempotency-key-header): the same request with
the same key is answered as the first time, another one with that key is refused, and one that is still under way is
answered 409. What was refused is not kept: its key can be used again.

A request is written down before anything of it is stored, and its answer after. Where a process died in between, what
was stored tells the answer: what came in since the request was begun came in by it.
"""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import Request, Response

from desk.api.answering import RefusalError
from desk.api.authenticating import Caller
from desk.assembly import House
from leerp.errors import LeerpError, ServiceMissingError
from records import machines
from records.machines import KeyedRequest

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
_KEY = re.compile(r'(?P<quote>"?)(?P<key>[\x21\x23-\x5b\x5d-\x7e]{1,255})(?P=quote)')
"""A string as in RFC 8941, without blanks; its quotes may be left out."""

Deed = Callable[[datetime | None], Awaitable[Response]]
"""What is done once. It is given since when whatever is there already is its own; None where nothing is."""


class Repeating:
    """Answers each request with a key once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._under_way: set[tuple[str, str]] = set()

    async def once(self, request: Request, caller: Caller, body: bytes, deed: Deed) -> Response:
        """Do it and answer, or answer as before. Raises RefusalError as the deed does, 400, 409 or 422."""
        key = _key(request)
        if key is None:
            return await deed(None)
        with self._alone(caller.id, key):
            at = self._house.now()
            digest = _digest(request, body)
            async with self._house.store.writing() as tx:
                begun = await machines.begin(tx, caller.id, key, request_sha256=digest, at=at)
            if begun.request_sha256 != digest:
                raise RefusalError(422, f"This {HEADER} was used for another request; take a new one for each.")
            if begun.status is not None:
                return _again(begun)
            try:
                answer = await deed(None if begun.begun_at == at else begun.begun_at)
            except ServiceMissingError:
                raise  # it may have been stored all the same; who sends it again is told
            except LeerpError:
                if begun.begun_at == at:
                    await self._give_back(caller.id, key)
                raise
            await self._keep(caller.id, key, answer)
            return answer

    @contextmanager
    def _alone(self, token: str, key: str) -> Iterator[None]:
        """Nobody else does the same here; in another process it comes to the same answer."""
        mine = (token, key)
        if mine in self._under_way:
            wait = {"Retry-After": "1"}
            raise RefusalError(409, f"A request with this {HEADER} is under way; ask again for its answer.", wait)
        self._under_way.add(mine)
        try:
            yield
        finally:
            self._under_way.discard(mine)

    async def _keep(self, token: str, key: str, answer: Response) -> None:
        text = bytes(answer.body).decode()
        media_type = answer.headers["content-type"]
        async with self._house.store.writing() as tx:
            await machines.answer(tx, token, key, status=answer.status_code, media_type=media_type, text=text)

    async def _give_back(self, token: str, key: str) -> None:
        async with self._house.store.writing() as tx:
            await machines.give_back(tx, token, key)


def _key(request: Request) -> str | None:
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    match = _KEY.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        raise RefusalError(400, f"{HEADER} stands once, with 1 to 255 printable characters, such as a UUID.")
    return match["key"]


def _digest(request: Request, body: bytes) -> str:
    """What makes two requests the same: method, address, form and body."""
    what = [request.method, str(request.url.path), request.url.query, request.headers.get("content-type", "")]
    return hashlib.sha256(json.dumps(what).encode() + b"\0" + body).hexdigest()


def _again(begun: KeyedRequest) -> Response:
    return Response(begun.answer, begun.status or 200, headers=REPLAYED, media_type=begun.media_type)
