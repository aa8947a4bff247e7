"""Reports that were only counted: the search leads to the one that speaks for them, and its page says how many."""

from pathlib import Path
from typing import Any

from records import reports
from tests.desk.browsing import desk_here


async def test_a_counted_report_is_found_and_its_leading_one_says_how_many(tmp_path: Path) -> None:
    """By the id that its source gave it; the page of the leading report counts, that of another one does not."""
    domain: dict[str, Any] = {"observables": [{"kind": "domain", "value": "evil.example"}]}
    async with desk_here(tmp_path / "home") as desk:
        for number in range(12):
            reference = await desk.report(f"Beacon seen {number:02} times", id=f"alert-{number:06}", **domain)
        browser = await desk.browser("duty-officer")
        leading = reports.report_id("csirt-fr", "alert-000000")
        answer = await browser.get("/search", params={"q": "alert-000009"})
        assert f"/incidents/{reference}/reports/{leading}" in answer.text
        assert "counted on it: alert-000009" in answer.text
        page = (await browser.get(f"/incidents/{reference}/reports/{leading}")).text
        assert "8 near-identical reports counted on this one" in page
        second = reports.report_id("csirt-fr", "alert-000001")
        assert "near-identical" not in (await browser.get(f"/incidents/{reference}/reports/{second}")).text
        async with desk.house.store.reading() as c:
            counted = await reports.get(c, reports.report_id("csirt-fr", "alert-000009"))
        assert (counted.incident, counted.report.id) == (reference, "alert-000009")
