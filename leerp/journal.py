"""The journal's words and its chain: what an entry is, how it is hashed, how a file of them is verified.

An entry is one JSON line: seq, incident, at, actor, kind, data, prev, hash. `hash` is the lower-case hexadecimal
SHA-256 of the RFC 8785 canonical JSON of the entry without `hash`; the first `prev` is 64 zeros. Verifying needs
nothing but the file.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from leerp import canonical
from leerp.errors import BadInputError
from leerp.model import Message, iso

GENESIS = "0" * 64
PROTOCOL = "leerp"
"""Who acts where nobody does: the protocol itself."""

DESK = "desk"
"""The chain of what belongs to no incident, such as refused input."""


class JournalKind(StrEnum):
    """Everything that can happen, as `step.subject.verb`. A closed list."""

    DESK_INPUT_REFUSED = "desk.input.refused"
    DESK_ACT_REFUSED = "desk.act.refused"
    DESK_CONTACT_PINNED = "desk.contact.pinned"
    DESK_CONTACT_CHANGED = "desk.contact.changed"
    DESK_CONTACT_PROPOSED = "desk.contact.proposed"
    DESK_CONTACT_APPROVED = "desk.contact.approved"
    DESK_SESSION_BEGUN = "desk.session.begun"
    DESK_SESSION_ENDED = "desk.session.ended"
    DESK_SESSION_REFUSED = "desk.session.refused"
    DESK_ACCOUNT_CHANGED = "desk.account.changed"
    DESK_ACCOUNT_LOCKED = "desk.account.locked"
    DESK_TOKEN_MADE = "desk.token.made"  # noqa: S105 - no secret
    DESK_TOKEN_REVOKED = "desk.token.revoked"  # noqa: S105 - no secret
    DESK_CONTENT_READ = "desk.content.read"
    DESK_CIRCLE_CHANGED = "desk.circle.changed"
    DESK_SOURCE_SILENT = "desk.source.silent"
    DESK_SOURCE_HEARD = "desk.source.heard"
    DESK_POLL_FAILED = "desk.poll.failed"
    DESK_POLL_RECOVERED = "desk.poll.recovered"
    DESK_CLOCK_SKEWED = "desk.clock.skewed"
    DESK_CLOCK_STEADY = "desk.clock.steady"

    DETECTION_REPORT_RECEIVED = "detection.report.received"
    DETECTION_REPORT_DUPLICATED = "detection.report.duplicated"
    DETECTION_INCIDENT_OPENED = "detection.incident.opened"
    DETECTION_INCIDENT_JOINED = "detection.incident.joined"
    DETECTION_BURST_COUNTED = "detection.burst.counted"
    DETECTION_REPORT_MOVED = "detection.report.moved"
    DETECTION_INCIDENT_SPLIT = "detection.incident.split"
    DETECTION_INCIDENT_MERGED = "detection.incident.merged"
    DETECTION_PRIVATE_DATA_ROUTED = "detection.private_data.routed"
    DETECTION_PRIVATE_DATA_CONFIRMED = "detection.private_data.confirmed"
    DETECTION_PRIVATE_DATA_DECIDED = "detection.private_data.decided"

    TRIAGE_GRADE_RECORDED = "triage.grade.recorded"
    TRIAGE_GRADE_PROPOSED = "triage.grade.proposed"
    TRIAGE_GRADE_CHANGED = "triage.grade.changed"
    TRIAGE_PRESUMPTION_RAISED = "triage.presumption.raised"
    TRIAGE_PRESUMPTION_REBUTTED = "triage.presumption.rebutted"
    TRIAGE_PRESUMPTION_QUESTIONED = "triage.presumption.questioned"
    TRIAGE_FACTS_ASSESSED = "triage.facts.assessed"
    TRIAGE_INCIDENT_CLASSIFIED = "triage.incident.classified"
    TRIAGE_DECISION_PROPOSED = "triage.decision.proposed"
    TRIAGE_DECISION_MADE = "triage.decision.made"
    TRIAGE_DECISION_KEPT = "triage.decision.kept"
    TRIAGE_LEVEL_RAISED = "triage.level.raised"
    TRIAGE_LEVEL_LOWERED = "triage.level.lowered"
    TRIAGE_CASE_HANDED_OVER = "triage.case.handed_over"
    TRIAGE_WATCH_ELAPSED = "triage.watch.elapsed"

    COORDINATION_CENTRE_OPENED = "coordination.centre.opened"
    COORDINATION_TEAM_FORMED = "coordination.team.formed"
    COORDINATION_ROTA_PLANNED = "coordination.rota.planned"
    COORDINATION_ROTA_CHANGED = "coordination.rota.changed"
    COORDINATION_ROTA_ENDING = "coordination.rota.ending"
    COORDINATION_HANDOVER_WRITTEN = "coordination.handover.written"
    COORDINATION_HANDOVER_CONFIRMED = "coordination.handover.confirmed"
    COORDINATION_HANDOVER_OVERDUE = "coordination.handover.overdue"
    COORDINATION_POST_OPENED = "coordination.post.opened"
    COORDINATION_ROOM_OPENED = "coordination.room.opened"
    COORDINATION_ROOM_INVITED = "coordination.room.invited"
    COORDINATION_ROOM_PINNED = "coordination.room.pinned"
    COORDINATION_ROOM_ARCHIVED = "coordination.room.archived"
    COORDINATION_READER_ADDED = "coordination.reader.added"
    COORDINATION_NOTICE_DRAFTED = "coordination.notice.drafted"
    COORDINATION_NOTICE_RELEASED = "coordination.notice.released"
    COORDINATION_NOTICE_SENT = "coordination.notice.sent"
    COORDINATION_RELEASE_PROPOSED = "coordination.release.proposed"

    WARNING_ASSESSMENT_RECORDED = "warning.assessment.recorded"
    WARNING_RELEASE_PROPOSED = "warning.release.proposed"
    WARNING_NOTICE_DRAFTED = "warning.notice.drafted"
    WARNING_NOTICE_RELEASED = "warning.notice.released"
    WARNING_NOTICE_SENT = "warning.notice.sent"
    WARNING_BLUEPRINT_FED = "warning.blueprint.fed"

    PLAN_MEETING_CALLED = "plan.meeting.called"
    PLAN_MEETING_MOVED = "plan.meeting.moved"
    PLAN_MEETING_CANCELLED = "plan.meeting.cancelled"
    PLAN_MEETING_ANSWERED = "plan.meeting.answered"
    PLAN_MEETING_REMINDED = "plan.meeting.reminded"
    PLAN_MEETING_SHORT = "plan.meeting.short"
    PLAN_MEETING_HELD = "plan.meeting.held"
    PLAN_DECISION_TAKEN = "plan.decision.taken"
    PLAN_ACTION_ADDED = "plan.action.added"
    PLAN_CONFLICT_FOUND = "plan.conflict.found"
    PLAN_VERSION_AGREED = "plan.version.agreed"
    PLAN_TEAM_SUGGESTED = "plan.team.suggested"
    PLAN_ACTION_PROPOSED = "plan.action.proposed"
    PLAN_PROPOSAL_ACCEPTED = "plan.proposal.accepted"
    PLAN_PROPOSAL_DECLINED = "plan.proposal.declined"
    PLAN_ACTION_MOVED = "plan.action.moved"
    PLAN_ACTION_OVERDUE = "plan.action.overdue"
    PLAN_ACTION_BLOCKED = "plan.action.blocked"
    PLAN_KEY_MADE = "plan.key.made"
    PLAN_KEY_GIVEN = "plan.key.given"
    PLAN_ALERT_RAISED = "plan.alert.raised"
    PLAN_ALERT_UNANSWERED = "plan.alert.unanswered"
    PLAN_ALERT_DECIDED = "plan.alert.decided"
    PLAN_ALERT_CLOSED = "plan.alert.closed"
    PLAN_RELEASE_PROPOSED = "plan.release.proposed"
    PLAN_NOTICE_DRAFTED = "plan.notice.drafted"
    PLAN_NOTICE_RELEASED = "plan.notice.released"
    PLAN_NOTICE_SENT = "plan.notice.sent"

    INVESTIGATION_CONTRIBUTION_RECEIVED = "investigation.contribution.received"
    INVESTIGATION_CONTRIBUTION_PENDING = "investigation.contribution.pending"
    INVESTIGATION_CONTRIBUTION_DISCARDED = "investigation.contribution.discarded"
    INVESTIGATION_HIT_FOUND = "investigation.hit.found"
    INVESTIGATION_HIT_TOLD = "investigation.hit.told"
    INVESTIGATION_HIT_PERMITTED = "investigation.hit.permitted"
    INVESTIGATION_HIT_REFUSED = "investigation.hit.refused"
    INVESTIGATION_EVIDENCE_ACQUIRED = "investigation.evidence.acquired"
    INVESTIGATION_EVIDENCE_DERIVED = "investigation.evidence.derived"
    INVESTIGATION_EVIDENCE_DESCRIBED = "investigation.evidence.described"
    INVESTIGATION_EVIDENCE_ACCESSED = "investigation.evidence.accessed"
    INVESTIGATION_EVIDENCE_EXPORTED = "investigation.evidence.exported"
    INVESTIGATION_EVIDENCE_TRANSFERRED = "investigation.evidence.transferred"
    INVESTIGATION_EVIDENCE_VERIFIED = "investigation.evidence.verified"
    INVESTIGATION_EVIDENCE_STATUS_SET = "investigation.evidence.status_set"
    INVESTIGATION_EVIDENCE_TIMESTAMPED = "investigation.evidence.timestamped"
    INVESTIGATION_PRODUCT_REQUESTED = "investigation.product.requested"
    INVESTIGATION_PRODUCT_ASSIGNED = "investigation.product.assigned"
    INVESTIGATION_PRODUCT_DRAFTED = "investigation.product.drafted"
    INVESTIGATION_PRODUCT_WITHDRAWN = "investigation.product.withdrawn"
    INVESTIGATION_PRODUCT_OVERDUE = "investigation.product.overdue"
    INVESTIGATION_PACKAGE_BUILT = "investigation.package.built"
    INVESTIGATION_RELEASE_PROPOSED = "investigation.release.proposed"
    INVESTIGATION_NOTICE_DRAFTED = "investigation.notice.drafted"
    INVESTIGATION_NOTICE_RELEASED = "investigation.notice.released"
    INVESTIGATION_NOTICE_SENT = "investigation.notice.sent"

    CLOSURE_CONTAINMENT_PROPOSED = "closure.containment.proposed"
    CLOSURE_CONTAINMENT_APPROVED = "closure.containment.approved"
    CLOSURE_NOTICE_DRAFTED = "closure.notice.drafted"
    CLOSURE_NOTICE_RELEASED = "closure.notice.released"
    CLOSURE_NOTICE_SENT = "closure.notice.sent"
    CLOSURE_INCIDENT_CLOSED = "closure.incident.closed"

    DELIVERY_CONSENT_ASKED = "delivery.consent.asked"
    DELIVERY_CONSENT_GIVEN = "delivery.consent.given"
    DELIVERY_CONSENT_REFUSED = "delivery.consent.refused"
    DELIVERY_CONSENT_OVERDUE = "delivery.consent.overdue"
    DELIVERY_OVERRIDE_PROPOSED = "delivery.override.proposed"
    DELIVERY_RESTRICTION_LIFTED = "delivery.restriction.lifted"
    DELIVERY_NOTICE_STOPPED = "delivery.notice.stopped"
    DELIVERY_NOTICE_SENT = "delivery.notice.sent"
    DELIVERY_CHANNEL_DOWN = "delivery.channel.down"
    DELIVERY_CHANNEL_UP = "delivery.channel.up"
    DELIVERY_NOTICE_STUCK = "delivery.notice.stuck"
    DELIVERY_NOTICE_MOVING = "delivery.notice.moving"
    DELIVERY_READERS_PLANNED = "delivery.readers.planned"
    DELIVERY_READER_WITHHELD = "delivery.reader.withheld"
    DELIVERY_READER_FAILED = "delivery.reader.failed"
    DELIVERY_READER_ESCALATED = "delivery.reader.escalated"
    DELIVERY_MESSAGE_REPEATED = "delivery.message.repeated"
    DELIVERY_ACKNOWLEDGEMENT_RECEIVED = "delivery.acknowledgement.received"
    DELIVERY_ACKNOWLEDGEMENT_CLAIMED = "delivery.acknowledgement.claimed"
    DELIVERY_ACKNOWLEDGEMENT_OVERDUE = "delivery.acknowledgement.overdue"
    DELIVERY_QUESTION_ASKED = "delivery.question.asked"
    DELIVERY_QUESTION_ANSWERED = "delivery.question.answered"


class JournalEntry(Message):
    """One entry as exported. `at` is RFC 3339 text, because it is hashed as text."""

    seq: int
    incident: str
    at: str
    actor: str
    kind: JournalKind
    data: dict[str, JsonValue]
    prev: str
    hash: str

    @property
    def line(self) -> str:
        """The entry as the one line it has in `journal.jsonl`: canonical JSON, so that copies are equal."""
        return canonical.dumps(self.model_dump(mode="json")).decode()


def seal(  # noqa: PLR0913 - the eight fields of an entry, seven of them given
    *, seq: int, incident: str, at: datetime, actor: str, kind: JournalKind, data: dict[str, JsonValue], prev: str
) -> JournalEntry:
    """The entry with its hash."""
    return JournalEntry.model_validate(
        sealed(seq=seq, incident=incident, at=at, actor=actor, kind=kind, data=data, prev=prev)
    )


def sealed(  # noqa: PLR0913 - the same
    *, seq: int, incident: str, at: datetime, actor: str, kind: JournalKind, data: dict[str, JsonValue], prev: str
) -> dict[str, JsonValue]:
    """The fields of an entry with its hash, for whoever writes many at once."""
    body: dict[str, JsonValue] = {
        "seq": seq,
        "incident": incident,
        "at": iso(at),
        "actor": actor,
        "kind": kind.value,
        "data": data,
        "prev": prev,
    }
    return {**body, "hash": _digest(body)}


def _digest(body: dict[str, JsonValue]) -> str:
    return hashlib.sha256(canonical.dumps(body)).hexdigest()


def lines_of(text: str) -> list[str]:
    """The lines of an exported journal. A line ends with LF alone: what people wrote may hold any other line end."""
    return text.removesuffix("\n").split("\n") if text else []


def verify(lines: Iterable[str], *, name: str = "journal") -> int:
    """Check a file of entries; return how many there are.

    Raises BadInputError with the line of the first fault: an unreadable line, a gap, a broken link, a changed byte.
    """
    count, prev, incident = 0, GENESIS, None
    for number, line in enumerate(lines, start=1):
        where = f"{name}, line {number}"
        entry = _parsed(line, where)
        incident = entry["incident"] if incident is None else incident
        body = {key: value for key, value in entry.items() if key != "hash"}
        if entry["seq"] != number:
            fault = f"{where}: entry {entry['seq']} stands where entry {number} belongs; one is missing or moved"
        elif entry["incident"] != incident:
            fault = f"{where}: the entry belongs to {entry['incident']}, not to {incident}"
        elif entry["prev"] != prev:
            fault = f"{where}: the entry does not follow the one before it; one was changed, removed or inserted"
        elif _digest(body) != entry["hash"]:
            fault = f"{where}: the entry was changed after it was written (its hash does not match)"
        elif line.rstrip("\n") != canonical.dumps(entry).decode():
            fault = f"{where}: the entry is not written as it was exported"
        else:
            count, prev = number, entry["hash"]
            continue
        raise BadInputError(fault)
    if not count:
        raise BadInputError(f"{name} is empty; there is nothing to verify")
    return count


def verify_end(entries: Sequence[JournalEntry], *, name: str) -> None:
    """Check the end of a long chain: that each entry is what it was and follows the one before it.

    Raises BadInputError with the number of the first fault.
    """
    for before, entry in zip((None, *entries), entries, strict=False):
        body = entry.model_dump(mode="json", exclude={"hash"})
        if _digest(body) != entry.hash:
            raise BadInputError(f"{name}, entry {entry.seq}: it was changed after it was written")
        if before is not None and (entry.prev, entry.seq) != (before.hash, before.seq + 1):
            raise BadInputError(f"{name}, entry {entry.seq}: it does not follow the entry before it")


_FIELDS = {"seq", "incident", "at", "actor", "kind", "data", "prev", "hash"}


def _parsed(line: str, where: str) -> dict[str, JsonValue]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{where}: not a line of JSON") from error
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        raise BadInputError(f"{where}: not a journal entry (its fields must be {', '.join(sorted(_FIELDS))})")
    return entry
