"""Injects of people: they are not played, but expected of somebody, and found in the record once they are done."""

from collections.abc import Sequence
from datetime import datetime

from exercises.conditions import is_about, time_of_entry
from exercises.injects import (
    AcknowledgeInject,
    ActInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    PlainInject,
    ReportInject,
)
from leerp.journal import JournalEntry, JournalKind
from leerp.protocol import ActName

_SAID_OF = {
    ActName.GRADE: ("triage.grade.",),
    ActName.ASSESS: ("triage.facts.", "warning.assessment."),
    ActName.DECIDE: ("triage.decision.",),
    ActName.RECONSIDER: ("triage.decision.",),
    ActName.RELEASE: (".release.proposed", ".notice.released"),
    ActName.INFORM: ("coordination.reader.added",),
    ActName.MEET: ("plan.meeting.",),
    ActName.MEETING_CANCEL: ("plan.meeting.cancelled",),
    ActName.MEETING_MINUTES: ("plan.meeting.held", "plan.decision.taken"),
    ActName.WARN: ("warning.notice.drafted",),
    ActName.CLOSE: ("closure.",),
    ActName.RECALL: ("delivery.notice.stopped", ".notice.drafted", ".notice.released"),
    ActName.OVERRIDE: ("delivery.override.", "delivery.restriction."),
    ActName.CONSENT: ("delivery.consent.",),
}
"""What the kinds of journal entry hold that an act leaves, where its name alone does not say it."""

_ROOMS = {"plan": "plan.", "team": "coordination.", "room": "coordination.room.", "product": "investigation.product."}
"""The same for acts whose name begins so."""


def act_of(inject: PlainInject) -> ActName | None:
    """The act that an inject has somebody do; None where it is no act."""
    match inject:
        case ActInject():
            return ActName(inject.does.act)
        case DecisionInject():
            return ActName.DECIDE
        case FactInject():
            return ActName.ASSESS
        case _:
            return None


def reaches_the_record(inject: PlainInject) -> bool:
    """Whether the record shows that an inject was done."""
    return isinstance(inject, ReportInject | ContributionInject | AcknowledgeInject) or act_of(inject) is not None


def done_by(
    inject: PlainInject, sender: str, entries: Sequence[JournalEntry], *, since: datetime
) -> JournalEntry | None:
    """The first entry since then that shows that somebody has done what an inject expects; None if there is none.

    Which act it was is looked at, not how it was done: that is for the expectations and the evaluators.
    """
    found = (one for one in entries if time_of_entry(one) >= since and _shows(one, inject, sender))
    return next(found, None)


def _shows(entry: JournalEntry, inject: PlainInject, sender: str) -> bool:
    match inject:
        case ReportInject():
            return entry.kind is JournalKind.DETECTION_REPORT_RECEIVED and entry.data.get("source") == sender
        case ContributionInject():
            received = entry.kind is JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED
            return received and entry.data.get("contributor") == sender
        case AcknowledgeInject():
            return entry.kind is JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED and is_about(entry, sender)
        case _:
            act = act_of(inject)
            return act is not None and entry.actor == sender and _is_of(entry, act)


def _is_of(entry: JournalEntry, act: ActName) -> bool:
    if entry.kind is JournalKind.DESK_ACT_REFUSED:
        return entry.data.get("act") == act.value
    parts = _SAID_OF.get(act) or (_ROOMS.get(act.value.partition("_")[0], act.value),)
    return any(part in entry.kind.value for part in parts)
