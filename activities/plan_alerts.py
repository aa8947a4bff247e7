"""Alerts: raised when two planned actions collide, told to both owners, closed when they collide no more."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.facts import note, note_once
from activities.messages import Done, Fact
from activities.notice_making import frame, own_notice
from activities.planning_messages import DecideAlert, Told
from activities.provider_notices import keep
from activities.rooms import Rooms
from leerp.errors import RefusedError
from leerp.journal import JournalKind
from leerp.model import iso
from leerp.notices import Notice, NoticeKind
from leerp.opaque_ids import opaque_id
from leerp.plan_alerts import Alert, AlertSide
from leerp.plans import Action
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from matrices.collisions import Pair, Place
from matrices.incompatibilities import Incompatibility, IncompatibleActions
from notifications.context import OverlapWord
from records import incidents, journal, plan_alerts
from records.incidents import StoredIncident
from records.journal import Draft

Collisions = Mapping[Pair, Incompatibility]
Actions = Mapping[Place, Action]
Notices = tuple[Told, ...]

_DIGITS = 12
"""Of the id of an alert: two owners say it to each other on the telephone."""


class PlanAlertActivities:
    """What officers say of alerts."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="plan.decide_alert")
    async def decide(self, request: DecideAlert) -> Done:
        """Write down what the owners have agreed on, in the journal of each incident it concerns."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.writing() as tx:
            alert = await _named(tx, request)
            data: dict[str, JsonValue] = {"alert": alert.id, "outcome": request.outcome.value, "reason": request.reason}
            entry = await note(tx, request, JournalKind.PLAN_ALERT_DECIDED, data)
            if alert.outcome is None:
                await _write(tx, request, JournalKind.PLAN_ALERT_DECIDED, alert, data, but=request.incident)
        return Done(journal_seq=entry.seq)


async def _named(tx: AsyncConnection, request: DecideAlert) -> Alert:
    alerts = await plan_alerts.of_incident(tx, request.incident)
    alert = next((one for one in alerts if one.id == request.alert), None)
    if alert is None:
        known = ", ".join(one.id for one in alerts if one.open) or "none that is open"
        raise RefusedError(
            f"{request.alert} is no alert of {request.incident}; there is {known}.",
            reason=RefusalReason.UNKNOWN_SUBJECT,
        )
    again = (alert.outcome, alert.decided_by, alert.reason) == (request.outcome, request.actor, request.reason)
    if not alert.open and not again:
        what = f"its outcome is {alert.outcome.value}" if alert.outcome else "the actions collide no more"
        raise RefusedError(f"{alert.id} is settled: {what}.", reason=RefusalReason.NOTHING_TO_DO)
    return alert


async def settle(
    tx: AsyncConnection,
    request: Fact,
    directory: Directory,
    *,
    collisions: Collisions,
    actions: Actions,
    table: IncompatibleActions,
) -> Notices:
    """Raise an alert for each new or graver collision of an incident, and close those of what collides no more.

    A pair that collides as before is told nothing again. The notices of this request, also if it is carried out again.
    """
    before = await plan_alerts.of_incident(tx, request.incident)
    standing = {_pair(alert): alert for alert in before if not alert.closed}
    fresh = {
        pair: rule
        for pair, rule in sorted(collisions.items(), key=lambda item: item[0])
        if pair not in standing or rule.alert.rank > standing[pair].level.rank
    }
    raised = await _raise(tx, request, directory, _Fresh(fresh, actions, table, before)) if fresh else {}
    for pair, alert in standing.items():
        if pair not in collisions or pair in fresh:
            data: dict[str, JsonValue] = {"alert": alert.id}
            data |= {"by": raised[pair].id} if pair in raised else {}
            await _write(tx, request, JournalKind.PLAN_ALERT_CLOSED, alert, data)
    return await told(tx, request)


async def told(tx: AsyncConnection, request: Fact) -> Notices:
    """The notices that a request made, also if it is carried out once more."""
    made = await plan_alerts.told(tx, request.incident, request.key)
    return tuple(Told(incident=incident, notice=notice) for incident, notice in made)


def _pair(alert: Alert) -> Pair:
    return tuple(Place(side.incident, side.action) for side in alert.sides)  # type: ignore[return-value]


class _Fresh:
    """The collisions to be told, with what is known of their actions."""

    def __init__(
        self, collisions: Collisions, actions: Actions, table: IncompatibleActions, before: Sequence[Alert]
    ) -> None:
        self.collisions = collisions
        self._actions, self._table = actions, table
        self._times: dict[Pair, int] = {}
        for alert in before:
            self._times[_pair(alert)] = self._times.get(_pair(alert), 0) + 1

    def alert(self, pair: Pair, *, secret: str, at: datetime) -> Alert:
        """The alert of a collision, before anybody is told: the same in both journals."""
        rule = self.collisions[pair]
        name = "/".join((*pair[0], *pair[1], str(self._times.get(pair, 0))))
        first, second = (self._actions[place] for place in pair)
        return Alert(
            id=opaque_id("AL", f"alert/{name}", secret=secret, digits=_DIGITS),
            level=rule.alert,
            rule=rule.id,
            because=rule.why,
            raised_at=at,
            answer_by=at.replace(microsecond=0) + self._table.answer_within(rule.alert),
            begins_at=min(first.starts_at, second.starts_at),
            first=AlertSide(incident=pair[0].incident, action=first.id, owner=first.owner),
            second=AlertSide(incident=pair[1].incident, action=second.id, owner=second.owner),
        )


async def _raise(tx: AsyncConnection, request: Fact, directory: Directory, fresh: _Fresh) -> dict[Pair, Alert]:
    """Tell each owner once, in one notice, of all its actions that collide; write every alert down."""
    names = {place.incident for pair in fresh.collisions for place in pair}
    stored = {name: await incidents.get(tx, name) for name in sorted(names)}
    made = {pair: fresh.alert(pair, secret=stored[pair[0].incident].secret, at=request.at) for pair in fresh.collisions}
    words: dict[tuple[str, str], list[OverlapWord]] = {}
    for alert in made.values():
        for own, other in (alert.sides, alert.sides[::-1]):
            if own.owner not in (other.owner, directory.centre.id):
                words.setdefault((own.incident, own.owner), []).append(_word(alert, own, other, directory))
    notices = {
        (incident, owner): _notice(
            stored[incident], directory, told, key=f"{request.key}/overlap/{owner}", at=request.at
        )
        for (incident, owner), told in words.items()
    }
    await keep(tx, list(notices.values()), directory, readers=[owner for _, owner in notices], by=request.actor)
    ids = {place: notice.id for place, notice in notices.items()}
    known = {pair: _with_notices(alert, ids) for pair, alert in made.items()}
    for incident in sorted(names):
        drafts = [
            Draft(JournalKind.PLAN_ALERT_RAISED, _data(alert, request), _key(alert, JournalKind.PLAN_ALERT_RAISED))
            for alert in known.values()
            if incident in {side.incident for side in alert.sides}
        ]
        await journal.append_all(tx, drafts, incident=incident, at=request.at, actor=request.actor)
    return known


_SIDE = {"incident", "action", "owner", "notice"}


def _data(alert: Alert, request: Fact) -> dict[str, JsonValue]:
    """What the journal says of an alert; `act`: the request that raised it."""
    sides = alert.model_dump(mode="json", include=dict.fromkeys(("first", "second"), _SIDE))
    data: dict[str, JsonValue] = {"alert": alert.id, "level": alert.level.value, "rule": alert.rule}
    data |= {"because": alert.because, **sides, "act": request.key}
    return data | {"answer_by": iso(alert.answer_by), "begins_at": iso(alert.begins_at)}


def _key(alert: Alert, kind: JournalKind) -> str:
    return f"{alert.id}/{kind.value}"


def _with_notices(alert: Alert, notices: Mapping[tuple[str, str], str]) -> Alert:
    sides = {
        name: side.model_copy(update={"notice": notices.get((side.incident, side.owner))})
        for name, side in (("first", alert.first), ("second", alert.second))
        if alert.first.owner != alert.second.owner
    }
    return alert.model_copy(update=sides)


def _word(alert: Alert, own: AlertSide, other: AlertSide, directory: Directory) -> OverlapWord:
    """What the owner of `own` hears: its action, how grave it is, and whom to call."""
    known = directory.stakeholder(other.owner) or directory.centre
    return OverlapWord(
        reader=own.owner,
        alert=alert.id,
        action=own.action,
        level=alert.level,
        name=known.name,
        country=known.country,
        contact="; ".join(f"{contact.channel}: {contact.address}" for contact in known.contacts),
        by=alert.answer_by,
    )


def _notice(
    incident: StoredIncident, directory: Directory, words: Sequence[OverlapWord], *, key: str, at: datetime
) -> Notice:
    context = frame(incident, directory, at, overlaps=tuple(words))
    until = min(word.by for word in words) - at
    minutes = max(1, int(until.total_seconds() // 60))
    return own_notice(incident, NoticeKind.DECONFLICTION, context, key=key, acknowledge_within_minutes=minutes)


async def _write(
    tx: AsyncConnection,
    request: Fact,
    kind: JournalKind,
    alert: Alert,
    data: Mapping[str, JsonValue],
    *,
    but: str | None = None,
) -> None:
    """Write an entry about an alert into the journal of each incident it concerns, once; not into that of `but`."""
    for incident in sorted({side.incident for side in alert.sides} - {but}):
        await journal.append(
            tx,
            incident=incident,
            at=request.at,
            actor=request.actor,
            kind=kind,
            data=dict(data),
            key=_key(alert, kind),
        )


async def close_ended(tx: AsyncConnection, request: Fact) -> None:
    """Close the alerts with actions of incidents that have ended meanwhile."""
    for alert in await plan_alerts.of_incident(tx, request.incident):
        others = {side.incident for side in alert.sides} - {request.incident} if alert.open else set()
        ended = [name for name in others if (await incidents.get(tx, name)).status.ended]
        if ended:
            data: dict[str, JsonValue] = {"alert": alert.id, "ended": ended[0]}
            await _write(tx, request, JournalKind.PLAN_ALERT_CLOSED, alert, data)


async def raise_late(tx: AsyncConnection, request: Fact, alerts: Iterable[Alert]) -> list[datetime]:
    """Raise what is late of the open alerts; the times at which something of them will be late.

    An owner who has not confirmed is late when the time is up, and once more after as long again. An outcome is late
    when the first of the two actions begins.
    """
    times: list[datetime] = []
    for alert in alerts:
        if not alert.open:
            continue
        again = alert.answer_by + (alert.answer_by - alert.raised_at)
        due = [(alert.answer_by, alert.silent, "first"), (again, alert.silent, "second")]
        if alert.begins_at > alert.raised_at:
            due.append((alert.begins_at, ("undecided",), "begins"))
        for at, who, stage in due:
            if at > request.at:
                times += [at] if who else []
            else:
                await _late(tx, request, alert, who, stage)
    return times


async def _late(tx: AsyncConnection, request: Fact, alert: Alert, who: Collection[str], stage: str) -> None:
    for one in who:
        because = "undecided" if stage == "begins" else "unacknowledged"
        data: dict[str, JsonValue] = {"alert": alert.id, "who": one, "because": because, "level": alert.level.value}
        data |= {"for": "approver" if stage == "second" else "officer"}
        await note_once(
            tx, request, JournalKind.PLAN_ALERT_UNANSWERED, data, key=f"{alert.id}/unanswered/{stage}/{one}"
        )
