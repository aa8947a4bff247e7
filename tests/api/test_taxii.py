"""The feed of a reader over TAXII 2.1: what was sent to it, as it was sent, and nothing else."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from taxii2client.v21 import Collection, Server, as_pages

from desk.api.taxii import MEDIA_TYPE, collection_id
from leerp.journal import JournalKind
from leerp.machines import Scope
from leerp.marking import Level
from leerp.notices import DeliveryState, NoticeKind
from tests.api.feeds import RESTREINT, objects_of, portion, send
from tests.api.machines import OTHER, SOURCE, Gate, Machine
from tests.servers import free_port

OWN = f"/taxii2/api/collections/{collection_id(SOURCE)}/"


@pytest.fixture
async def reader(gate: Gate) -> Machine:
    """A reader's program."""
    return await gate.machine(Scope.FEED)


@pytest.fixture
async def reference(gate: Gate) -> str:
    """An incident."""
    return await gate.desk.report("Attack")


async def fetch(machine: Machine, path: str = "objects/", **parameters: Any) -> dict[str, Any]:
    """What a collection answers."""
    answer = await machine.client.get(OWN + path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    found: dict[str, Any] = answer.json()
    return found


@contextlib.asynccontextmanager
async def served(gate: Gate) -> AsyncIterator[str]:
    """The desk on a port; its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(gate.desk.application, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=10)) as client:
        while (await client.get(f"http://127.0.0.1:{port}/health")).status_code != 200:
            pass
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def test_a_client_of_others_reads_the_whole_feed(gate: Gate, reference: str) -> None:
    """The client of OASIS finds root and collection by itself, and gets every object as it stood in the bundles."""
    machine = await gate.machine(Scope.FEED)
    wanted: dict[str, dict[str, Any]] = {}
    for number, names in enumerate((["one", "two"], ["three"], ["four", "five", "six"]), start=1):
        kind = NoticeKind.UPDATE if number == 3 else NoticeKind.EARLY_WARNING
        wanted |= objects_of((await send(gate.desk, reference, number, [portion(*names)], kind=kind))[SOURCE])

    def read(address: str) -> dict[str, Any]:
        server = Server(f"{address}/taxii2/", user="any", password=machine.secret)
        found: list[Collection] = server.api_roots[0].collections
        assert [one.title for one in found] == ["What was sent to you"]
        pages = list(as_pages(found[0].get_objects, per_request=4))
        dates = [one["date_added"] for one in found[0].get_manifest()["objects"]]
        assert dates == sorted(set(dates))
        assert len(pages) > 2
        return {one["id"]: one for page in pages for one in page["objects"]}

    async with served(gate) as address:
        assert await asyncio.to_thread(read, address) == wanted


async def test_a_reader_learns_nothing_of_what_others_got(gate: Gate, reference: str) -> None:
    """With and without notices, portions and readers beside it, every answer is the same to the byte."""
    machine = await gate.machine(Scope.FEED)
    await send(gate.desk, reference, 1, [portion("mine")], readers=[SOURCE])
    paths = ["objects/", "manifest/", "objects/?limit=2", "manifest/?match[type]=indicator", ""]
    before = [(await machine.client.get(OWN + path)).content for path in paths]
    other = await gate.machine(Scope.FEED, source=OTHER)
    await send(gate.desk, reference, 2, [portion("theirs", "more")], readers=[OTHER])
    hers = await other.client.get(f"/taxii2/api/collections/{collection_id(OTHER)}/objects/")
    assert "theirs.example" in hers.text
    assert [(await machine.client.get(OWN + path)).content for path in paths] == before


async def test_nothing_but_what_was_sent_is_there(gate: Gate, reader: Machine, reference: str) -> None:
    """Not what is planned or failed, and not a notice of another kind."""
    await send(gate.desk, reference, 1, [portion("planned")], state=DeliveryState.PLANNED)
    await send(gate.desk, reference, 2, [portion("failed")], state=DeliveryState.FAILED)
    await send(gate.desk, reference, 3, [portion("plan")], kind=NoticeKind.ACTION_PLAN)
    assert await fetch(reader) == {"more": False}


async def test_what_was_sent_later_comes_after(gate: Gate, reader: Machine, reference: str) -> None:
    """Who asks for what came after the last date misses nothing and gets nothing twice."""
    await send(gate.desk, reference, 1, [portion("one")])
    answer = await reader.client.get(f"{OWN}objects/")
    last = answer.headers["x-taxii-date-added-last"]
    assert answer.headers["x-taxii-date-added-first"] < last
    assert await fetch(reader, added_after=last) == {"more": False}
    fresh = objects_of((await send(gate.desk, reference, 2, [portion("two")]))[SOURCE])
    known = {one["id"] for one in answer.json()["objects"]}
    got = (await fetch(reader, added_after=last))["objects"]
    assert {one["id"] for one in got} == fresh.keys() - known
    assert all(one == fresh[one["id"]] for one in got)


async def test_pages_hold_the_whole(gate: Gate, reader: Machine, reference: str) -> None:
    """Page by page, by `next` or by the last date, the same as at once."""
    await send(gate.desk, reference, 1, [portion(*"abcdefgh")])
    whole = (await fetch(reader))["objects"]
    for follow in ("next", "added_after"):
        found: list[Any] = []
        more: dict[str, Any] = {}
        while True:
            answer = await reader.client.get(f"{OWN}objects/", params={"limit": 3, **more})
            page = answer.json()
            found += page["objects"]
            if not page["more"]:
                break
            assert len(page["objects"]) == 3
            more = {follow: page["next"] if follow == "next" else answer.headers["x-taxii-date-added-last"]}
        assert found == whole


async def test_objects_are_found_by_what_they_are(gate: Gate, reader: Machine, reference: str) -> None:
    """By id, type, version and spec_version, one or more of each, and each alone with its versions."""
    bundle = objects_of((await send(gate.desk, reference, 1, [portion("one", "two")]))[SOURCE])
    indicator = next(one for one in bundle.values() if one["type"] == "indicator")
    by_id = await fetch(reader, **{"match[id]": f"{indicator['id']},indicator--0"})
    assert by_id["objects"] == [indicator]
    types = await fetch(reader, **{"match[type]": "indicator,report"})
    assert {one["type"] for one in types["objects"]} == {"indicator", "report"}
    for version in ("all", "last", "first", indicator["modified"]):
        matched = await fetch(reader, **{"match[version]": version, "match[id]": indicator["id"]})
        assert matched["objects"] == [indicator]
    assert await fetch(reader, **{"match[version]": "2001-01-01T00:00:00Z"}) == {"more": False}
    assert await fetch(reader, **{"match[spec_version]": "2.0"}) == {"more": False}
    assert (await fetch(reader, f"objects/{indicator['id']}/"))["objects"] == [indicator]
    versions = await fetch(reader, f"objects/{indicator['id']}/versions/")
    assert versions == {"more": False, "versions": [indicator["modified"]]}


async def test_reading_is_recorded_and_confirms_nothing(gate: Gate, reader: Machine, reference: str) -> None:
    """Each notice that is read is in the desk's journal with the token; the ledger is as it was."""
    await send(gate.desk, reference, 1, [portion("one")])
    await fetch(reader, "manifest/")
    assert not [one for one in await gate.entries() if one.kind is JournalKind.DESK_CONTENT_READ]
    await fetch(reader)
    await fetch(reader)
    read = [one for one in await gate.entries() if one.kind is JournalKind.DESK_CONTENT_READ]
    assert [(one.actor, one.data["what"], one.data["incident"]) for one in read] == [
        (reader.token.id, "feed of notice N-1", reference)
    ]
    assert not [one for one in await gate.entries(reference) if "acknowledgement" in one.kind]


class TestTheMarkingHolds:
    """A feed is a way out like any other."""

    async def test_what_is_marked_above_the_feed_is_not_in_it(
        self, gate: Gate, reader: Machine, reference: str
    ) -> None:
        """A restricted variant went over a channel that may carry it; this one may not."""
        await send(gate.desk, reference, 1, [portion("secret", marking=RESTREINT)], channel="secure")
        assert await fetch(reader) == {"more": False}
        bundle = (await send(gate.desk, reference, 2, [portion("open")]))[SOURCE]
        assert {one["id"] for one in (await fetch(reader))["objects"]} == objects_of(bundle).keys()

    async def test_a_lower_variant_of_the_same_notice_is(self, gate: Gate, reader: Machine, reference: str) -> None:
        """Only what was in the variant that the way may carry."""
        portions = [portion("open"), portion("secret", marking=RESTREINT)]
        await send(gate.desk, reference, 1, portions, channel="email", maximum=Level.BPL)
        text = json.dumps(await fetch(reader))
        assert "open.example" in text
        assert "secret.example" not in text

    async def test_whose_clearance_was_lowered_gets_it_no_more(
        self, gate: Gate, reader: Machine, reference: str
    ) -> None:
        """The directory of today decides, also over what is in the feed already."""
        await send(gate.desk, reference, 1, [portion("one")])
        assert (await fetch(reader))["objects"]
        file = gate.desk.house.settings.config / "directory.yaml"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        at = lines.index(f"  - id: {SOURCE}\n")
        place = next(i for i in range(at, at + 12) if lines[i].lstrip().startswith("clearance:"))
        lines[place] = "    clearance: PUBLIC\n"
        file.write_text("".join(lines), encoding="utf-8")
        assert await fetch(reader) == {"more": False}


ERRORS = [
    (f"/taxii2/api/collections/{collection_id(OTHER)}/", 404),
    (f"/taxii2/api/collections/{collection_id(OTHER)}/objects/", 404),
    ("/taxii2/api/collections/unknown/manifest/", 404),
    (f"{OWN}objects/indicator--unknown/", 404),
    (f"{OWN}objects/indicator--unknown/versions/", 404),
    ("/taxii2/api/status/1/", 404),
    (f"{OWN}objects/?limit=0", 400),
    (f"{OWN}objects/?limit=-1", 400),
    (f"{OWN}objects/?limit=%C2%B2", 400),
    (f"{OWN}objects/?added_after=yesterday", 400),
    (f"{OWN}objects/?added_after=2026-01-01T00:00:00", 400),
    (f"{OWN}objects/?next=x", 400),
    (f"{OWN}objects/?match[colour]=red", 400),
    (f"{OWN}objects/?match[id]=" + ",".join("x" * 101), 400),
]


async def test_errors_are_those_of_taxii(reader: Machine) -> None:
    """With title, sentence and status, in the media type of TAXII."""
    for path, status in ERRORS:
        answer = await reader.client.get(path)
        said = answer.json()
        assert answer.status_code == status, path
        assert (said["http_status"], answer.headers["content-type"]) == (str(status), MEDIA_TYPE)
        assert said["title"]
        assert said["description"]


ACCEPTED = [
    ("application/taxii+json;version=2.1", 200),
    ("application/taxii+json", 200),
    ('text/html, application/taxii+json; version="2.1";q=0.5', 200),
    ("*/*", 200),
    ("application/taxii+json;version=2.0", 406),
    ("application/vnd.oasis.stix+json", 406),
    ("text/html", 406),
]


async def test_the_form_is_agreed(reader: Machine) -> None:
    """Whoever accepts nothing that there is here is told so."""
    for accept, status in ACCEPTED:
        answer = await reader.client.get("/taxii2/", headers={"accept": accept})
        assert answer.status_code == status, accept


async def test_the_feed_needs_its_own_scope(gate: Gate) -> None:
    """401 with a challenge that clients know without a token, 403 with one for reports alone; Basic is as good."""
    reporter, basic = await gate.machine(Scope.REPORT), await gate.machine(Scope.FEED, basic=True)
    stranger = await gate.line()
    answers = [await line.get("/taxii2/") for line in (stranger, reporter.client, basic.client)]
    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[0].headers["www-authenticate"].startswith("Basic")


async def test_nothing_can_be_added_or_taken_away(reader: Machine) -> None:
    """405 for every method but GET."""
    for method in ("POST", "PUT", "DELETE"):
        assert (await reader.client.request(method, f"{OWN}objects/")).status_code == 405
