"""A TAXII 2.1 collection, against a real server: what was added since, put together into the reports that it makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leerp.errors import BadInputError, ServiceMissingError
from tests.collecting.cast import Centre, open_centre
from tests.collecting.taxii_server import COLLECTION, PASSWORD, USER, TaxiiServer, running
from tests.collecting.web_server import web_server
from tests.formats.examples import sdo
from tests.secret_files import secret_file


@pytest.fixture(scope="module")
def server() -> Iterator[TaxiiServer]:
    """The server."""
    with running() as started:
        yield started


@pytest.fixture
def taxii(server: TaxiiServer) -> TaxiiServer:
    """The same with an empty collection."""
    server.empty()
    return server


def opened(tmp_path: Path, taxii: TaxiiServer, **more: Any) -> Any:
    """A centre that reads the collection."""
    password = secret_file(tmp_path / "taxii-password", PASSWORD)
    place = {"kind": "taxii", "api_root": taxii.api_root, "collection": COLLECTION, "source": "csirt-lu"}
    sign_in = {"username": USER, "password_file": str(password)}
    reach = {"exemptions": [{"host": "127.0.0.1", "networks": ["127.0.0.0/8"], "ports": [taxii.port]}]}
    return open_centre(tmp_path / "home", {"taxii": {**place, **sign_in, **reach, **more}})


def identifier(kind: str, number: int) -> str:
    """An id."""
    return f"{kind}--00000000-0000-4000-8000-{number:012}"


def indicator(number: int) -> dict[str, Any]:
    """An indicator of a domain."""
    pattern = f"[domain-name:value = 'site-{number}.example']"
    fields: dict[str, Any] = {"pattern": pattern, "pattern_type": "stix", "valid_from": "2026-11-22T08:00:00Z"}
    return sdo("indicator", id=identifier("indicator", number), name=f"Site {number}", **fields)


def report(number: int, *references: str, modified: str = "2026-11-22T08:00:00.000Z", **more: Any) -> dict[str, Any]:
    """A report that refers to these."""
    fields = {"name": f"Wiper {number}", "published": "2026-11-22T08:00:00Z", "object_refs": list(references)}
    return sdo("report", id=identifier("report", number), modified=modified, **{**fields, **more})


async def found(centre: Centre) -> dict[str, set[str]]:
    """Each report's observables, by title."""
    return {one.report.title: {item.value for item in one.report.observables} for one in await centre.reports()}


async def test_what_belongs_together_is_one_report(taxii: TaxiiServer, tmp_path: Path) -> None:
    """Over several pages: a report with what it refers to, and one for what nobody refers to."""
    objects = [indicator(number) for number in range(1, 6)]
    refers = [one["id"] for one in objects[:4]]
    taxii.add(*objects, report(1, *refers), at="2026-11-22T09:00:00.000000Z")
    async with opened(tmp_path, taxii) as centre:
        assert (await centre.read("taxii")).taken == 2
        reports = await found(centre)
    assert reports["Wiper 1"] == {f"site-{number}.example" for number in range(1, 5)}
    assert {"site-5.example"} in reports.values()


async def test_what_was_read_is_not_read_again(taxii: TaxiiServer, tmp_path: Path) -> None:
    """Only what was added since; a new version of a report is another report of the same incident."""
    taxii.add(indicator(1), report(1, indicator(1)["id"]), at="2026-11-22T09:00:00.000000Z")
    async with opened(tmp_path, taxii) as centre:
        await centre.read("taxii")
        assert vars(await centre.read("taxii")) == {"taken": 0, "known": 0, "refused": 0, "replies": 0}
        changed = report(1, indicator(1)["id"], modified="2026-11-22T10:00:00.000Z", description="More victims.")
        taxii.add(changed, at="2026-11-22T10:00:00.000000Z")
        assert (await centre.read("taxii")).taken == 1  # what it refers to came earlier, and is asked for
        first, second = await centre.reports()
    assert first.incident == second.incident


async def test_the_first_reading_goes_back_so_far_and_no_further(taxii: TaxiiServer, tmp_path: Path) -> None:
    """What was added before the lookback stays there."""
    taxii.add(indicator(1), at="2026-11-20T09:00:00.000000Z")
    async with opened(tmp_path, taxii) as centre:
        assert (await centre.read("taxii")).taken == 0


async def test_what_refers_to_nothing_there_is_refused_and_holds_up_nothing(taxii: TaxiiServer, tmp_path: Path) -> None:
    """It is journalled as refused; the rest is taken in."""
    taxii.add(indicator(1), report(1, identifier("indicator", 99)), at="2026-11-22T09:00:00.000000Z")
    async with opened(tmp_path, taxii) as centre:
        counts = await centre.read("taxii")
        assert (counts.taken, counts.refused) == (1, 1)


async def test_a_wrong_password_is_a_failed_reading(taxii: TaxiiServer, tmp_path: Path) -> None:
    """The sentence says where to look."""
    async with opened(tmp_path, taxii) as centre:
        (tmp_path / "taxii-password").write_text("wrong")
        with pytest.raises(ServiceMissingError, match="does not let the centre in"):
            await centre.read("taxii")


@pytest.mark.parametrize(
    ("body", "headers", "sentence"),
    [
        (b"{}", {"Content_Type": "application/json"}, "does not answer as a TAXII 2.1 server"),
        (b'{"objects": 1}', {}, "no TAXII envelope"),
        (b'{"objects": [{"id": "x"}]}', {}, "does not say when its objects were added"),
        (b'{"objects": [{"id": "x"}]}', {"X_TAXII_Date_Added_Last": "soon"}, "does not say when its objects"),
        (
            b'{"more": true, "objects": [{"id": "x"}]}',
            {"X_TAXII_Date_Added_Last": "2026-11-22T09:00:00Z"},
            "says there is more and not where",
        ),
        (b"[" * 300_000, {}, "split the file"),
    ],
)
async def test_what_is_no_taxii_server_is_a_failed_reading(
    taxii: TaxiiServer, tmp_path: Path, body: bytes, headers: dict[str, str], sentence: str
) -> None:
    """Nothing is remembered as read."""
    async with web_server(tmp_path) as web:
        sent: dict[str, Any] = {"Content_Type": "application/taxii+json;version=2.1", **headers}
        web.says(body, **sent)
        place = {"api_root": f"{web.address}root", **web.settings}
        async with opened(tmp_path, taxii, **place) as centre:
            with pytest.raises(BadInputError, match=sentence):
                await centre.read("taxii")
            assert (await centre.source("taxii")).cursor is None
