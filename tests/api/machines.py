"""Programs of stakeholders at a desk, with tokens of all kinds."""

import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from standardwebhooks import Webhook

from desk.desk_key import DeskKey
from leerp.journal import DESK, JournalEntry
from leerp.machines import Scope, Signing, Token
from records import journal, machines
from tests.desk.browsing import ADDRESS, DeskHere, desk_here

SOURCE, OTHER = "csirt-fr", "csirt-de"


@dataclass(frozen=True)
class Machine:
    """A program with its token, its line to the desk, and what it signs with."""

    token: Token
    secret: str
    client: httpx.AsyncClient
    shared: str = ""
    key: Ed25519PrivateKey | None = None

    async def report(self, number: int = 1, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a report in leerp's own form."""
        return await self.send(report_of(number, **more), headers=headers)

    async def send(
        self, body: bytes, path: str = "/api/v1/reports", *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send any body."""
        given = {"content-type": "application/json", **(headers or {})}
        return await self.client.post(path, content=body, headers=given)

    def signature(
        self, body: bytes, path: str = "/api/v1/reports", *, method: str = "POST", at: datetime | None = None
    ) -> dict[str, str]:
        """The headers of a signed request, as the libraries of others make them."""
        at = at or datetime.now(UTC)
        if self.key is None:
            identifier = f"msg_{secrets.token_hex(8)}"
            signed = Webhook(self.shared).sign(identifier, at, body.decode())
            stamp = str(int(at.timestamp()))
            return {"webhook-id": identifier, "webhook-timestamp": stamp, "webhook-signature": signed}
        return self.message_signature(body, path, method=method, at=at)

    def message_signature(
        self,
        body: bytes,
        path: str,
        *,
        method: str = "POST",
        at: datetime | None = None,
        nonce: str | None = "new",
        covered: Iterable[str] = ("@method", "@target-uri"),
        url: str | None = None,
    ) -> dict[str, str]:
        """The headers of RFC 9421; `nonce` None leaves it out."""
        request = _Request(method, url or f"{ADDRESS}{path}", {})
        assert self.key is not None
        keys = MappingKeyResolver(public_keys={}, private_keys={self.token.id: self.key})
        HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys).sign(
            request,
            key_id=self.token.id,
            created=at or datetime.now(UTC),
            covered_component_ids=tuple(covered),
            body=body or None,
            nonce=secrets.token_hex(8) if nonce == "new" else nonce,
        )
        return request.headers


@dataclass
class _Request:
    method: str
    url: str
    headers: dict[str, str]


def report_of(number: int = 1, **more: Any) -> bytes:
    """A report of a source, without its name."""
    at = datetime.now(UTC).isoformat()
    return json.dumps({"id": str(number), "reported_at": at, "title": f"Attack {number}", **more}).encode()


class Gate:
    """A desk and the machines at it."""

    def __init__(self, desk: DeskHere) -> None:
        self.desk = desk
        self._open = contextlib.AsyncExitStack()

    async def machine(
        self,
        *scopes: Scope,
        source: str = SOURCE,
        signing: Signing | None = None,
        signed_only: bool = False,
        days: float = 30,
        per_minute: int = 6_000,
        basic: bool = False,
    ) -> Machine:
        """A program with a fresh token."""
        now = datetime.now(UTC)
        token = Token(
            id=f"token-{secrets.token_hex(5)}",
            source=source,
            scopes=scopes or (Scope.REPORT,),
            made_at=now,
            made_by="operator",
            until=now + timedelta(days=days),
            per_minute=per_minute,
            signing=signing,
            signed_only=signed_only,
        )
        secret, shared, key = f"leerp-{secrets.token_urlsafe(32)}", b"", None
        if signing is Signing.HMAC:
            shared = secrets.token_bytes(32)
            sealed = DeskKey.of(self.desk.house.settings).seal(shared, about=token.id)
            token = token.model_copy(update={"sealed_secret": sealed})
        if signing is Signing.RFC9421:
            key = Ed25519PrivateKey.generate()
            pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            token = token.model_copy(update={"public_key": pem})
        async with self.desk.house.store.writing() as tx:
            await machines.add(tx, token, secret)
        client = await self.line({"authorization": f"Bearer {secret}"})
        if basic:
            del client.headers["authorization"]
            client.auth = httpx.BasicAuth("taxii", secret)
        return Machine(token, secret, client, f"whsec_{base64.b64encode(shared).decode()}" if shared else "", key)

    async def line(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A line to the desk."""
        transport = httpx.ASGITransport(app=self.desk.application, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)
        return await self._open.enter_async_context(client)

    async def entries(self, incident: str = DESK) -> list[JournalEntry]:
        """A chain of the journal."""
        async with self.desk.house.store.reading() as c:
            return await journal.entries(c, incident)

    async def close(self) -> None:
        """Close the lines."""
        await self._open.aclose()


@contextlib.asynccontextmanager
async def gate_here(home: Path, **settings: object) -> AsyncIterator[Gate]:
    """A desk with the example configuration on an empty store."""
    async with desk_here(home, **settings) as desk:
        gate = Gate(desk)
        try:
            yield gate
        finally:
            await gate.close()
