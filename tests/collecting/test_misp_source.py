"""A MISP server: its tagged events are reports of the source, and a changed event is not taken for a repeat."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from leerp.errors import BadInputError, ServiceMissingError
from tests.collecting.cast import NOON, Centre, open_centre
from tests.collecting.misp_server import KEY, MispServer
from tests.collecting.web_server import WebServer, web_server
from tests.formats.examples import attribute, misp, tags
from tests.secret_files import secret_file

NOW = int(NOON.timestamp())


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebServer]:
    """A web server with a certificate."""
    async with web_server(tmp_path) as server:
        yield server


def event(number: int, *, changed: int = NOW - 3600, value: str = "", **more: Any) -> dict[str, Any]:
    """An event, tagged for the centre."""
    fields = {
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "info": f"Wiper {number}",
        "timestamp": str(changed),
        "publish_timestamp": str(changed),
        "Tag": tags("tlp:amber", "ec3:report"),
    }
    return misp(attribute("domain", value or f"site-{number}.example"), **(fields | more))


def serve(web: WebServer, *events: dict[str, Any]) -> MispServer:
    """Be a MISP server with these events."""
    server = MispServer(*events)
    web.answer = server.answer
    return server


def opened(tmp_path: Path, web: WebServer, **more: Any) -> Any:
    """A centre that reads it."""
    key = secret_file(tmp_path / "misp-key", KEY)
    place = {"kind": "misp", "url": web.address, "source": "csirt-lu", "key_file": str(key), "tags": ["ec3:report"]}
    return open_centre(tmp_path / "home", {"misp": {**place, **web.settings, **more}})


async def titles(centre: Centre) -> set[str]:
    """What the reports are called."""
    return {one.report.title for one in await centre.reports()}


@pytest.fixture
def served(web: WebServer) -> MispServer:
    """A MISP server with two events for the centre, and others."""
    return serve(
        web,
        event(1),
        event(2),
        event(3, Tag=tags("tlp:amber")),
        event(4, published=False),
        event(5, changed=NOW - 30 * 3600),
    )


@pytest.mark.usefixtures("served")
async def test_tagged_and_published_events_are_taken_in(web: WebServer, tmp_path: Path) -> None:
    """As reports of the stakeholder that the server speaks for; their maker is who is quoted."""
    async with opened(tmp_path, web) as centre:
        assert (await centre.read("misp")).taken == 2
        assert await titles(centre) == {"Wiper 1", "Wiper 2"}
        stored = await centre.reports()
    assert {(one.report.source, one.report.origin) for one in stored} == {("csirt-lu", "CERT Ruritania")}
    assert all(headers["authorization"] == KEY for headers in web.seen)


async def test_a_changed_event_is_another_report_of_the_same_incident(
    web: WebServer, served: MispServer, tmp_path: Path
) -> None:
    """Same uuid, later time: it is fetched again, stored beside the first, and joins where that went."""
    async with opened(tmp_path, web) as centre:
        await centre.read("misp")
        assert (await centre.read("misp")).taken == 0
        served.put(event(1, changed=NOW - 60, info="Wiper 1, more victims", value="site-1.example"))
        assert (await centre.read("misp")).taken == 1
        stored = {one.report.title: one for one in await centre.reports()}
    assert stored["Wiper 1, more victims"].incident == stored["Wiper 1"].incident
    assert served.views.count(event(1)["Event"]["uuid"]) == 2


async def test_an_event_that_was_changed_earlier_and_comes_later_is_found(
    web: WebServer, served: MispServer, tmp_path: Path
) -> None:
    """Servers hand on events of others, with the time of their makers: the list goes back behind the newest."""
    async with opened(tmp_path, web) as centre:
        await centre.read("misp")
        served.put(event(6, changed=NOW - 20 * 3600))
        assert (await centre.read("misp")).taken == 1
        assert served.views.count(event(1)["Event"]["uuid"]) == 1


async def test_a_time_to_come_hides_nothing(web: WebServer, served: MispServer, tmp_path: Path) -> None:
    """An event dated in the future is refused as a report, and the reading goes on from now."""
    served.put(event(7, changed=NOW + 10 * 365 * 86_400))
    async with opened(tmp_path, web) as centre:
        counts = await centre.read("misp")
        assert (counts.taken, counts.refused) == (2, 1)
        served.put(event(8, changed=NOW - 10))
        assert (await centre.read("misp")).taken == 1


async def test_many_events_come_page_by_page(web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one page of the list, and more than one portion."""
    monkeypatch.setattr("activities.collecting.misp.PAGE", 20)
    server = serve(web, *(event(number) for number in range(1, 31)))
    async with opened(tmp_path, web) as centre:
        assert (await centre.read("misp")).taken == 30
    assert [search["page"] for search in server.searches] == [1, 2]


@pytest.mark.usefixtures("served")
async def test_a_wrong_key_is_a_failed_reading(web: WebServer, tmp_path: Path) -> None:
    """The sentence says where to look, and holds no secret."""
    async with opened(tmp_path, web) as centre:
        (tmp_path / "misp-key").write_text("e" * 40)
        with pytest.raises(ServiceMissingError, match="see whether the key in key_file still holds"):
            await centre.read("misp")
        assert "eeee" not in str((await centre.source("misp")).last_error)


@pytest.mark.parametrize(
    ("status", "body", "headers", "sentence"),
    [
        (200, b"not JSON", {}, "does not answer as a MISP server does"),
        (200, b"[" * 100_000, {}, "does not answer as a MISP server does"),
        (500, b"secret things", {}, "has a fault of its own"),
        (302, b"", {"Location": "http://169.254.169.254/"}, "redirects elsewhere"),
        (200, b"{}", {"Content_Encoding": "gzip"}, "compressed"),
    ],
)
async def test_what_is_no_misp_server_is_a_failed_reading(
    web: WebServer, tmp_path: Path, status: int, body: bytes, headers: dict[str, str], sentence: str
) -> None:
    """Whatever it says, and nothing of that is repeated."""
    web.says(body, status=status, **headers)
    async with opened(tmp_path, web) as centre:
        with pytest.raises((ServiceMissingError, BadInputError), match=sentence) as caught:
            await centre.read("misp")
        assert "secret things" not in str(caught.value)
        assert (await centre.source("misp")).failures == 1


async def test_the_name_of_a_server_may_not_lead_inside(tmp_path: Path, web: WebServer) -> None:
    """What it leads to is judged at every connection, and nothing is asked."""
    async with opened(tmp_path, web, url="https://localhost.localdomain/", exemptions=[]) as centre:
        with pytest.raises(ServiceMissingError):
            await centre.read("misp")
    assert web.seen == []
