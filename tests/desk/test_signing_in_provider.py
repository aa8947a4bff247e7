"""Signing in with a provider's word, against a real OpenID provider; and answers that no provider should give."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest
from joserfc import jwk, jwt

from desk.access import provider as provider_module
from desk.access.identity import load_identity
from desk.access.provider import Provider
from desk.assembly import wall_clock
from leerp.errors import BadInputError, ServiceMissingError
from leerp.identity import OidcSettings
from leerp.journal import JournalKind
from tests.desk.browsing import ADDRESS, DeskHere, desk_here
from tests.desk.people_here import entries

SECRET = "of-the-desk"  # noqa: S105 - of a test
BACK = f"{ADDRESS}/sign-in/provider/back"


@pytest.fixture(scope="module")
def idp(iam_server: Any) -> Iterator[Any]:
    """The provider with the desk as a client, and a person whom the directory knows."""
    client = iam_server.models.Client(
        client_id="leerp-desk",
        client_secret=SECRET,
        client_name="leerp",
        client_uri=ADDRESS,
        redirect_uris=[BACK],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the name of a method
        scope=["openid", "profile", "email"],
    )
    iam_server.backend.save(client)
    client.audience = [client]
    iam_server.backend.save(client)
    user = iam_server.random_user(user_name="duty-officer")
    iam_server.consent(user, client)
    iam_server.desk_user = user
    yield iam_server
    iam_server.backend.delete(user)
    iam_server.backend.delete(client)


def identity_file(issuer: str, *, claim: str = "preferred_username", **more: object) -> str:
    """An identity.yaml with this provider."""
    oidc = {"issuer": issuer, "client_id": "leerp-desk", "client_secret_file": "oidc-secret", "person_claim": claim}
    return json.dumps({"oidc": {**oidc, **more}})


@pytest.fixture
async def desk(tmp_path: Path, idp: Any) -> AsyncIterator[DeskHere]:
    """A desk that has this provider."""
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    (config / "oidc-secret").write_text(SECRET)
    (config / "identity.yaml").write_text(identity_file(idp.url.rstrip("/"), claim="sub", algorithms=["RS512"]))
    async with desk_here(tmp_path / "home") as here:
        yield here
    for code in idp.backend.query(idp.models.AuthorizationCode):  # it confuses those that nobody used
        idp.backend.delete(code)


async def answer_of(idp: Any, address: str) -> str:
    """What the provider sends the browser back with, as a path of the desk."""
    idp.login(idp.desk_user)
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            assert answer.status in (302, 303), await answer.text()
            back = answer.headers["location"]
    finally:
        idp.logout()
    assert back.startswith(BACK)
    return back.removeprefix(ADDRESS)


async def test_the_provider_says_who_it_is_and_the_directory_what_one_may(desk: DeskHere, idp: Any) -> None:
    """There and back: a session of that person, at the page one wanted, by a page and not by a redirect."""
    browser = await desk.browser()
    begun = await browser.get("/sign-in/provider?next=/account")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert (asked["code_challenge_method"], asked["response_type"], asked["redirect_uri"]) == (
        ["S256"],
        ["code"],
        [BACK],
    )
    back = await answer_of(idp, begun.headers["location"])
    done = await browser.get(back)
    assert (done.status_code, 'content="0;url=/account"' in done.text) == (200, True)
    assert "Duty officer, first desk" in (await browser.get("/account")).text
    assert (await browser.get(back)).status_code == 401
    (session,) = await entries(desk, JournalKind.DESK_SESSION_BEGUN)
    assert session.data["how"] == "provider"


async def test_the_answer_is_for_the_browser_that_asked(desk: DeskHere, idp: Any) -> None:
    """In another browser, with another state, or without the cookie it opens nothing, and is used up."""
    browser, other = await desk.browser(), await desk.browser()
    begun = await browser.get("/sign-in/provider")
    back = await answer_of(idp, begun.headers["location"])
    await other.get("/sign-in/provider")
    assert (await other.get(back)).status_code == 401
    assert (await (await desk.browser()).get(back)).status_code == 401
    assert (await browser.get(back.replace("state=", "state=x"))).status_code == 401
    assert (await browser.get(back)).status_code == 401
    assert (await browser.get("/account")).status_code == 401
    refused = await entries(desk, JournalKind.DESK_SESSION_REFUSED)
    assert {one.data["how"] for one in refused} == {"provider"}


async def test_somebody_whom_the_directory_does_not_know_is_not_let_in(desk: DeskHere, idp: Any) -> None:
    """The provider's word alone makes nobody an officer."""
    stranger = idp.random_user(user_name="somebody-else")
    idp.consent(stranger)
    known, idp.desk_user = idp.desk_user, stranger
    try:
        browser = await desk.browser()
        begun = await browser.get("/sign-in/provider")
        assert (await browser.get(await answer_of(idp, begun.headers["location"]))).status_code == 401
    finally:
        idp.desk_user = known
        idp.backend.delete(stranger)


KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})
ISSUER = "https://login.centre.example"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
Change = Callable[[dict[str, Any]], object]


class Scripted(Provider):
    """A provider whose answers are made up: nothing is sent anywhere."""

    def __init__(self, tmp_path: Path, *, metadata: dict[str, object] | None = None, **settings: object) -> None:
        (tmp_path / "oidc-secret").write_text(SECRET)
        (tmp_path / "identity.yaml").write_text(identity_file(ISSUER, **settings))  # type: ignore[arg-type]
        oidc = load_identity(tmp_path).oidc
        assert oidc is not None
        super().__init__(oidc, clock=wall_clock)
        self.metadata = {**METADATA, **(metadata or {})}
        self.token: dict[str, Any] = {}

    async def _asked(self, method: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ARG002 - as it is
        if address.endswith("openid-configuration"):
            return self.metadata
        return {"keys": [KEY.as_dict(private=False)]} if address.endswith("/keys") else self.token

    async def vouched_with(
        self, change: Change, *, key: jwk.RSAKey = KEY, answer: Mapping[str, str] | None = None
    ) -> str:
        """Who signs in when the ID token is changed like this."""
        begun = await self.begin(BACK)
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "leerp-desk", "sub": "1", "exp": now + 60, "iat": now}
        claims |= {"nonce": begun.kept["nonce"], "preferred_username": "duty-officer"}
        change(claims)
        made = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key, algorithms=["RS256"])
        self.token = {"id_token": made, "access_token": "x"}
        return await self.vouched({"code": "c", "state": begun.state, **(answer or {})}, begun.kept)


WRONG: dict[str, Change] = {
    "no audience": lambda claims: claims.pop("aud"),
    "an empty audience": lambda claims: claims.update(aud=[]),
    "an empty text as audience": lambda claims: claims.update(aud=""),
    "another audience": lambda claims: claims.update(aud="other"),
    "another beside, and no authorised party": lambda claims: claims.update(aud=["leerp-desk", "other"]),
    "another authorised party": lambda claims: claims.update(azp="other"),
    "no issuer": lambda claims: claims.pop("iss"),
    "another issuer": lambda claims: claims.update(iss="https://login.evil.example"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another nonce": lambda claims: claims.update(nonce="x"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 3600),
    "no end": lambda claims: claims.pop("exp"),
    "of tomorrow": lambda claims: claims.update(iat=int(time.time()) + 86_400),
    "no subject": lambda claims: claims.pop("sub"),
    "nobody": lambda claims: claims.pop("preferred_username"),
    "a list of people": lambda claims: claims.update(preferred_username=["duty-officer"]),
}


async def test_a_sound_token_is_taken(tmp_path: Path) -> None:
    """What the others change: it names the person."""
    assert await Scripted(tmp_path).vouched_with(lambda _: None) == "duty-officer"


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
async def test_a_token_that_is_not_for_this_desk_now_is_refused(change: Change, tmp_path: Path) -> None:
    """Audience, issuer, nonce and time must all be there and right."""
    with pytest.raises(BadInputError):
        await Scripted(tmp_path).vouched_with(change)


async def test_a_token_with_another_signature_is_refused(tmp_path: Path) -> None:
    """Another key of the same name, none at all, or our own public key as a shared secret."""
    provider = Scripted(tmp_path)
    with pytest.raises(BadInputError):
        await provider.vouched_with(lambda _: None, key=OTHER_KEY)
    begun = await provider.begin(BACK)
    for made in ("", "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
        provider.token = {"id_token": made}
        with pytest.raises(BadInputError):
            await provider.vouched({"code": "c", "state": begun.state}, begun.kept)
    provider.token = {}
    with pytest.raises(BadInputError):
        await provider.vouched({"code": "c", "state": begun.state}, begun.kept)


async def test_the_answer_of_another_provider_is_refused(tmp_path: Path) -> None:
    """One that names itself otherwise, or not at all where ours always does (RFC 9207); and another state."""
    names = Scripted(tmp_path, metadata={"authorization_response_iss_parameter_supported": True})
    assert await names.vouched_with(lambda _: None, answer={"iss": ISSUER}) == "duty-officer"
    for answer in (
        {},
        {"iss": "https://login.evil.example"},
        {"iss": ISSUER, "state": "x"},
        {"iss": ISSUER, "code": ""},
    ):
        with pytest.raises(BadInputError):
            await names.vouched_with(lambda _: None, answer=answer)


async def test_a_mail_address_counts_only_when_it_is_verified(tmp_path: Path) -> None:
    """And a map of people leaves out everybody whom it does not name."""
    people = {"anna@centre.example": "duty-officer"}
    provider = Scripted(tmp_path, claim="email", people=people)
    anna = {"email": "anna@centre.example", "email_verified": True}
    assert await provider.vouched_with(lambda claims: claims.update(anna)) == "duty-officer"
    others: list[dict[str, object]] = [
        {**anna, "email_verified": False},
        {**anna, "email_verified": "true"},
        {"email": "anna@centre.example"},
        {**anna, "email": "duty-officer"},
    ]
    for other in others:
        with pytest.raises(BadInputError):
            await provider.vouched_with(lambda claims, other=other: claims.update(other))  # type: ignore[misc]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://login.evil.example"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "https://user@evil.example/x"},
    ],
)
async def test_a_provider_that_is_another_or_leads_elsewhere_is_none(
    metadata: dict[str, object], tmp_path: Path
) -> None:
    """Its metadata must name the issuer of the file, and places that are reached as safely."""
    with pytest.raises(ServiceMissingError):
        await Scripted(tmp_path, metadata=metadata).begin(BACK)


async def test_a_provider_that_is_away_or_answers_nonsense_is_a_missing_service(tmp_path: Path) -> None:
    """The desk says so in a sentence, and the other ways in stay open."""
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "identity.yaml").write_text(identity_file("http://127.0.0.1:9"))
    async with desk_here(tmp_path / "home") as desk:
        browser: httpx.AsyncClient = await desk.browser()
        answer = await browser.get("/sign-in/provider")
        assert (answer.status_code, "does not answer" in answer.text) == (503, True)
        assert (await browser.get("/sign-in")).status_code == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"issuer": "http://login.centre.example"}, "https"),
        ({"issuer": "https://a@b.example"}, "https"),
        ({"algorithms": ["HS256"]}, "HS256"),
        ({"algorithms": ["none"]}, "none"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_that_would_let_others_in_is_refused(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    """With the file, the key and the reason."""
    (tmp_path / "identity.yaml").write_text(identity_file(change.pop("issuer", ISSUER), **change))
    with pytest.raises(BadInputError, match=r"identity\.yaml.*" + says):
        load_identity(tmp_path)


def test_what_is_not_said_is_as_safe(tmp_path: Path) -> None:
    """Without a file there are passwords and passkeys, and no provider; files are taken from its own folder."""
    assert load_identity(tmp_path).oidc is None
    (tmp_path / "identity.yaml").write_text(identity_file(ISSUER, ca_file="ca.pem"))
    oidc = load_identity(tmp_path).oidc
    assert isinstance(oidc, OidcSettings)
    assert (oidc.client_secret_file, oidc.ca_file) == (tmp_path / "oidc-secret", tmp_path / "ca.pem")
    assert provider_module.LEEWAY_SECONDS == 60
