"""Signing in with a provider's word: the code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636).

The provider says who it is and nothing more: roles and clearances are the directory's.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from pydantic import JsonValue

from leerp.errors import BadInputError, ServiceMissingError
from leerp.identity import OidcSettings, is_private

LARGEST = 1024 * 1024
"""Bytes of an answer of the provider."""

PATIENCE_SECONDS = 10
LEEWAY_SECONDS = 60
"""How far the provider's clock may be off."""

NOT_VOUCHED = "the provider's answer does not say who this is"


class Begun(NamedTuple):
    """Where the browser goes, and what has to come back from there."""

    address: str
    state: str
    kept: dict[str, JsonValue]


class Metadata(NamedTuple):
    """What the provider says of itself (OpenID Connect Discovery 1.0)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    takes_basic: bool


class Provider:
    """The provider of `identity.yaml`. It is asked anew each time, so that its keys may change at any time."""

    def __init__(self, settings: OidcSettings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock

    async def begin(self, back: str) -> Begun:
        """Begin to sign in; `back`: the address of the desk that the browser is sent back to.

        Raises ServiceMissingError when the provider does not answer as one.
        """
        from authlib.common.security import generate_token  # noqa: PLC0415 - takes a fifth of a second to load
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415 - the same
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415 - the same

        metadata = await self._metadata()
        state, nonce, verifier = (generate_token(48) for _ in range(3))
        address = prepare_grant_uri(
            metadata.authorization_endpoint,
            self._settings.client_id,
            "code",
            redirect_uri=back,
            scope=" ".join(self._settings.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Begun(address, state, {"state": state, "nonce": nonce, "verifier": verifier, "back": back})

    async def vouched(self, answer: Mapping[str, str], kept: Mapping[str, JsonValue]) -> str:
        """Whom the provider vouches for, as an id of the directory, which may know nobody of that id.

        `answer`: what the browser brought back; `kept`: what `begin` gave to keep. Raises BadInputError when the
        answer is not good, and ServiceMissingError when the provider does not answer.
        """
        metadata = await self._metadata()
        if answer.get("iss", self._settings.issuer if not metadata.names_itself else "") != self._settings.issuer:
            raise BadInputError(NOT_VOUCHED)  # the answer of another provider (RFC 9207)
        code = answer.get("code", "")
        if not code or answer.get("state") != kept["state"]:
            raise BadInputError(NOT_VOUCHED)
        token = await self._token(metadata, code, kept)
        keys = await self._asked("GET", metadata.jwks_uri)
        return self._person(self._claims(token, keys, nonce=str(kept["nonce"])))

    def _claims(self, token: Mapping[str, Any], keys: dict[str, Any], *, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token, when all of it is for this desk, from this issuer, for this attempt and in time.

        Issuer and audience are named as essential: without that an empty audience would be let through.
        """
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - as above
        from joserfc import jwk, jwt  # noqa: PLC0415 - as above
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        options: dict[str, Any] = {
            "iss": {"essential": True, "values": [self._settings.issuer]},
            "aud": {"essential": True, "values": [self._settings.client_id]},
            "nonce": {"essential": True, "value": nonce},
            **{name: {"essential": True} for name in ("sub", "exp", "iat")},
        }
        known = {"nonce": nonce, "client_id": self._settings.client_id, "access_token": token.get("access_token")}
        try:
            read = jwt.decode(
                str(token["id_token"]),
                jwk.KeySet.import_key_set({"keys": keys["keys"]}),
                algorithms=[*self._settings.algorithms],
            )
            claims = CodeIDToken(read.claims, read.header, options, known)
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise BadInputError(NOT_VOUCHED) from error
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> str:
        value = claims.get(self._settings.person_claim)
        if not isinstance(value, str) or not value:
            raise BadInputError(NOT_VOUCHED)
        if self._settings.person_claim == "email" and claims.get("email_verified") is not True:
            raise BadInputError(NOT_VOUCHED)  # whoever signs up there could write anybody's
        if not self._settings.people:
            return value
        if value not in self._settings.people:
            raise BadInputError(NOT_VOUCHED)
        return self._settings.people[value]

    async def _token(self, metadata: Metadata, code: str, kept: Mapping[str, JsonValue]) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": str(kept["back"]),
            "code_verifier": str(kept["verifier"]),
        }
        secret = await asyncio.to_thread(_secret, self._settings)
        headers = {"accept": "application/json"}
        if metadata.takes_basic:
            pair = f"{quote(self._settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._settings.client_id, "client_secret": secret}
        return await self._asked("POST", metadata.token_endpoint, data=form, headers=headers)

    async def _metadata(self) -> Metadata:
        """What the provider says of itself; it must be this provider, and reached as safely as the issuer is."""
        said = await self._asked("GET", f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        scheme = urlsplit(self._settings.issuer).scheme
        sound = [one for one in places if isinstance(one, str) and is_private(one) and urlsplit(one).scheme == scheme]
        if said.get("issuer") != self._settings.issuer or len(sound) != len(places):
            raise ServiceMissingError(f"{self._settings.issuer} does not answer as the provider that it is said to be")
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        authorization, token, keys = sound
        return Metadata(
            authorization,
            token,
            keys,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
            takes_basic="client_secret_basic" in methods if isinstance(methods, list) else True,
        )

    async def _asked(self, method: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what aiohttp takes
        """What the provider answers to a request; it is followed nowhere else."""
        import aiohttp  # noqa: PLC0415 - a desk without a provider starts without it

        away = ServiceMissingError(f"{self._settings.issuer} does not answer; sign in another way or try again")
        patience = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        try:
            context = await asyncio.to_thread(_trusted, self._settings) if address.startswith("https:") else None
            connector = aiohttp.TCPConnector(ssl=context) if context else None
            async with (
                aiohttp.ClientSession(timeout=patience, connector=connector) as session,
                session.request(method, address, allow_redirects=False, **more) as answer,
            ):
                content = await answer.content.read(LARGEST + 1)
                while len(content) <= LARGEST and (part := await answer.content.read(LARGEST + 1)):
                    content += part
                good = answer.ok and len(content) <= LARGEST
            document = json.loads(content) if good else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise away from error
        if not isinstance(document, dict):
            raise away
        return document


def _secret(settings: OidcSettings) -> str:
    try:
        return settings.client_secret_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ServiceMissingError(
            f"{settings.client_secret_file} cannot be read ({error.strerror}); put the provider's secret there"
        ) from error


def _trusted(settings: OidcSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
