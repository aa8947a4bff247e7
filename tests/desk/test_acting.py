"""Acts that meet: conflicting, doubled and wrongly put together, with a real engine behind them.

Every form in its turn, from the report to the closure, is in tests/browser/test_every_form.py.
"""

from pathlib import Path

from leerp.incidents import Status
from tests.desk.acting import Officer, officers, working_desk
from tests.desk.browsing import DeskHere
from tests.desk.whole_incident import kinds_of


async def test_of_two_conflicting_decisions_the_second_gets_a_clear_answer(tmp_path: Path) -> None:
    """Two officers look at the same form; one decides, and the other one is told what has been decided meanwhile."""
    async with working_desk(tmp_path) as desk:
        first, second, analyst = await officers(desk, "duty-officer", "duty-officer-2", "malware-analyst-1")
        await first.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
        both = [await one.form("/acts/decide") for one in (first, second)]
        first.after(await first.send("/acts/decide", both[0], choice="normal", reason="an outage"), "decide")
        late = await second.send("/acts/decide", both[1], choice="launch", reason="a worm & <b>more</b>")
        assert late.status_code == 409
        assert "ended" in late.text or "closure" in late.text
        assert "a worm &amp; &lt;b&gt;more&lt;/b&gt;" in late.text
        assert (await analyst.browser.get(f"{analyst.path}/acts/decide")).status_code == 403
        await _wrongly_correlated(desk)
        await _doubled_click(await officers(desk, "duty-officer", title="Another", number=2, facts={}))


async def _doubled_click(people: tuple[Officer, ...]) -> None:
    """The same form sent twice gives the same answer, and the journal has one entry."""
    (first,) = people
    await first.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
    fresh = await first.form("/acts/decide")
    answers = [await first.send("/acts/decide", fresh, choice="launch", reason="a worm") for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert (await kinds_of(first)).count("triage.decision.proposed") == 1


async def _wrongly_correlated(desk: DeskHere) -> None:
    """What correlation has put together wrongly is taken apart and put together again, each with a reason."""
    (first,) = await officers(desk, "duty-officer", title="A third", number=3)
    more = await desk.report("A fourth", number=4, observables=[{"kind": "domain", "value": "one.example"}])
    await first.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
    other = Officer(desk, first.browser, more)
    await other.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
    unknown = await other.refused("merge", into="LEERP-1999-0001")
    assert unknown[0] in (409, 422)
    await other.act("merge", into=first.reference)
    await other.until(lambda view: view.status is Status.MERGED, "the merger")
    view = await first.until(lambda view: len(view.reports) == 2, "the reports")
    await first.act("split", reports=[view.reports[-1].id])
    await first.until(lambda view: len(view.reports) == 1, "the split")
    assert {"detection.incident.split", "detection.incident.merged"} <= {*await kinds_of(first), *await kinds_of(other)}
