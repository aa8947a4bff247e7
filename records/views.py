"""What there is to know of an incident, from the tables and the journal alone: the engine may be long gone."""

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.incidents import ContributionView, Decision, IncidentView, ReportView
from leerp.journal import JournalEntry, JournalKind
from records import (
    bursts,
    consents,
    contributions,
    incidents,
    journal,
    moving,
    notices,
    pending,
    plan_alerts,
    plan_waits,
    plans,
    pool,
    private_data,
    products,
    questions,
    reconciliation,
    reports,
    rotas,
    waiting_calls,
)
from records.contributions import StoredContribution
from records.reports import StoredReport

DECISIONS = (
    JournalKind.TRIAGE_DECISION_MADE,
    JournalKind.TRIAGE_DECISION_KEPT,
    JournalKind.PLAN_VERSION_AGREED,
    JournalKind.PLAN_PROPOSAL_ACCEPTED,
    JournalKind.PLAN_PROPOSAL_DECLINED,
    JournalKind.PLAN_ALERT_DECIDED,
    JournalKind.CLOSURE_CONTAINMENT_APPROVED,
    JournalKind.DELIVERY_RESTRICTION_LIFTED,
    *(kind for kind in JournalKind if kind.endswith(".notice.released")),
)
"""What a person has decided for good; proposals stand in the journal only."""


async def incident_view(c: AsyncConnection, reference: str) -> IncidentView:
    """`incident.json` of an incident; raises BadInputError when there is none with this reference."""
    incident = await incidents.get(c, reference)
    async with journal.remembering_kinds(c, reference):
        return await _view(c, incident)


async def _view(c: AsyncConnection, incident: incidents.StoredIncident) -> IncidentView:
    reference = incident.reference
    per_item = await pool.hits_per_item(c, reference)
    repeats = {burst.leading: burst.counted for burst in await bursts.of_incident(c, reference)}
    decided = await journal.entries(c, reference, kinds=DECISIONS)
    return IncidentView(
        reference=reference,
        title=incident.title,
        status=incident.status,
        phase=incident.phase,
        mode=incident.mode,
        marking=incident.marking.banner,
        reports=tuple(
            _report(stored, repeats=repeats.get(stored.id, 0)) for stored in await reports.of_incident(c, reference)
        ),
        classification=incident.classification,
        decisions=tuple(_decision(entry) for entry in decided),
        team=incident.team,
        notices=tuple(await notices.of_incident(c, reference)),
        plan=incident.plan,
        contributions=tuple(
            _contribution(stored, hits=per_item.get(stored.id, 0))
            for stored in await contributions.of_incident(c, reference)
        ),
        plan_alerts=tuple(await plan_alerts.of_incident(c, reference)),
        plan_proposals=tuple(await plans.proposals(c, reference)),
        rota=await rotas.view(c, incident),
        products=tuple(await products.of_incident(c, reference)),
        waiting_for=incident.waiting_for + await alarms(c, incident),
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        moves=tuple(await moving.of_incident(c, reference)),
        merged_into=await moving.merged_into(c, reference),
    )


async def alarms(c: AsyncConnection, incident: incidents.StoredIncident) -> tuple[str, ...]:
    """What an officer must not overlook: while the incident is open, who was asked twice and has not confirmed.

    What a private party gave outlasts the incident: its clock runs for four months.
    """
    lines = [line for one in await private_data.of_incident(c, incident.reference) for line in one.sentences]
    if incident.status.ended:
        return tuple(lines)
    stuck = await reconciliation.stuck(c, [incident.reference])
    lines += [f"a look at what is stuck: {one.sentence} (doctor)" for one in stuck]
    lines += await reconciliation.outages_of(c, incident.reference)
    lines += await _questions(c, incident.reference)
    lines += await consents.questions(c, incident.reference)
    unread = await pending.of_incident(c, incident.reference)
    lines += [f"a look at {one.id} of {one.contributor} (contribution confirm)" for one in unread]
    lines += await waiting_calls.of_incident(c, incident.reference)
    lines += await plan_waits.of_incident(c, incident.reference, incident.plan)
    lines += await rotas.waits(c, incident)
    lines += await products.waits(c, incident.reference)
    lines += await questions.waits(c, incident.reference)
    return tuple(lines)


async def _questions(c: AsyncConnection, reference: str) -> list[str]:
    """The presumption is rebutted and a later report speaks of malice: a person must look."""
    kinds = {JournalKind.TRIAGE_PRESUMPTION_QUESTIONED, JournalKind.TRIAGE_FACTS_ASSESSED}
    entries = await journal.entries(c, reference, kinds=kinds)
    if not entries or entries[-1].kind is not JournalKind.TRIAGE_PRESUMPTION_QUESTIONED:
        return []
    because = entries[-1].data["because"]
    return [f"an answer: {because} speaks of malice although the presumption is rebutted (assess)"]


def _report(stored: StoredReport, *, repeats: int) -> ReportView:
    return ReportView(
        id=stored.id,
        source=stored.report.source,
        received_at=stored.received_at,
        grade=stored.grade,
        marking=stored.report.marking.banner,
        content_sha256=stored.content_sha256,
        observables=len(stored.report.observables),
        repeats=repeats,
    )


def _contribution(stored: StoredContribution, *, hits: int) -> ContributionView:
    """Under its stored id: two contributors may call theirs the same."""
    return ContributionView.of(stored.contribution, hits=hits).model_copy(update={"id": stored.id})


def _decision(entry: JournalEntry) -> Decision:
    """The decision an entry tells of. Where it names no choice, the choice is the verb of its kind.

    Of two people, the entry is the second one's; the decision is told as the first one's, approved by the second.
    """
    said = {name: value for name, value in entry.data.items() if isinstance(value, str)}
    verb = entry.kind.rpartition(".")[2]
    return Decision.model_validate(
        {
            "seq": entry.seq,
            "at": entry.at,
            "actor": said.get("proposed_by") or entry.actor,
            "kind": entry.kind.value,
            "choice": said.get("choice") or said.get("outcome") or verb,
            "reason": said.get("reason", ""),
            "approved_by": said.get("approved_by"),
            "recommended": said.get("recommended"),
        }
    )
