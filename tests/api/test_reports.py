"""Reports from machines: in every form, answered when they are stored, and once."""

import asyncio
import json
from typing import Any

import pytest

from leerp.errors import ServiceMissingError
from leerp.journal import JournalKind
from leerp.machines import Scope
from records import machines, reports
from tests.api.machines import OTHER, Gate, report_of

BEACON: dict[str, Any] = {"observables": [{"kind": "domain", "value": "kill-switch.example"}]}
TAKEN = (200, 201)


async def test_a_report_opens_an_incident_and_the_next_joins_it(gate: Gate) -> None:
    """201 with the reference for the first; 200 for one with the same observable, and for the first once more."""
    one, other = await gate.machine(), await gate.machine(source=OTHER)
    body = report_of(1, **BEACON)
    created, joined, again = await one.send(body), await other.report(2, **BEACON), await one.send(body)
    answers = [(answer.status_code, answer.json()["outcome"]) for answer in (created, joined, again)]
    assert answers == [(201, "created"), (200, "joined"), (200, "duplicate")]
    assert {answer.json()["incident"] for answer in (created, joined, again)} == {created.json()["incident"]}
    assert again.json()["report"] == created.json()["report"]
    assert set(joined.json()) == {"report", "incident", "outcome"}


async def test_what_was_answered_is_stored_as_it_was_sent(gate: Gate) -> None:
    """The bytes, the source of the token, and through which token it came."""
    machine = await gate.machine()
    body = report_of(1)
    answer = (await machine.send(body)).json()
    async with gate.desk.house.store.reading() as c:
        stored = await reports.get(c, answer["report"])
    received = next(
        one for one in await gate.entries(answer["incident"]) if one.kind is JournalKind.DETECTION_REPORT_RECEIVED
    )
    assert stored.report.source == "csirt-fr"
    assert received.actor == machine.token.id
    assert received.data["way"] == "api"


async def test_the_same_content_of_another_source_is_a_duplicate_without_its_id(gate: Gate) -> None:
    """Who else sent the same is not told: not by its report's id, and not by what is shared."""
    one, other = await gate.machine(), await gate.machine(source=OTHER)
    first = (await one.report(1, title="Same", **BEACON)).json()
    second = (await other.report(2, title="Same", **BEACON)).json()
    assert second == {"report": None, "incident": first["incident"], "outcome": "duplicate"}


STIX = {
    "type": "bundle",
    "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
    "objects": [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": "indicator--5d0092c5-5f74-4287-9642-33f4c354e56d",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "name": "Beacon",
            "pattern": "[domain-name:value = 'beacon.example']",
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
        }
    ],
}
MISP = {
    "Event": {"uuid": "5d0092c5-5f74-4287-9642-33f4c354e56d", "info": "Wave", "date": "2026-01-01", "Attribute": []}
}


FORMS = [
    ("application/json", "", json.dumps(STIX)),
    ("application/stix+json;version=2.1", "", json.dumps(STIX)),
    ("application/json; charset=utf-8", "?format=misp", json.dumps(MISP)),
    ("application/misp+json", "", json.dumps(MISP)),
    ("text/plain", "", "The beacon asks beacon.example every hour."),
    ("message/rfc822", "", "From: a@b.example\r\nSubject: Wave\r\nDate: 1 Jan 2026 00:00 +0000\r\n\r\nText"),
    ("text/csv", "", "type,value\ndomain,beacon.example\n"),
    ("application/octet-stream", "", "A plain text whose form is found out."),
    ("application/octet-stream", "?format=auto", json.dumps(STIX)),
]


async def test_a_report_comes_in_any_form(gate: Gate) -> None:
    """By its media type, by ?format=, or found out."""
    machine = await gate.machine()
    for media_type, query, body in FORMS:
        answer = await machine.send(body.encode(), f"/api/v1/reports{query}", headers={"content-type": media_type})
        assert answer.status_code in TAKEN, answer.text


REFUSED: list[tuple[dict[str, str], str, bytes, int, str]] = [
    ({"content-type": "application/xml"}, "", b"<x/>", 415, "Send one of application/json"),
    ({"content-encoding": "gzip"}, "", b"\x1f\x8b", 415, "without Content-Encoding"),
    ({}, "?format=pdf", b"x", 400, "format is auto or one of"),
    ({}, "", b"", 422, "not JSON with an object in it"),
    ({}, "", b"From: a\r\nSubject: b\r\n\r\nc", 422, "not JSON with an object in it"),
    ({}, "", b"[ALERT] worm", 422, "not valid JSON"),
    ({}, "?format=text", b"{}", 422, "correct one of the two"),
    ({"content-type": "text/plain"}, "", b" ", 422, "the body: empty"),
    ({}, "", b"{", 422, "not valid JSON"),
    ({}, "", b'{"a": 1}', 422, "JSON, but neither"),
    ({}, "?format=misp", b"{}", 422, "no MISP event in it"),
    ({"idempotency-key": ""}, "", b"x", 400, "Idempotency-Key stands once"),
    ({"idempotency-key": "k" * 256}, "", b"x", 400, "Idempotency-Key stands once"),
    ({"idempotency-key": '"k'}, "", b"x", 400, "Idempotency-Key stands once"),
]


async def test_what_cannot_be_taken_is_refused_in_one_sentence(gate: Gate) -> None:
    """With the right status."""
    machine = await gate.machine()
    for headers, query, body, status, says in REFUSED:
        answer = await machine.send(body, f"/api/v1/reports{query}", headers=headers)
        assert (answer.status_code, says in answer.json()["error"]) == (status, True), answer.text


async def test_a_batch_is_answered_line_by_line(gate: Gate) -> None:
    """Each with the status that it would have got alone; one that is refused keeps no other out."""
    machine = await gate.machine()
    lines = [report_of(1, **BEACON), b"{", report_of(3, source=OTHER), report_of(4, **BEACON), report_of(1, **BEACON)]
    headers = {"content-type": "application/x-ndjson"}
    answer = await machine.send(b"\n".join(lines), "/api/v1/reports/batch", headers=headers)
    answers = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [(one["line"], one["status"]) for one in answers[:4]] == [(1, 201), (2, 422), (3, 403), (4, 200)]
    assert answers[3]["outcome"] == "joined"
    assert answers[1]["error"].startswith("line 2")


async def test_a_batch_has_its_limits(gate: Gate) -> None:
    """Between one and 500 lines."""
    machine = await gate.machine()
    headers = {"content-type": "application/x-ndjson"}
    for count in (0, 501):
        answer = await machine.send(b"{}\n" * count, "/api/v1/reports/batch", headers=headers)
        assert answer.status_code == 422
    assert (await machine.send(b"{}", "/api/v1/reports/batch")).status_code == 415


async def test_a_token_may_ask_only_so_often(gate: Gate) -> None:
    """429 with the seconds to wait; the reports of a batch count one by one, and another token is not held up."""
    machine, other = await gate.machine(per_minute=3), await gate.machine(per_minute=3)
    lines = b"\n".join(report_of(number) for number in range(3))
    headers = {"content-type": "application/x-ndjson"}
    batch = await machine.send(lines, "/api/v1/reports/batch", headers=headers)
    refused = await machine.report(9)
    assert [batch.status_code, refused.status_code] == [200, 429]
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert (await other.report(9)).status_code in TAKEN


class TestTheSameKey:
    """A request with an Idempotency-Key is done once."""

    async def test_is_answered_the_same(self, gate: Gate) -> None:
        """Not as a duplicate, but as the first time, and said to be so."""
        machine = await gate.machine()
        body, key = report_of(1), {"idempotency-key": "one"}
        first, again = await machine.send(body, headers=key), await machine.send(body, headers=key)
        quoted = await machine.send(body, headers={"idempotency-key": '"one"'})
        assert [first.status_code, again.status_code, quoted.status_code] == [201, 201, 201]
        assert first.content == again.content == quoted.content
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers

    async def test_is_not_for_another_request(self, gate: Gate) -> None:
        """422; for another token the key is another one."""
        machine, other = await gate.machine(), await gate.machine()
        key = {"idempotency-key": "one"}
        assert (await machine.report(1, headers=key)).status_code == 201
        assert (await machine.report(2, headers=key)).status_code == 422
        assert (await other.report(2, headers=key)).status_code in TAKEN

    async def test_is_free_again_after_a_refusal(self, gate: Gate) -> None:
        """What was refused can be corrected under the same key."""
        machine = await gate.machine()
        key = {"idempotency-key": "one"}
        assert (await machine.send(b"{", headers=key)).status_code == 422
        assert (await machine.report(1, headers=key)).status_code == 201

    async def test_is_under_way_once(self, gate: Gate) -> None:
        """Of many at once one is done; the others are told to ask again."""
        machine = await gate.machine()
        body, key = report_of(1), {"idempotency-key": "one"}
        answers = await asyncio.gather(*(machine.send(body, headers=key) for _ in range(8)))
        codes = sorted(answer.status_code for answer in answers)
        assert set(codes) <= {201, 409}
        assert 201 in codes
        waiting = [answer for answer in answers if answer.status_code == 409]
        assert all(answer.headers["retry-after"] == "1" for answer in waiting)

    @pytest.mark.parametrize("outcome", ["created", "joined"])
    async def test_gets_the_first_answer_though_nobody_wrote_it_down(
        self, gate: Gate, outcome: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The process died after the report was stored and before its answer was."""
        machine, other = await gate.machine(), await gate.machine(source=OTHER)
        if outcome == "joined":
            await other.report(2, **BEACON)
        body, key = report_of(1, **BEACON), {"idempotency-key": "one"}
        with monkeypatch.context() as dying:
            dying.setattr(machines, "answer", _dies)
            assert (await machine.send(body, headers=key)).status_code == 503
        again = await machine.send(body, headers=key)
        assert again.json()["outcome"] == outcome
        assert again.status_code == (201 if outcome == "created" else 200)
        replayed = await machine.send(body, headers=key)
        assert (replayed.content, replayed.headers["idempotency-replayed"]) == (again.content, "true")

    async def test_of_a_batch_gets_the_first_answers(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        """Line for line, and what was there before it was begun stays a duplicate."""
        machine = await gate.machine()
        before = report_of(7)
        await machine.send(before)
        body = b"\n".join([before, report_of(1, **BEACON)])
        headers = {"content-type": "application/x-ndjson", "idempotency-key": "batch"}
        with monkeypatch.context() as dying:
            dying.setattr(machines, "answer", _dies)
            await machine.send(body, "/api/v1/reports/batch", headers=headers)
        again = await machine.send(body, "/api/v1/reports/batch", headers=headers)
        assert [json.loads(line)["outcome"] for line in again.text.splitlines()] == ["duplicate", "created"]


async def _dies(*_: Any, **__: Any) -> None:
    raise ServiceMissingError("gone")


async def test_while_the_records_are_away_machines_are_told_to_come_back(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After, and the report is taken in when they are there again."""
    machine = await gate.machine()
    with monkeypatch.context() as away:
        away.setattr(machines, "by_secret", _dies)
        answer = await machine.report(1)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await machine.report(1)).status_code == 201


async def test_a_token_is_for_its_scopes_alone(gate: Gate) -> None:
    """403 for a call that it was not made for."""
    machine = await gate.machine(Scope.FEED)
    answer = await machine.report(1)
    assert (answer.status_code, "no scope report" in answer.json()["error"]) == (403, True)
