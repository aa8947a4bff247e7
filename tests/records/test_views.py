"""The incident as it is exported: from the tables and the journal alone."""

import pytest
from pydantic import JsonValue

from leerp.errors import BadInputError
from leerp.incidents import ContributionView, Decision, IncidentPatch, IncidentView, Phase, Status, TeamMember
from leerp.journal import JournalKind
from leerp.notices import Mode
from leerp.plans import Plan
from records import contributions, incidents, journal, ledger, pool, reports, views
from records.store import Store
from tests.records.cast import (
    COMPANY,
    CSIRT,
    LIAISON,
    NOON,
    OFFICER,
    SECRET,
    contribution,
    later,
    plan,
    planned,
    report,
    sent,
)

Data = dict[str, JsonValue]


async def view(store: Store, reference: str) -> IncidentView:
    """The view in a read of its own."""
    async with store.reading() as c:
        return await views.incident_view(c, reference)


async def tell(
    store: Store, reference: str, kind: JournalKind, data: dict[str, JsonValue], *, minutes: int = 0
) -> None:
    """Journal something."""
    async with store.writing() as tx:
        key = f"{kind}/{minutes}"
        await journal.append(tx, incident=reference, at=later(minutes), actor=OFFICER, kind=kind, data=data, key=key)


async def test_a_fresh_incident_is_shown_with_nothing_in_it(store: Store, reference: str) -> None:
    """Everything that may be empty is empty, and the secret is nowhere."""
    shown = await view(store, reference)
    assert (shown.reference, shown.title, shown.status, shown.phase) == (
        reference,
        "Worm",
        Status.OPEN,
        Phase.DETECTION,
    )
    assert shown.marking.startswith("Europol Unclassified")
    assert (shown.reports, shown.decisions, shown.notices, shown.contributions, shown.team) == ((), (), (), (), ())
    assert SECRET not in shown.model_dump_json()


async def test_an_incident_is_shown_with_all_that_belongs_to_it(store: Store, reference: str) -> None:
    """Reports, notices with their sums, contributions with their hits, the team, the plan, what is waited for."""
    team = (TeamMember(role="malware analyst", officer="analyst-1"), TeamMember(role="decryption expert", officer=None))
    await plan(store, reference, [planned("a"), planned("b")])
    async with store.writing() as tx:
        await reports.store(
            tx, report=report(CSIRT, names=["shared", "x"]), raw=b"{}", received_at=NOON, incident=reference
        )
        for contributor in (LIAISON, COMPANY):
            given = contribution(contributor, names=["shared"])
            kept = await contributions.store(
                tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference, silent={}
            )
            await pool.match(tx, kept.id, mode=Mode.ACTUAL, at=NOON)
        await ledger.settle(tx, "N-1", [sent("a")])
        await incidents.set_plan(tx, reference, Plan(version=2))
        await incidents.patch(tx, reference, IncidentPatch(phase=Phase.PLAN, team=team, waiting_for=("agreement",)))
    shown = await view(store, reference)
    assert [(one.source, one.observables, one.grade.code) for one in shown.reports] == [(CSIRT, 2, "X4")]
    assert [(one.id, one.planned, one.sent, one.pending) for one in shown.notices] == [("N-1", 2, 1, 1)]
    assert {one.contributor: one.hits for one in shown.contributions} == {LIAISON: 2, COMPANY: 2}
    assert (shown.phase, shown.team, shown.plan, shown.waiting_for) == (
        Phase.PLAN,
        team,
        Plan(version=2),
        ("agreement",),
    )
    assert IncidentView.model_validate_json(shown.model_dump_json()) == shown


async def test_contributions_go_by_their_stored_id(store: Store, reference: str) -> None:
    """Two contributors may call theirs the same."""
    async with store.writing() as tx:
        given = contribution(LIAISON)
        kept = await contributions.store(
            tx, contribution=given, raw=b"{}", received_at=NOON, incident=reference, silent={}
        )
    expected = ContributionView.of(given, hits=0).model_copy(update={"id": kept.id})
    assert (await view(store, reference)).contributions == (expected,)


def decision(seq: int, minutes: int, kind: str, choice: str, **said: str) -> Decision:
    """A decision of the duty officer some minutes after noon."""
    told = {"reason": "", **said}
    return Decision.model_validate(
        {"seq": seq, "at": later(minutes), "actor": OFFICER, "kind": kind, "choice": choice, **told}
    )


async def test_decisions_are_those_that_were_made(store: Store, reference: str) -> None:
    """In order, with choice, reason and approver where the journal has them; a proposal is not a decision."""
    await tell(store, reference, JournalKind.TRIAGE_DECISION_PROPOSED, {"choice": "launch", "reason": "spreads"})
    made: Data = {"choice": "launch", "reason": "spreads", "approved_by": "head"}
    await tell(store, reference, JournalKind.TRIAGE_DECISION_MADE, made, minutes=1)
    await tell(store, reference, JournalKind.COORDINATION_NOTICE_DRAFTED, {"notice": "N-1"}, minutes=2)
    await tell(store, reference, JournalKind.COORDINATION_NOTICE_RELEASED, {"notice": "N-1"}, minutes=3)
    await tell(store, reference, JournalKind.PLAN_VERSION_AGREED, {"version": 2, "approved_by": None}, minutes=4)
    closing: Data = {"outcome": "operational_success", "reason": "contained"}
    await tell(store, reference, JournalKind.CLOSURE_CONTAINMENT_APPROVED, closing, minutes=5)

    assert (await view(store, reference)).decisions == (
        decision(2, 1, "triage.decision.made", "launch", reason="spreads", approved_by="head"),
        decision(4, 3, "coordination.notice.released", "released"),
        decision(5, 4, "plan.version.agreed", "agreed"),
        decision(6, 5, "closure.containment.approved", "operational_success", reason="contained"),
    )


async def test_an_unknown_incident_is_bad_input(store: Store) -> None:
    """There is nothing to show."""
    with pytest.raises(BadInputError, match="LEERP-1999-0001"):
        await view(store, "LEERP-1999-0001")
