"""One incident from the report to the closure by forms alone, as a browser without scripts sends them."""

import json
from datetime import timedelta

import httpx

from activities.arriving import Arrival
from desk.assembly import wall_clock
from leerp.incidents import Phase, Status
from records import evidence, journal, meetings, plans, products
from tests.desk.acting import Officer

PROSE = "Logins came from 198.51.100.7 and 203.0.113.9 all night."


class Looker(Officer):
    """Somebody at the forms of an incident, and every page as this person has seen it, by its path."""

    def __init__(self, officer: Officer, seen: dict[str, str]) -> None:
        super().__init__(officer.desk, officer.browser, officer.reference)
        self.seen = seen

    async def page(self, path: str = "") -> str:
        """The text of a page; a form is kept as it was when it could be filled in."""
        text = await super().page(path)
        if path not in self.seen or f'id="act-{path.rpartition("/")[2]}"' in text:
            self.seen[path] = text
        return text

    async def send(self, path: str, fresh: dict[str, str] | None = None, **fields: object) -> httpx.Response:
        """Send a form; one that is refused is a page too."""
        answer = await super().send(path, fresh, **fields)
        if answer.status_code != httpx.codes.SEE_OTHER:
            self.seen[f"{path}?refused"] = answer.text
        return answer


def later(hours: float) -> str:
    """A time ahead, as a browser's field for times has it."""
    return f"{wall_clock() + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


async def kinds_of(officer: Officer) -> list[str]:
    """The kinds of the journal's entries."""
    async with officer.desk.house.store.reading() as connection:
        return [entry.kind.value for entry in await journal.entries(connection, officer.reference)]


async def contribute(one: Officer, content: str, *, name: str, by: str) -> str:
    """Hand a contribution in; its id."""
    intake = one.desk.house.intake
    arrival = Arrival(wall_clock(), "test")
    receipt = await intake.contribution(
        content.encode(), name=name, reference=one.reference, contributor=by, arrival=arrival
    )
    return receipt.contribution


def own(number: int, *observables: tuple[str, str]) -> str:
    """A contribution in our own form."""
    said = {
        "id": f"c-{number}",
        "title": f"Seen {number}",
        "contributed_at": wall_clock().isoformat(),
        "observables": [{"kind": kind, "value": value} for kind, value in observables],
    }
    return json.dumps(said)


async def from_report_to_closure(first: Officer, second: Officer) -> None:
    """Grade, assess, decide, warn, plan, meet, team, room, pool, product, package, consent, recall, close."""
    await first.until(lambda view: view.classification is not None and bool(view.waiting_for), "classification")
    await _triage(first, second)
    await _warning(first, second)
    await _plan(first, second)
    await _around(first)
    await _pool(first)
    await _evidence(first)
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
    for where in ("move", "split", "merge"):
        await first.page(f"/acts/{where}")
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
    assert notice in await first.page("/acts/release")
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
    await first.act("plan-key", what="first")
    key = (await first.page("/acts/plan-key")).partition("replace ")[2].partition(" ")[0]
    await first.act("plan-key", what=key)
    again = await first.refused("plan-key", what=key)
    assert (again[0], "not the key any more" in again[1]) == (409, True)
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
    await first.until(lambda view: any("(team confirm)" in line for line in view.waiting_for), "the handover")
    assert "Handover to shift" in await first.page("/acts/team-confirm")


async def _pool(first: Officer) -> None:
    """What comes in beside the protocol: prose that a person looks through, a hit, a company's personal data."""
    kept = await contribute(first, PROSE, name="prose.txt", by="csirt-fr")
    await first.act("contribution-confirm", contribution=kept, without=["ipv4:203.0.113.9"])
    dropped = await contribute(first, f"{PROSE} And 192.0.2.44.", name="more.txt", by="csirt-lu")
    await first.act("contribution-discard", contribution=dropped)
    item = await contribute(first, own(1, ("email", "victim@hospital.example")), name="c.json", by="partner-bank")
    await first.act("private-data-told", item=item, unit="liaison-fr")
    await first.act("private-data", item=item, decision="resubmitted")
    for number, owner in enumerate(("poc-no", "csirt-lu")):
        await contribute(first, own(number + 2, ("domain", "shared.example")), name="c.json", by=owner)
    await first.until(lambda view: any(one.hits for one in view.contributions), "the hit")
    page = await first.page("/acts/hit-consent")
    hit = page.partition('<option value="')[2].partition('"')[0]
    await first.act("hit-consent", hit=hit, owner="poc-no", given="yes", via="by telephone")


async def _evidence(first: Officer) -> None:
    basis = {"basis_kind": "order", "basis_authority": "Investigating judge", "basis_given_at": "2026-02-01T09:00"}
    file = ("disk.img", b"the image of a disk", "application/octet-stream")
    await first.act("evidence-add", file=file, source="csirt-fr", level="BPL", tlp="TLP:AMBER", **basis)
    async with first.desk.house.store.reading() as connection:
        item = (await evidence.of_incident(connection, first.reference))[-1].id
    await first.act("evidence-describe", item=item, original="yes", earlier_custody="Laboratory record 12/26")
    await first.act("evidence-check")
    assert (await first.refused("evidence-status", item=item, status="evidential"))[0] == httpx.codes.CONFLICT
    await first.act("evidence-hand-over", items=[item], to="eurojust", via="courier")
    for path in ("/evidence", f"/evidence/{item}"):
        await first.page(path)


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
        "investigation.hit.permitted",
    ):
        assert kind in written
