"""What is of note in a journal: refusals, what turned, alarms, and alerts of deconfliction with their answers."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from exercises.conditions import is_about, time_of_entry
from exercises.kept import Kept
from exercises.scoring import Proof, proof_of
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import DeliveryState
from leerp.plan_alerts import Alert, AlertSide, Outcome


class Weight(StrEnum):
    """Whether something was said, or somebody should have been called by it."""

    REMARK = "remark"
    ALARM = "alarm"


class Remark(Message):
    """Something of note, with the entry that tells of it. `over_at`: when an alarm was over, where an entry says so."""

    at: Instant
    proof: Proof
    kind: str
    text: str
    weight: Weight = Weight.REMARK
    over_at: Instant | None = None


class Withheld(Message):
    """A reader who got nothing of a notice over a channel, and why. `state`: withheld or failed."""

    incident: str
    notice: str
    kind: str
    reader: str
    channel: str
    state: str
    reason: str
    at: Instant
    proofs: tuple[Proof, ...] = ()


class AlertAnswer(Message):
    """One owner whom an alert of deconfliction called; `confirmed_at` None: it has not answered."""

    owner: str
    action: str
    incident: str
    asked: bool
    confirmed_at: Instant | None


class AlertResult(Message):
    """An alert of deconfliction, who answered it when, and what came of it; `ended`: how, in words."""

    id: str
    incident: str
    level: str
    because: str
    raised_at: Instant
    answer_by: Instant
    begins_at: Instant
    answers: tuple[AlertAnswer, ...]
    late: tuple[str, ...]
    outcome: Outcome | None
    decided_by: str | None
    reason: str
    ended: str
    proofs: tuple[Proof, ...]

    @property
    def good(self) -> bool:
        """Whether nobody was late and an outcome stands on record."""
        return not self.late and self.outcome is not None


_REMARKS = {
    JournalKind.DESK_ACT_REFUSED: "{sentence}",
    JournalKind.TRIAGE_PRESUMPTION_RAISED: "The incident is presumed criminal.",
    JournalKind.TRIAGE_PRESUMPTION_REBUTTED: "The presumption of a crime is rebutted: {evidence}",
    JournalKind.TRIAGE_PRESUMPTION_QUESTIONED: "{because} speaks of malice although the presumption is rebutted.",
    JournalKind.TRIAGE_GRADE_PROPOSED: "{proposed} proposed for {report}; {stands} stands.",
    JournalKind.TRIAGE_GRADE_CHANGED: "{report} is graded {proposed} with its provider's agreement, before {stands}.",
    JournalKind.PLAN_CONFLICT_FOUND: "{first} and {second} collide ({alert}): {because}",
    JournalKind.PLAN_TEAM_SUGGESTED: "A joint investigation team is suggested: {because}.",
    JournalKind.INVESTIGATION_HIT_FOUND: "{first_owner} and {second_owner} hold the same {observable_kind}.",
    JournalKind.INVESTIGATION_HIT_REFUSED: "An owner keeps a hit to itself: {reason}",
    JournalKind.DELIVERY_READER_ESCALATED: "Asked a second time, over another contact point: {readers}",
    JournalKind.DELIVERY_CONSENT_REFUSED: "A provider refuses that its information goes on: {readers}",
    JournalKind.DELIVERY_RESTRICTION_LIFTED: "Restrictions of providers lifted against a threat to life: {reason}",
    JournalKind.DELIVERY_NOTICE_STOPPED: "{notice} goes to nobody any more: {reason}",
    JournalKind.DELIVERY_MESSAGE_REPEATED: "A message to {reader} may have gone twice.",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED: "{reader} says that it has confirmed; nothing proves who wrote it.",
}
_ALARMS = {
    JournalKind.TRIAGE_WATCH_ELAPSED: "The time to watch has passed; a decision is asked for again.",
    JournalKind.COORDINATION_ROTA_ENDING: "The rota ends at {until}, and no other one follows.",
    JournalKind.COORDINATION_HANDOVER_OVERDUE: "The handover to shift {shift} is not confirmed: {incoming}",
    JournalKind.PLAN_MEETING_SHORT: "Meeting {meeting} lacks who is needed: {missing}",
    JournalKind.PLAN_ACTION_OVERDUE: "Action {action} of {owner} is over its time and still {state}.",
    JournalKind.PLAN_ACTION_BLOCKED: "Action {action} cannot go on: {because}",
    JournalKind.PLAN_ALERT_UNANSWERED: "Alert {alert} ({level}) is {because}: {who}",
    JournalKind.INVESTIGATION_PRODUCT_OVERDUE: "Product {product} is over its time and still {state}: {officer}",
    JournalKind.DELIVERY_CONSENT_OVERDUE: "Providers have not answered whether their information may go to: {readers}",
    JournalKind.DELIVERY_CHANNEL_DOWN: "Channel {channel} is down; {waiting} messages wait.",
    JournalKind.DELIVERY_NOTICE_STUCK: "{kind} {notice} is stuck, {pending} still to be sent: {because}",
    JournalKind.DELIVERY_READER_FAILED: "{notice} could not be delivered: {readers}",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE: "{kind} {notice} is not confirmed in time by {readers}",
}
_ENDS = {
    JournalKind.COORDINATION_HANDOVER_OVERDUE: (JournalKind.COORDINATION_HANDOVER_CONFIRMED, "shift"),
    JournalKind.DELIVERY_CHANNEL_DOWN: (JournalKind.DELIVERY_CHANNEL_UP, "channel"),
    JournalKind.DELIVERY_NOTICE_STUCK: (JournalKind.DELIVERY_NOTICE_MOVING, "notice"),
    JournalKind.PLAN_ALERT_UNANSWERED: (JournalKind.PLAN_ALERT_CLOSED, "alert"),
}
"""What ends an alarm, and by which field of their data the two entries are told to belong together."""


def remarks(kept: Kept) -> Iterator[Remark]:
    """Everything of note in the journal of an incident, alarms among it, in its order."""
    for entry in kept.journal:
        words = _against(entry) or _REMARKS.get(entry.kind) or _ALARMS.get(entry.kind)
        if words:
            said = {key: _said(value) for key, value in entry.data.items()}
            yield Remark(
                at=time_of_entry(entry),
                proof=proof_of(entry),
                kind=entry.kind.value,
                text=words.format_map(_Known(said)),
                weight=Weight.ALARM if entry.kind in _ALARMS else Weight.REMARK,
                over_at=_over_at(entry, kept.journal),
            )


def _against(entry: JournalEntry) -> str | None:
    """The words for a decision that went against what was recommended."""
    decided = (JournalKind.TRIAGE_DECISION_MADE, JournalKind.TRIAGE_DECISION_KEPT)
    if entry.kind not in decided or not entry.data.get("against_recommendation"):
        return None
    return "Decided {choice} although {recommended} was recommended: {reason}"


def _over_at(entry: JournalEntry, journal: Iterable[JournalEntry]) -> datetime | None:
    if entry.kind not in _ENDS:
        return None
    kind, field = _ENDS[entry.kind]
    same = (one for one in journal if one.kind is kind and one.data.get(field) == entry.data.get(field))
    return next((time_of_entry(one) for one in same if one.seq > entry.seq), None)


class _Known(dict[str, str]):
    """What an entry says; what it does not say is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, dict):
        return f"{value['reader']} ({value['reason']})" if {"reader", "reason"} <= value.keys() else str(value)
    return str(value)


_SAY_WHY = (
    JournalKind.DELIVERY_READER_WITHHELD,
    JournalKind.DELIVERY_READER_FAILED,
    JournalKind.DELIVERY_NOTICE_STOPPED,
)


def withheld(kept: Kept) -> Iterator[Withheld]:
    """Who got nothing over a channel, and why, with the entry that says so."""
    entries = [entry for entry in kept.journal if entry.kind in _SAY_WHY]
    for line in kept.ledger:
        if line.state in (DeliveryState.WITHHELD, DeliveryState.FAILED):
            about = (one for one in entries if one.data.get("notice") == line.notice and is_about(one, line.reader))
            yield Withheld(
                incident=kept.incident.reference,
                notice=line.notice,
                kind=line.kind.value,
                reader=line.reader,
                channel=line.channel,
                state=line.state.value,
                reason=line.reason or "",
                at=line.planned_at,
                proofs=tuple(map(proof_of, about)),
            )


_OF_ALERTS = (
    JournalKind.PLAN_ALERT_RAISED,
    JournalKind.PLAN_ALERT_UNANSWERED,
    JournalKind.PLAN_ALERT_DECIDED,
    JournalKind.PLAN_ALERT_CLOSED,
)


def alerts(several: Iterable[Kept]) -> Iterator[AlertResult]:
    """Every alert of deconfliction once; one that spans two incidents stands in both, and is told by the first."""
    all_kept, told = tuple(several), set()
    for kept in all_kept:
        for alert in kept.incident.plan_alerts:
            if alert.id not in told:
                told.add(alert.id)
                yield _alert(alert, kept, all_kept)


def _alert(alert: Alert, kept: Kept, several: tuple[Kept, ...]) -> AlertResult:
    entries = [one for one in kept.journal if one.kind in _OF_ALERTS and one.data.get("alert") == alert.id]
    return AlertResult(
        id=alert.id,
        incident=kept.incident.reference,
        level=alert.level.value,
        because=alert.because,
        raised_at=alert.raised_at,
        answer_by=alert.answer_by,
        begins_at=alert.begins_at,
        answers=tuple(_answer(side, several) for side in alert.sides),
        late=alert.late,
        outcome=alert.outcome,
        decided_by=alert.decided_by,
        reason=alert.reason,
        ended=_ended(alert),
        proofs=tuple(map(proof_of, entries)),
    )


def _answer(side: AlertSide, several: Iterable[Kept]) -> AlertAnswer:
    lines = (line for kept in several for line in kept.ledger if line.notice == side.notice)
    mine = (line.acknowledged_at for line in lines if line.reader == side.owner)
    confirmed = min((at for at in mine if at), default=None)
    asked = side.notice is not None
    return AlertAnswer(
        owner=side.owner, action=side.action, incident=side.incident, asked=asked, confirmed_at=confirmed
    )


def _ended(alert: Alert) -> str:
    if alert.outcome:
        return f"decided: {alert.outcome.value}"
    return "over without an outcome: the two collide no more" if alert.closed else "still open at the end"
