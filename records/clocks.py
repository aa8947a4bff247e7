"""What is due in an incident and when, from the tables and the journal alone."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.clocks import Deadline
from leerp.incidents import Choice, Status
from leerp.journal import JournalKind
from leerp.notices import DeliveryState
from leerp.products import ProductState
from records import journal, plan_alerts, products, rotas
from records.incidents import StoredIncident
from records.schema import ledger, notices

_OVER = (ProductState.RELEASED, ProductState.WITHDRAWN)


async def of_incident(c: AsyncConnection, incident: StoredIncident) -> list[Deadline]:
    """Everything that is due, what is due first first; nothing once the incident has ended."""
    if incident.status.ended:
        return []
    found = [
        *await _confirmations(c, incident),
        *await _watch(c, incident),
        *await _products(c, incident.reference),
        *await _alerts(c, incident.reference),
        *await _shift(c, incident),
    ]
    return sorted(found, key=lambda one: (one.due_at, one.what))


async def _confirmations(c: AsyncConnection, incident: StoredIncident) -> list[Deadline]:
    """The first reader of each notice who has not confirmed it."""
    silent = (ledger.c.state == DeliveryState.SENT, ledger.c.incident == incident.reference)
    query = (
        select(ledger.c.notice, ledger.c.kind, func.min(ledger.c.sent_at).label("first"), func.count().label("times"))
        .join_from(ledger, notices, ledger.c.notice == notices.c.id)
        .where(*silent, notices.c.stopped.is_(None))
        .group_by(ledger.c.notice, ledger.c.kind)
    )
    within = incident.policy.acknowledge_within_minutes
    return [
        Deadline(
            what=f"{row.times} to confirm {row.kind.value.replace('_', ' ')} {row.notice}",
            begun_at=row.first,
            due_at=row.first + timedelta(minutes=within[row.kind]),
        )
        for row in (await c.execute(query)).all()
        if row.kind in within
    ]


async def _watch(c: AsyncConnection, incident: StoredIncident) -> list[Deadline]:
    if incident.status is not Status.WATCHED:
        return []
    made = await journal.entries(c, incident.reference, kinds={JournalKind.TRIAGE_DECISION_MADE})
    if not made or made[-1].data.get("choice") != Choice.WATCH:
        return []
    begun = Deadline.model_validate({"what": "begun", "begun_at": made[-1].at, "due_at": made[-1].at}).begun_at
    again = begun + timedelta(minutes=incident.policy.watch_again_after_minutes)
    return [Deadline(what="another look at what is watched", begun_at=begun, due_at=again)]


async def _products(c: AsyncConnection, reference: str) -> list[Deadline]:
    return [
        Deadline(what=f"product {one.id} for {one.requested_by}", begun_at=one.requested_at, due_at=one.due_at)
        for one in await products.of_incident(c, reference)
        if one.state not in _OVER
    ]


async def _alerts(c: AsyncConnection, reference: str) -> list[Deadline]:
    return [
        Deadline(
            what=f"answer to alert {one.id} by {', '.join(one.silent)}", begun_at=one.raised_at, due_at=one.answer_by
        )
        for one in await plan_alerts.of_incident(c, reference)
        if one.open and one.silent
    ]


async def _shift(c: AsyncConnection, incident: StoredIncident) -> list[Deadline]:
    """When the last shift of the rota ends."""
    view = await rotas.view(c, incident)
    return [Deadline(what="end of the rota", begun_at=view.starts_at, due_at=view.ends_at)] if view else []
