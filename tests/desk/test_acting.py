"""Every act of the protocol by plain forms: what a browser without scripts can do, with a real engine behind it."""

from datetime import timedelta
from pathlib import Path

from desk.assembly import wall_clock
from leerp.incidents import Phase, Status
from records import journal, meetings, plans, products
from tests.desk.acting import Officer, officers, working_desk
from tests.desk.browsing import DeskHere


def later(hours: float) -> str:
    """A time ahead, as a browser's field for times has it."""
    return f"{wall_clock() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


async def kinds_of(officer: Officer) -> list[str]:
    """The kinds of the journal's entries."""
    async with officer.desk.house.store.reading() as connection:
        return [entry.kind.value for entry in await journal.entries(connection, officer.reference)]


async def test_an_incident_from_report_to_closure_by_forms_alone(tmp_path: Path) -> None:
    """Grade, assess, decide, warn, plan, meet, team, room, product, package, consent, recall, close: all by forms."""
    async with working_desk(tmp_path) as desk:
        first, second = await officers(desk, "duty-officer", "head-of-operations")
        await first.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
        await _triage(first, second)
        await _warning(first, second)
        await _plan(first, second)
        await _around(first)
        await _investigation(first, second)
        await _closure(first, second)


async def _triage(first: Officer, second: Officer) -> None:
    report = (await first.view()).reports[0].id
    assert (await first.act("grade", report=report, grade="4x4 A1", provider_agrees="yes")).isdecimal()
    grave = {"fact-life_threat": "yes", "assessment": "Grave.", "level": "BPL", "tlp": "TLP:AMBER"}
    assert "level emergency" in await first.page(f"?done={await first.act('assess', **grave)}")
    view = await first.view()
    assert view.classification is not None
    assert view.classification.facts.life_threat is True
    await first.act("assess", unsettle="life_threat")
    taken_back = (await first.view()).classification
    assert taken_back is not None
    assert taken_back.facts.life_threat is None
    await first.act("decide", choice="launch")
    assert "duty-officer has proposed" in await second.page("/acts/decide")
    status, sentence = await first.refused("decide", choice="launch")
    assert (status, "second person" in sentence) == (409, True)
    await second.act("decide", choice="launch")
    await first.until(lambda view: view.phase.rank >= Phase.WARNING.rank, "the early warning")


async def _warning(first: Officer, second: Officer) -> None:
    notice = await first.draft("early_warning")
    await first.act("warn", kind="early_warning", next_update_at=later(6))
    notice = await first.draft("early_warning")
    assert "Propose the release" in await first.page(f"/notices/{notice}")
    await first.release(notice)
    page = await second.page(f"/notices/{notice}")
    assert "duty-officer</strong> has proposed" in page
    await second.release(notice)
    await first.until(
        lambda view: any(one.id == notice and one.sent and not one.pending for one in view.notices), "sent"
    )
    reader = "liaison-fr"
    await first.act("acknowledge", notice=notice, reader=reader, how="telephone", spoken_to="the desk")
    assert any(one.id == notice and one.acknowledged == 1 for one in (await first.view()).notices)
    await first.act("consent", provider="csirt-fr", given="yes", readers=["liaison-de"], via="by telephone")
    await first.act("inform", readers=["partner-bank"])


async def _plan(first: Officer, second: Officer) -> None:
    window = {"starts_at": later(2), "ends_at": later(5), "targets": "domain kill-switch.example"}
    common = {**window, "level": "BPL", "tlp": "TLP:AMBER"}
    watch = {"id": "A1", "title": "Watch it", "type": "covert_monitoring", "owner": "poc-no", "country": "NO"}
    await first.act("plan-add", **common, **watch)
    down = {"id": "A2", "title": "Take it down", "type": "takedown", "owner": "liaison-fr", "country": "FR"}
    await first.act("plan-propose", proposed_by="liaison-fr", **common, **down)
    async with first.desk.house.store.reading() as connection:
        proposal = (await plans.proposals(connection, first.reference))[0].id
    await first.act("plan-accept", proposal=proposal)
    await first.act("plan-propose", proposed_by="liaison-de", **common, **{**down, "id": "A3", "owner": "liaison-de"})
    async with first.desk.house.store.reading() as connection:
        another = (await plans.proposals(connection, first.reference))[1].id
    await first.act("plan-decline", proposal=another)
    view = await first.until(lambda view: bool(view.plan_alerts), "the alert")
    await first.act("plan-outcome", alert=view.plan_alerts[0].id, outcome="delay")
    await first.act("plan-agree", country="NO", version="2")
    await first.act("plan-state", action="A1", state="agreed")
    await first.act("plan-draft")
    notice = await first.draft("action_plan")
    await first.release(notice)
    await second.release(notice)
    await first.until(lambda view: view.phase is Phase.INVESTIGATION, "the investigation")


async def _around(first: Officer) -> None:
    await first.act("meet", at=later(3), place="Conference bridge", minutes="30", kind="operational", needed="NO")
    async with first.desk.house.store.reading() as connection:
        meeting = (await meetings.of_incident(connection, first.reference))[0].id
    await first.act("meeting-answer", meeting=meeting, reader="liaison-fr", said="accepted", via="telephone")
    minutes = {"text": "Short.", "decision-1": "Go on.", "level": "BPL", "tlp": "TLP:GREEN"}
    await first.act("meeting-minutes", meeting=meeting, attended=["poc-no"], **minutes)
    await first.act("meet", at=later(4), place="Conference bridge", minutes="30", kind="conference_call")
    async with first.desk.house.store.reading() as connection:
        second = (await meetings.of_incident(connection, first.reference))[1].id
    await first.act("meeting-cancel", meeting=second)
    await first.act("room-open", link="https://meet.example/1", level="BPL", invite=["liaison-fr"])
    page = await first.page("/acts/room-pin")
    room = page.partition('<option value="')[2].partition('"')[0]
    await first.act("room-pin", room=room, text="We go on.", decided_by="the shift", level="BPL", tlp="TLP:AMBER")
    await first.act("room-invite", room=room, invite=["liaison-de"])
    await first.act("room-archive", room=room)
    await first.act("team-plan", pattern="two_twelves", ends_at=later(24))
    await first.act("team-change", change="absent", person="malware-analyst-1", ends_at=later(12))


async def _investigation(first: Officer, second: Officer) -> None:
    marked = {"level": "BPL", "tlp": "TLP:AMBER"}
    await first.act("product-request", kind="malware-analysis", requested_by="liaison-fr", question="What?", **marked)
    async with first.desk.house.store.reading() as connection:
        product = (await products.of_incident(connection, first.reference))[0].id
    await first.act("product-assign", product=product, assigned_to="malware-analyst-2")
    stated = {"section-1": "fact", "statement-1": "It spreads by itself."}
    await first.act("product-draft", product=product, **stated, **marked)
    await first.act("product-withdraw", product=product)
    await first.act("package-build", country="FR")
    await first.act("warn", kind="update")
    notice = await first.draft("update")
    await first.release(notice)
    await second.release(notice)
    await first.until(
        lambda view: any(one.id == notice and one.sent and not one.pending for one in view.notices), "sent"
    )
    status, _ = await second.refused("override", notice=notice, readers=["liaison-de"])
    assert status in (303, 409)
    status, sentence = await first.refused("reconsider")
    assert (status, "nothing to reconsider" in sentence) == (409, True)
    await first.act("recall", notice=notice)


async def _closure(first: Officer, second: Officer) -> None:
    await first.act("close", outcome="operational_success")
    assert "proposed" in await second.page("/acts/close")
    await second.act("close", outcome="operational_success")
    view = await first.until(lambda view: view.status.ended, "the end")
    assert view.status is Status.CLOSED
    status, sentence = await first.refused("warn", kind="update")
    assert (status, "ended" in sentence) == (409, True)
    await first.act("consent", provider="csirt-fr", given="no", readers=["liaison-de"], via="by telephone")
    written = await kinds_of(first)
    for kind in (
        "coordination.room.pinned",
        "plan.meeting.answered",
        "delivery.consent.refused",
        "triage.grade.changed",
    ):
        assert kind in written


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
