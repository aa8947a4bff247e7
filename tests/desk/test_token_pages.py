"""Tokens at the desk: made for a stakeholder and shown once, listed without a secret, good for nothing once revoked."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desk.assembly import wall_clock
from leerp.journal import JournalKind
from leerp.machines import Signing, Token
from records import machines
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import entries, press, shown

GOOD: dict[str, str | list[str]] = {
    "source": "csirt-fr",
    "scope": ["report", "feed"],
    "days": "7",
    "per_minute": "60",
    "note": "SIEM <b>",
}
PEM = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


@pytest.fixture
async def operator(desk: DeskHere) -> httpx.AsyncClient:
    """The browser of an operator."""
    return await desk.browser("desk-operator")


async def make(operator: httpx.AsyncClient, **more: Any) -> httpx.Response:
    """Fill in the form for a new token and send it."""
    page = await operator.get("/tokens")
    named = re.search(r'name="token" value="([^"]+)"', page.text)
    assert named
    return await press(operator, "/tokens", **{"token": named[1], **GOOD, **more})


def secrets_in(page: httpx.Response) -> list[str]:
    """What a page shows once."""
    return re.findall(r'class="secret">([^<]+)<', page.text)


async def tokens(desk: DeskHere) -> list[Token]:
    """Those that are kept."""
    async with desk.house.store.reading() as connection:
        return await machines.listing(connection)


def of_machine(desk: DeskHere, secret: str) -> httpx.AsyncClient:
    """A program that has a token."""
    transport = httpx.ASGITransport(app=desk.application)
    return httpx.AsyncClient(
        transport=transport, base_url="http://desk.test", headers={"authorization": f"Bearer {secret}"}
    )


async def test_a_token_is_made_shown_once_used_and_revoked(desk: DeskHere, operator: httpx.AsyncClient) -> None:
    """The secret stands on the answer and is good at the API; the page says when it was used; then it is revoked."""
    made = await make(operator)
    (secret,) = secrets_in(made)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    page = await operator.get("/tokens")
    assert secret not in page.text
    assert "SIEM &lt;b&gt;" in page.text
    assert "up to 60 requests a minute" in shown(page)
    assert "never, as far as" in shown(page)
    (token,) = await tokens(desk)
    async with of_machine(desk, secret) as machine:
        assert (await machine.get("/taxii2/")).status_code == 200
        (used,) = await tokens(desk)
        assert used.used_at is not None
        assert wall_clock() - used.used_at < timedelta(minutes=1)
        assert "never, as far as" not in shown(await operator.get("/tokens"))
        without = await press(operator, f"/tokens/{token.id}/revoke", reason=" ")
        assert (without.status_code, "needs a reason" in without.text) == (409, True)
        gone = await press(operator, f"/tokens/{token.id}/revoke", reason="lost")
        assert (gone.status_code, gone.headers["location"]) == (303, "/tokens?said=revoked")
        again = await press(operator, f"/tokens/{token.id}/revoke", reason="lost")
        assert again.headers["location"] == "/tokens?said=before"
    assert "revoked" in shown(await operator.get("/tokens"))
    (entry,) = await entries(desk, JournalKind.DESK_TOKEN_REVOKED)
    assert (entry.actor, entry.data["reason"]) == ("desk-operator", "lost")
    assert secret not in str(await entries(desk))


async def test_a_secret_and_a_key_to_sign_with(desk: DeskHere, operator: httpx.AsyncClient) -> None:
    """A shared secret is shown with the token, a public key is kept as it came, and neither stands in the list."""
    with_secret = await make(operator, signing="hmac", signed_only="yes")
    token, shared = secrets_in(with_secret)
    assert (token.startswith("leerp-"), shared.startswith("whsec_")) == (True, True)
    with_key = await make(operator, signing="rfc9421", public_key=PEM)
    assert len(secrets_in(with_key)) == 1
    assert [one.signing for one in await tokens(desk)] == [Signing.HMAC, Signing.RFC9421]
    page = await operator.get("/tokens")
    assert not [one for one in (token, shared, "BEGIN PUBLIC KEY", "sealed") if one in page.text]


CARELESS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"source": "nobody"}, "not in the directory"),
    ({"source": ""}, "not in the directory"),
    ({"scope": []}, "choose at least one"),
    ({"scope": ["everything"]}, "choose at least one"),
    ({"days": "0"}, "from 1 to"),
    ({"days": "soon"}, "whole number"),
    ({"per_minute": "0"}, "Requests a minute"),
    ({"signed_only": "yes"}, "secret"),
    ({"signing": "rfc9421"}, "Its public key"),
    ({"signing": "hmac", "public_key": PEM}, "Its public key"),
    ({"signing": "rfc9421", "public_key": "none"}, "key"),
    ({"token": "token-x"}, "load the page again"),
    ({"note": "x" * 300}, "What it is for"),
)


async def test_careless_input_is_one_sentence_and_no_token(desk: DeskHere, operator: httpx.AsyncClient) -> None:
    """What was typed stays in the form, and nothing is made."""
    for typed, said in CARELESS:
        answer = await make(operator, **typed)
        problem = re.search(r'id="problem"[^>]*>(.*?)</p>', answer.text)
        assert problem, (typed, answer.status_code)
        assert (answer.status_code, said in problem[1]) == (422, True), (typed, problem[1])
        assert "SIEM &lt;b&gt;" in answer.text or "note" in typed
    assert await tokens(desk) == []


async def test_a_form_sent_twice_makes_one_token(desk: DeskHere, operator: httpx.AsyncClient) -> None:
    """The second time it says that the secret was shown."""
    first = await make(operator, token="token-0123456789")  # noqa: S106 - an id and no secret
    second = await make(operator, token="token-0123456789")  # noqa: S106 - as above
    assert (first.status_code, second.status_code) == (200, 422)
    assert "made already" in shown(second)
    assert (len(await tokens(desk)), secrets_in(second)) == (1, [])


async def test_nobody_else_gets_to_tokens(desk: DeskHere) -> None:
    """An officer gets neither the page nor a form; an unknown token is not there."""
    officer = await desk.browser("duty-officer")
    assert (await officer.get("/tokens")).status_code == 403
    assert (await press(officer, "/tokens", **GOOD)).status_code == 403
    assert (await press(officer, "/tokens/token-0123456789/revoke", reason="x")).status_code == 403
    operator = await desk.browser("desk-operator")
    assert (await press(operator, "/tokens/token-0123456789/revoke", reason="x")).status_code == 404
