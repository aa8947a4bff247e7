"""The alerts of an incident, as its journal has them; whether an owner has confirmed stands in the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalEntry, JournalKind
from leerp.plan_alerts import Alert, AlertSide
from records import journal, ledger

_KINDS = {
    JournalKind.PLAN_ALERT_RAISED,
    JournalKind.PLAN_ALERT_UNANSWERED,
    JournalKind.PLAN_ALERT_DECIDED,
    JournalKind.PLAN_ALERT_CLOSED,
}


async def of_incident(c: AsyncConnection, reference: str) -> list[Alert]:
    """Every alert there was, in the order they were raised. One that spans two incidents stands in both."""
    found: dict[str, Alert] = {}
    for entry in await journal.entries(c, reference, kinds=_KINDS):
        name = str(entry.data["alert"])
        if entry.kind is JournalKind.PLAN_ALERT_RAISED:
            found[name] = Alert.model_validate({**entry.data, "id": name, "raised_at": entry.at})
        elif name in found:
            found[name] = found[name].model_copy(update=_change(entry, found[name]))
    said = await _confirmed(c, found.values())
    return [
        alert.model_copy(update={"first": _heard(alert.first, said), "second": _heard(alert.second, said)})
        for alert in found.values()
    ]


async def told(c: AsyncConnection, reference: str, key: str) -> list[tuple[str, str]]:
    """The incidents and ids of the notices that were made with the alerts of one request, each once."""
    entries = await journal.entries(c, reference, kinds={JournalKind.PLAN_ALERT_RAISED})
    sides = [side for entry in entries if entry.data.get("act") == key for side in _sides(entry)]
    return list(dict.fromkeys((side.incident, side.notice) for side in sides if side.notice))


def _sides(entry: JournalEntry) -> list[AlertSide]:
    return [AlertSide.model_validate(entry.data[name]) for name in ("first", "second")]


def _change(entry: JournalEntry, before: Alert) -> dict[str, Any]:
    if entry.kind is JournalKind.PLAN_ALERT_CLOSED:
        return {"closed": True}
    if entry.kind is JournalKind.PLAN_ALERT_UNANSWERED:
        return {"late": (*before.late, str(entry.data["who"]))}
    said = {"outcome": entry.data["outcome"], "decided_by": entry.actor, "reason": entry.data["reason"]}
    return Alert.model_validate({**before.model_dump(), **said}).model_dump(include=set(said))


async def _confirmed(c: AsyncConnection, alerts: Any) -> dict[tuple[str, str], datetime]:  # noqa: ANN401 - a view of Alert
    """When each owner has confirmed which notice."""
    notices = {side.notice for alert in alerts for side in alert.sides if side.notice}
    found = {}
    for notice in sorted(notices):
        for line in await ledger.deliveries(c, notice=notice):
            if line.acknowledged_at is not None:
                found[notice, line.reader] = line.acknowledged_at
    return found


def _heard(side: AlertSide, said: dict[tuple[str, str], datetime]) -> AlertSide:
    return side.model_copy(update={"acknowledged": (side.notice, side.owner) in said})
