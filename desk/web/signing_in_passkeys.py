"""Signing in with a passkey: the challenge, and what the browser makes of it. Scripts ask here, and get JSON."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from desk.access import passkeys
from desk.access.accounts import note
from desk.access.forms import own_path, small_body
from desk.access.principals import principal_of
from desk.access.rates import Rate, address_of
from desk.access.sessions import Sessions
from desk.assembly import House, wall_clock
from desk.web.ceremony_cookie import CeremonyCookie
from desk.web.pages import home_of
from leerp.errors import BadInputError
from leerp.journal import PROTOCOL, JournalKind
from records import people_accounts, people_ceremonies
from records.people_accounts import Passkey

KIND = "passkey-sign-in"
NOT_HERE = "Passkeys need the desk's own name in the address; ask the operator."


class WithPasskeys:
    """The two halves."""

    def __init__(self, house: House, sessions: Sessions, rate: Rate) -> None:
        self._house = house
        self._sessions = sessions
        self._rate = rate
        self._cookie = CeremonyCookie("leerp-passkey", secure=sessions.secure, strict=True)

    async def begin(self, request: Request) -> Response:
        """A fresh challenge, which this browser alone can answer, once and soon."""
        party = passkeys.party_of(self._house.settings.public_url, request)
        if party is None:
            return JSONResponse({"error": NOT_HERE}, status_code=409)
        if not self._rate.allows(address_of(request)):
            return _busy()
        challenge = passkeys.new_challenge()
        data: dict[str, JsonValue] = {"challenge": challenge.hex()}
        async with self._house.store.writing() as tx:
            token = await people_ceremonies.begin(tx, KIND, data=data, at=wall_clock())
        response = JSONResponse(passkeys.to_sign_in(party, challenge=challenge))
        self._cookie.put(response, token)
        return response

    async def sign_in(self, request: Request, next: str = "") -> Response:  # noqa: A002 - what the address says
        """Begin a session when the challenge was signed by a passkey of somebody who can sign in."""
        if not self._rate.allows(address_of(request)):
            return _busy()
        answer = await small_body(request, limit=passkeys.LARGEST)
        try:
            passkey = await self._checked(request, answer)
        except BadInputError as error:
            await self._refused(request)
            return JSONResponse({"error": f"{error.sentence[:1].upper()}{error.sentence[1:]}."}, status_code=401)
        principal = principal_of(self._house.rooms.directory(), passkey.person)
        home = home_of(principal) if principal else "/"
        response = JSONResponse({"next": own_path(next) or home})
        self._cookie.clear(response)
        await self._sessions.begin(request, response, person=passkey.person, how="passkey")
        return response

    async def _checked(self, request: Request, answer: bytes) -> Passkey:
        """The passkey that has signed this browser's challenge; BadInputError for whatever else."""
        party = passkeys.party_of(self._house.settings.public_url, request)
        async with self._house.store.writing() as tx:
            begun = await people_ceremonies.take(tx, KIND, self._cookie.of(request), at=wall_clock())
        if party is None or begun is None:
            raise BadInputError("this took too long; try again")
        async with self._house.store.reading() as connection:
            passkey = await people_accounts.passkey_named(connection, passkeys.named_in(answer))
        if passkey is None:
            raise BadInputError(passkeys.NO_GOOD)
        challenge = bytes.fromhex(str(begun.data["challenge"]))
        count = passkeys.new_count(party, answer, challenge=challenge, passkey=passkey)
        async with self._house.store.writing() as tx:
            if not await people_accounts.use_passkey(tx, passkey, sign_count=count, at=wall_clock()):
                raise BadInputError(passkeys.NO_GOOD)
        return passkey

    async def _refused(self, request: Request) -> None:
        data: dict[str, JsonValue] = {"how": "passkey", "address": address_of(request)}
        async with self._house.store.writing() as tx:
            await note(tx, JournalKind.DESK_SESSION_REFUSED, data, actor=PROTOCOL, at=self._house.now())


def _busy() -> Response:
    return JSONResponse({"error": "Too many have tried; wait a minute."}, 429, {"retry-after": "60"})
