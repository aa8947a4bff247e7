"""Attacks of machines, and on them: what is refused, and that nothing came of it."""

import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from desk.api import known_tokens
from leerp.journal import DESK, JournalKind
from leerp.machines import Scope, Signing
from records import ledger, machines
from tests.api.machines import OTHER, SOURCE, Gate, Machine, report_of
from tests.records.cast import plan, planned, sent

BOTH = pytest.mark.parametrize("signing", list(Signing))
REPORTS = "/api/v1/reports"


async def _stored(gate: Gate) -> int:
    async with gate.desk.house.store.reading() as c:
        return int((await c.execute(text("SELECT count(*) FROM reports"))).scalar_one())


@BOTH
async def test_a_signed_request_is_taken(gate: Gate, signing: Signing) -> None:
    """As the libraries of others sign it; how it was signed stands in the journal."""
    machine = await gate.machine(signing=signing, signed_only=True)
    body = report_of(1)
    answer = await machine.send(body, headers=machine.signature(body))
    assert answer.status_code == 201, answer.text
    received = (await gate.entries(answer.json()["incident"]))[1]
    assert received.data["signed"] == signing.value


async def test_without_the_key_of_the_desk_nothing_counts_as_signed(gate: Gate) -> None:
    """503 while the key is away or open to others; with it back the same secret verifies again."""
    machine = await gate.machine(signing=Signing.HMAC, signed_only=True)
    key = gate.desk.house.settings.home / "desk.key"
    away, body = key.with_name("away"), report_of(1)
    key.rename(away)
    missing = await machine.send(body, headers=machine.signature(body))
    key.write_bytes(away.read_bytes())
    key.chmod(0o644)
    lying_open = await machine.send(body, headers=machine.signature(body))
    key.chmod(0o600)
    again = await machine.send(body, headers=machine.signature(body))
    assert [answer.status_code for answer in (missing, lying_open, again)] == [503, 503, 201]


@BOTH
async def test_a_replayed_request_is_refused(gate: Gate, signing: Signing) -> None:
    """The very same signed request counts once, also at another call and under another idempotency key."""
    machine = await gate.machine(Scope.REPORT, Scope.CONTRIBUTE, signing=signing, signed_only=True)
    body = report_of(1)
    headers = machine.signature(body)
    first = await machine.send(body, headers=headers)
    again = [await machine.send(body, headers={**headers, **more}) for more in ({}, {"idempotency-key": "new"})]
    assert first.status_code == 201
    assert [answer.status_code for answer in again] == [401, 401]
    assert all("received before" in answer.json()["error"] for answer in again)


@BOTH
@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_signature_of_another_time_is_refused(gate: Gate, signing: Signing, minutes: int) -> None:
    """More than five minutes early or late; the sentence says what the desk's time is."""
    machine = await gate.machine(signing=signing)
    body = report_of(1)
    signed = machine.signature(body, at=datetime.now(UTC) + timedelta(minutes=minutes))
    answer = await machine.send(body, headers=signed)
    assert answer.status_code == 401
    assert f"the desk's time is {datetime.now(UTC):%Y-%m-%dT}" in answer.json()["error"]
    assert await _stored(gate) == 0


@BOTH
async def test_a_changed_body_is_refused(gate: Gate, signing: Signing) -> None:
    """Though a signature is there, and right for what was sent first."""
    machine = await gate.machine(signing=signing)
    answer = await machine.send(report_of(2), headers=machine.signature(report_of(1)))
    assert answer.status_code == 401
    assert await _stored(gate) == 0


@BOTH
async def test_a_stripped_signature_is_refused(gate: Gate, signing: Signing) -> None:
    """Where requests must be signed, without one, with half of one and with the other kind."""
    machine = await gate.machine(signing=signing, signed_only=True)
    body = report_of(1)
    signed = machine.signature(body)
    halves = [{name: value for name, value in signed.items() if name != left_out} for left_out in signed]
    other = await gate.machine(signing=next(one for one in Signing if one is not signing))
    for headers in ({}, *halves, other.signature(body)):
        assert (await machine.send(body, headers=headers)).status_code == 401
    assert await _stored(gate) == 0


@BOTH
async def test_a_signature_of_another_token_is_refused(gate: Gate, signing: Signing) -> None:
    """Whoever holds one token and its key cannot sign for another."""
    machine, other = await gate.machine(signing=signing), await gate.machine(signing=signing, source=OTHER)
    body = report_of(1)
    assert (await machine.send(body, headers=other.signature(body))).status_code == 401


UNCOVERED: list[dict[str, Any]] = [
    {"url": "http://desk.test/api/v1/reports/batch"},
    {"url": "http://elsewhere.test/api/v1/reports"},
    {"url": "http://desk.test/api/v1/reports?format=text"},
    {"method": "PUT"},
    {"nonce": None},
    {"nonce": "n" * 257},
    {"covered": ("@method", "@path")},
    {"covered": ("@target-uri",)},
]


async def test_a_signature_covers_the_whole_request(gate: Gate) -> None:
    """Not one for another address or method, and none that leaves out what it must cover."""
    machine = await gate.machine(signing=Signing.RFC9421)
    body = report_of(1)
    for change in UNCOVERED:
        headers = machine.message_signature(body, REPORTS, **change)
        assert (await machine.send(body, headers=headers)).status_code == 401, change
    assert await _stored(gate) == 0


async def test_a_digest_that_is_not_signed_does_not_count(gate: Gate) -> None:
    """A body that the signature does not cover is not signed, whatever its digest says."""
    machine = await gate.machine(signing=Signing.RFC9421)
    body = report_of(1)
    bare = machine.message_signature(b"", REPORTS)
    digest = machine.message_signature(body, REPORTS)["Content-Digest"]
    for headers in (bare, bare | {"content-digest": digest}):
        assert (await machine.send(body, headers=headers)).status_code == 401


async def test_a_signature_where_none_was_agreed_is_refused(gate: Gate) -> None:
    """What cannot be verified is not taken for verified, and not ignored."""
    machine, signer = await gate.machine(), await gate.machine(signing=Signing.HMAC)
    body = report_of(1)
    assert (await machine.send(body, headers=signer.signature(body))).status_code == 401


MANGLED = [
    {"signature-input": "x", "signature": "x"},
    {"signature-input": "sig1=()", "signature": "sig1=:AA==:"},
    {"signature-input": 'sig1=("@method" "@target-uri");created=1', "signature": "sig1=:AA==:"},
    {"signature-input": 'sig1=("@method");created=99999999999999', "signature": "sig1=:AA==:"},
    {"webhook-id": "a", "webhook-timestamp": "1" * 400, "webhook-signature": "v1,AA=="},
    {"webhook-id": "a", "webhook-timestamp": "-1", "webhook-signature": "v1,AA=="},
    {"webhook-id": "a", "webhook-timestamp": "soon", "webhook-signature": "v1,\u00e4"},
    {"webhook-signature": "v2,AA=="},
]


async def test_a_mangled_signature_is_refused(gate: Gate) -> None:
    """With 401 and never more."""
    for machine in [await gate.machine(signing=signing) for signing in Signing]:
        for headers in MANGLED:
            encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await machine.client.post(REPORTS, content=b"{}", headers=encoded)
            assert answer.status_code == 401, headers


async def test_a_token_reports_for_its_own_source_alone(gate: Gate) -> None:
    """403 for a report that names another source, known or not, in the same words; and the desk's journal has it."""
    machine = await gate.machine()
    other, unknown = [await machine.report(1, source=source) for source in (OTHER, "nobody-at-all")]
    own = await machine.report(1, source=SOURCE)
    assert [other.status_code, unknown.status_code, own.status_code] == [403, 403, 201]
    assert other.json() == unknown.json()
    refused = [one for one in await gate.entries() if one.kind is JournalKind.DESK_INPUT_REFUSED]
    assert [one.actor for one in refused] == [machine.token.id] * 2


async def _expired(gate: Gate) -> Machine:
    return await gate.machine(days=-1)


async def _revoked(gate: Gate) -> Machine:
    machine = await gate.machine()
    assert (await machine.report(7)).status_code == 201
    async with gate.desk.house.store.writing() as tx:
        await machines.revoke(tx, machine.token.id, at=datetime.now(UTC), by="operator")
    return machine


async def _gone(gate: Gate) -> Machine:
    return await gate.machine(source="no-longer-in-the-directory")


@pytest.mark.parametrize("made", [_expired, _revoked, _gone])
async def test_a_token_that_is_not_good_opens_nothing(
    gate: Gate, made: Callable[[Gate], Awaitable[Machine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expired, revoked or of somebody who is in the directory no more: the same answer as for one made up."""
    monkeypatch.setattr(known_tokens, "KNOWN_SECONDS", 0.0)
    machine = await made(gate)
    line = await gate.line({"authorization": "Bearer leerp-made-up"})
    answers = [await machine.report(1), await line.post(REPORTS, content=report_of(1))]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_token_is_known_for_a_second_at_most(gate: Gate) -> None:
    """What was looked up counts so long and no longer; what is not there is looked for each time."""
    machine, seconds = await gate.machine(), [0.0]
    tokens = known_tokens.Tokens(gate.desk.house.store, clock=lambda: seconds[0])
    assert await tokens.find("made-up") is None
    assert await tokens.find(machine.secret) == machine.token
    async with gate.desk.house.store.writing() as tx:
        await machines.revoke(tx, machine.token.id, at=datetime.now(UTC), by="operator")
    seconds[0] = known_tokens.KNOWN_SECONDS
    found = await tokens.find(machine.secret)
    assert found is not None
    assert found.revoked_at is not None


async def test_what_is_no_token_opens_nothing(gate: Gate) -> None:
    """Whatever stands in the header; a session of a person is no token either."""
    made_up = ["", "Bearer", "Bearer ", "Basic !!!", "Basic Og==", "Digest x", "Bearer " + "x" * 600, "bearer\tx"]
    lines = [await gate.line({"authorization": one}) for one in made_up]
    for line in (*lines, await gate.desk.browser("duty-officer")):
        answer = await line.post(REPORTS, content=b"{}")
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}


async def test_two_authorisations_open_nothing(gate: Gate) -> None:
    """A proxy and the desk might each look at another one."""
    machine = await gate.machine()
    given = [("authorization", f"Bearer {machine.secret}"), ("authorization", "Bearer x")]
    line = await gate.line()
    assert (await line.post(REPORTS, content=report_of(1), headers=given)).status_code == 401


async def test_guessing_is_slowed_down(gate: Gate) -> None:
    """After 120 tries in a minute from one address, good tokens alone are answered."""
    machine, line = await gate.machine(), await gate.line({"authorization": "Bearer guess"})
    codes = [(await line.post(REPORTS, content=b"{}")).status_code for _ in range(122)]
    assert set(codes) == {401, 429}
    assert (await machine.report(1)).status_code == 201


class TestContributions:
    """A contribution is of who was sent a notice of the incident, and of nobody else."""

    async def _incident(self, gate: Gate) -> str:
        reference = await gate.desk.report("Attack")
        lines = [planned(SOURCE), planned(OTHER)]
        await plan(gate.desk.house.store, reference, lines)
        async with gate.desk.house.store.writing() as tx:
            await ledger.settle(tx, "N-1", [sent(SOURCE)])
        return reference

    async def test_of_others_are_answered_as_for_no_incident(self, gate: Gate) -> None:
        """404 in the same words, also where a notice is planned and not sent."""
        reference = await self._incident(gate)
        body = json.dumps({"id": "c", "contributed_at": datetime.now(UTC).isoformat(), "title": "Seen"}).encode()
        took, not_yet = [await gate.machine(Scope.CONTRIBUTE, source=source) for source in (SOURCE, OTHER)]
        paths = [f"/api/v1/incidents/{one}/contributions" for one in (reference, "LEERP-1999-0001")]
        refused = [await not_yet.send(body, path) for path in paths]
        taken = await took.send(body, paths[0])
        assert [answer.status_code for answer in refused] == [404, 404]
        assert refused[0].text.replace(reference, "") == refused[1].text.replace("LEERP-1999-0001", "")
        assert (taken.status_code, taken.json()["outcome"]) == (201, "pooled")
        assert (await took.send(body, paths[0])).json()["outcome"] == "duplicate"

    async def test_name_nobody_else(self, gate: Gate) -> None:
        """403 for a contribution of another one; 409 once the incident has ended."""
        path = f"/api/v1/incidents/{await self._incident(gate)}/contributions"
        machine = await gate.machine(Scope.CONTRIBUTE)
        said = {"id": "c", "contributed_at": datetime.now(UTC).isoformat(), "title": "Seen", "contributor": OTHER}
        answer = await machine.send(json.dumps(said).encode(), path)
        async with gate.desk.house.store.writing() as tx:
            await tx.execute(text("UPDATE incidents SET status = 'closed'"))
        ended = await machine.send(b"{}", path)
        assert [answer.status_code, ended.status_code] == [403, 409]

    async def test_from_prose_wait_for_a_person(self, gate: Gate) -> None:
        """202, and the first answer again for the same key."""
        path = f"/api/v1/incidents/{await self._incident(gate)}/contributions?legal_basis=Order%201&title=Servers"
        machine = await gate.machine(Scope.CONTRIBUTE)
        headers = {"content-type": "text/plain", "idempotency-key": "k"}
        answers = [await machine.send(b"It asks beacon.evil.org each hour.", path, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].content == answers[1].content
        assert answers[0].json()["without_legal_basis"] is False


class TestOversized:
    """What is too long or packed is refused without being read to its end."""

    async def test_a_body_beyond_the_limit(self, gate: Gate) -> None:
        """413, whether its length is said or not, and however much would follow."""
        machine = await gate.machine()
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(400):
                read += 1
                yield b"x" * 2**20

        answer = await machine.client.post(REPORTS, content=endless())
        assert answer.status_code == 413
        assert read <= 22
        said = await machine.client.post(REPORTS, content=b"x", headers={"content-length": str(2**40)})
        assert said.status_code == 413

    async def test_a_packed_body(self, gate: Gate) -> None:
        """415: what a kilobyte unpacks to is not found out by unpacking it."""
        machine = await gate.machine()
        bomb = gzip.compress(b"0" * 50_000_000)
        for encoding in ("gzip", "deflate", "br", "gzip, identity"):
            answer = await machine.send(bomb, headers={"content-encoding": encoding})
            assert answer.status_code == 415
        assert (await machine.send(bomb)).status_code == 422

    async def test_a_deep_body(self, gate: Gate) -> None:
        """422 for what is nested without end, or has keys twice."""
        machine = await gate.machine()
        for body in (b"[" * 100_000, b'{"a":' * 50_000, b'{"title":"a","title":"b","reported_at":1}', b"\xff{"):
            assert (await machine.send(body)).status_code == 422
        assert await _stored(gate) == 0


async def test_no_header_of_an_answer_is_made_of_what_was_sent(gate: Gate) -> None:
    """Line ends in what is sent end up in JSON, escaped, and never in a header."""
    machine = await gate.machine()
    evil = "a\r\nset-cookie: x=1"
    with pytest.raises((httpx.LocalProtocolError, ValueError, httpx.InvalidURL)):
        await machine.client.post(f"{REPORTS}?format={evil}", content=b"x")
    quoted = "a%0d%0aset-cookie:%20x=1"
    answers = [
        await machine.send(b"x", f"{REPORTS}?format={quoted}"),
        await machine.report(1, title=evil),
        await machine.send(b"{}", f"/api/v1/incidents/{quoted}/contributions"),
    ]
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_secrets_are_in_no_record_and_no_answer(gate: Gate) -> None:
    """Neither the token nor the secret to sign with stands in the database or in the journal."""
    machine = await gate.machine(signing=Signing.HMAC)
    body = report_of(1)
    await machine.send(body, headers=machine.signature(body))
    database = gate.desk.house.settings.home / "records.db"
    content = database.read_bytes() + database.with_name("records.db-wal").read_bytes()
    for secret in (machine.secret, machine.shared.removeprefix("whsec_")):
        assert secret.encode() not in content
    assert machine.secret not in "".join(one.line for one in await gate.entries(DESK))
