"""The passkeys of somebody's own account: make one, remove one. Making one needs scripts; they are answered in JSON."""

import json

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import JsonValue

from desk.access import passkeys
from desk.access.accounts import Accounts
from desk.access.forms import fields, small_body
from desk.access.routes import who
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.account_password import NOT_FRESH
from leerp.errors import BadInputError
from records import people_accounts, people_ceremonies
from records.people_accounts import Passkey

KIND = "passkey-enrolment"
MOST = 20
"""Passkeys of one person."""

NAME_LENGTH = 64


class OwnPasskeys:
    """The two halves of making one, and removing."""

    def __init__(self, house: House, sessions: Sessions, accounts: Accounts) -> None:
        self._house = house
        self._sessions = sessions
        self._accounts = accounts

    async def begin(self, request: Request) -> Response:
        """A fresh challenge for a new passkey of this person."""
        party = passkeys.party_of(self._house.settings.public_url, request)
        if party is None or not await self._is_fresh(request):
            return _no(NOT_FRESH if party else "Passkeys need the desk's own name in the address.", 403)
        principal, challenge = who(request), passkeys.new_challenge()
        async with self._house.store.writing() as tx:
            known = await people_accounts.passkeys_of(tx, principal.id)
            if len(known) >= MOST:
                return _no(f"You have {MOST} passkeys; remove one first.", 409)
            data: dict[str, JsonValue] = {"challenge": challenge.hex()}
            token = await people_ceremonies.begin(tx, KIND, data=data, at=wall_clock(), person=principal.id)
        options = passkeys.to_enrol(party, person=principal.id, name=principal.name, challenge=challenge, known=known)
        return JSONResponse({"token": token, "options": options})

    async def keep(self, request: Request) -> Response:
        """Keep the passkey that the browser has made for this challenge."""
        party = passkeys.party_of(self._house.settings.public_url, request)
        if party is None or not await self._is_fresh(request):
            return _no(NOT_FRESH, 403)
        token, name, answer = _parts(await small_body(request, limit=passkeys.LARGEST))
        person, at = who(request).id, wall_clock()
        async with self._house.store.writing() as tx:
            begun = await people_ceremonies.take(tx, KIND, token, at=at, person=person)
        if begun is None or not name:
            return _no("This took too long, or the passkey has no name; try again.", 409)
        try:
            made = passkeys.enrolled(party, answer, challenge=bytes.fromhex(str(begun.data["challenge"])))
        except BadInputError as error:
            return _no(f"{error.sentence[:1].upper()}{error.sentence[1:]}.", 422)
        async with self._house.store.writing() as tx:
            passkey = Passkey(made.id, person, made.public_key, made.sign_count, name, at)
            if not await people_accounts.add_passkey(tx, passkey):
                return _no("This passkey is known already.", 409)
            await self._accounts.changed(tx, person, what="passkey made")
        return JSONResponse({"name": name}, status_code=201)

    async def remove(self, request: Request) -> Response:
        """Remove a passkey of this person."""
        if not await self._is_fresh(request):
            raise HTTPException(403, NOT_FRESH)
        person, named = who(request).id, (await fields(request)).get("passkey", "")
        async with self._house.store.writing() as tx:
            if not await people_accounts.remove_passkey(tx, named, person=person):
                raise HTTPException(404, "You have no such passkey; it may be removed already.")
            await self._accounts.changed(tx, person, what="passkey removed")
        return RedirectResponse("/account?said=passkey-removed", status_code=303)

    async def _is_fresh(self, request: Request) -> bool:
        return self._sessions.is_fresh(await self._sessions.session(request))


def _parts(body: bytes) -> tuple[str, str, bytes]:
    """Token, name and the browser's answer; empty where something is not as it should be."""
    try:
        document = json.loads(body)
        token, name, answer = document["token"], document["name"], document["answer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", "", b""
    if not (isinstance(token, str) and isinstance(name, str)):
        return "", "", b""
    return token, " ".join(name.split())[:NAME_LENGTH], json.dumps(answer).encode()


def _no(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)
