"""The fields that the data of each kind of journal entry may have, so that nobody asks for one that does not exist."""

from leerp.journal import JournalKind

_NOTICE = {
    "drafted": "notice kind readers directory marking replaces corrects recalls next_update_at",
    "released": "notice kind reason choice ground proposed_by approved_by approval_reason",
    "sent": "notice kind planned sent failed withheld pending acknowledged",
}
_APPROVED = "choice reason proposed_by approved_by approval_reason"
_RECOMMENDED = "recommended against_recommendation"
_CONTACT = "stakeholder channel address fingerprint former_address former_fingerprint"
_CONTACTS = "changes sha256 reason proposed_by approved_by approval_reason"
_ROTA = (
    "version document problem from until pattern shifts seats missing changed quality reason change person starts_at"
    " ends_at shift other other_shift hours consent"
)
_ALERT = "alert level rule because first second act answer_by begins_at"
_STAMP = "seq hash token authority at tsa serial policy clock_ahead_seconds"
_ITEM = "item sha256 bytes marking source record reason tool"

_FIELDS = {
    "desk.input.refused": "file bytes sha256 why",
    "desk.act.refused": "act why sentence",
    "desk.contact.pinned": "stakeholders contacts first sha256 ids directory",
    "desk.contact.changed": _CONTACT,
    "desk.contact.proposed": _CONTACTS,
    "desk.contact.approved": _CONTACTS,
    "desk.session.begun": "person how address session",
    "desk.session.ended": "person how session by sessions",
    "desk.session.refused": "how address person",
    "desk.account.changed": "person by what",
    "desk.account.locked": "person by because seconds",
    "desk.token.made": "token source scopes until signing signed_only",
    "desk.token.revoked": "token source reason",
    "desk.content.read": "person what incident marking",
    "desk.circle.changed": "change people person reason",
    "desk.source.silent": "source since expected_seconds",
    "desk.source.heard": "source since",
    "desk.poll.failed": "source why failures since",
    "desk.poll.recovered": "source since",
    "desk.clock.skewed": "clock offset_ms within_ms",
    "desk.clock.steady": "clock offset_ms within_ms",
    "detection.burst.counted": "report counted duplicates sources since chain_sha256",
    "detection.report.moved": "report from to reason source marking content_sha256 raw_sha256",
    "detection.incident.split": "from to reports reason",
    "detection.incident.merged": "from to reports reason settled",
    "detection.report.received": "report source marking content_sha256 raw_sha256 not_read tool way signed",
    "detection.report.duplicated": "report source repeats_as",
    "detection.incident.opened": "mode",
    "detection.incident.joined": "report observables_shared like",
    "detection.private_data.routed": "item source units until",
    "detection.private_data.confirmed": "item unit reason",
    "detection.private_data.decided": "item decision reason",
    "triage.grade.recorded": "report scale code by",
    "triage.grade.proposed": "report proposed stands provider_agrees reason by",
    "triage.grade.changed": "report proposed stands provider_agrees reason by",
    "triage.presumption.raised": "root_cause evidence",
    "triage.presumption.rebutted": "root_cause evidence",
    "triage.presumption.questioned": "because",
    "triage.facts.assessed": "facts reason table unsettled",
    "triage.incident.classified": (
        "table table_version table_sha256 level level_rank levels lowest highest ask_for questions score trace triggers"
        " presumption presumed_because recommendation types would_change corroboration confidence because"
    ),
    "triage.decision.proposed": f"choice reason {_RECOMMENDED}",
    "triage.decision.made": f"{_APPROVED} {_RECOMMENDED}",
    "triage.decision.kept": f"choice reason {_RECOMMENDED}",
    "triage.level.raised": "before level because",
    "triage.level.lowered": "before level because",
    "triage.case.handed_over": "to reports outcome reason",
    "triage.watch.elapsed": "",
    "coordination.centre.opened": "centre directory",
    "coordination.team.formed": "team shortfall",
    "coordination.rota.planned": _ROTA,
    "coordination.rota.changed": _ROTA,
    "coordination.rota.ending": "until version",
    "coordination.handover.written": "shift document outgoing incoming uncleared entries due_at",
    "coordination.handover.confirmed": "shift document late reason",
    "coordination.handover.overdue": "shift incoming due_at",
    "coordination.post.opened": "contacts",
    "coordination.room.opened": "room place service circle level reason readers without",
    "coordination.room.invited": "room readers without reason",
    "coordination.room.pinned": "room document marking",
    "coordination.room.archived": "room reason",
    "coordination.reader.added": "notice readers reason",
    "warning.assessment.recorded": "document reason",
    "warning.blueprint.fed": "notice readers",
    "plan.meeting.called": "meeting notice kind meeting_at minutes needed eurojust",
    "plan.meeting.moved": "meeting notice kind meeting_at minutes needed eurojust",
    "plan.meeting.cancelled": "meeting reason",
    "plan.meeting.answered": "meeting reader answer via proven",
    "plan.meeting.reminded": "meeting notice readers look reminder",
    "plan.meeting.short": "meeting missing",
    "plan.meeting.held": "meeting minutes missing attended decisions",
    "plan.decision.taken": "meeting number document marking action without_quorum",
    "plan.action.added": "action actions document version reason",
    "plan.conflict.found": "first second alert because",
    "plan.version.agreed": "country version document reason",
    "plan.team.suggested": "countries reasons because",
    "plan.action.proposed": "action proposed_by document conflicts reason",
    "plan.proposal.accepted": "proposal action reason",
    "plan.proposal.declined": "proposal action reason",
    "plan.action.moved": "action from to reason",
    "plan.action.overdue": "action owner ends_at state",
    "plan.action.blocked": "action because",
    "plan.key.made": "key replaces reason",
    "plan.key.given": "key to reason",
    "plan.alert.raised": _ALERT,
    "plan.alert.unanswered": "alert who because level for",
    "plan.alert.decided": "alert outcome reason",
    "plan.alert.closed": "alert by ended",
    "investigation.contribution.received": (
        "contribution contributor marking legal_basis raw_sha256 tool format grade handling provenance observables"
        " silent confirmed_by left_out reason"
    ),
    "investigation.contribution.pending": (
        "contribution contributor marking format observables flagged refused_rows raw_sha256 draft_sha256 tool"
    ),
    "investigation.contribution.discarded": "contribution contributor reason",
    "investigation.hit.found": "first second first_owner second_owner observable_kind count hit",
    "investigation.hit.told": "owner others item told_by",
    "investigation.hit.permitted": "hit owner other via reason",
    "investigation.hit.refused": "hit owner other via reason",
    "investigation.evidence.acquired": _ITEM,
    "investigation.evidence.derived": f"{_ITEM} from",
    "investigation.evidence.described": "item description says reason tool",
    "investigation.evidence.accessed": "item reason tool",
    "investigation.evidence.exported": "item export for mode bag_marking extract table_sha256 again reason tool",
    "investigation.evidence.transferred": "item to via reason tool",
    "investigation.evidence.verified": "items changed reason tool",
    "investigation.evidence.status_set": "item before status table table_sha256 verdicts reason tool",
    "investigation.evidence.timestamped": f"{_STAMP} reason tool",
    "investigation.product.requested": "product kind title catalogue requested_by due_at question reason",
    "investigation.product.assigned": "product officer due_at reason",
    "investigation.product.drafted": "product statements stated items catalogue notice",
    "investigation.product.withdrawn": "product notice reason act",
    "investigation.product.overdue": "product due_at officer state",
    "investigation.package.built": ("notice country readers whole parts observables because assigned unmatched signed"),
    "closure.containment.proposed": "choice reason",
    "closure.containment.approved": _APPROVED,
    "closure.incident.closed": "outcome reason to reports",
    "delivery.consent.asked": "notice provider readers asked_by",
    "delivery.consent.given": "provider readers notice via reason after_end",
    "delivery.consent.refused": "provider readers notice via reason after_end",
    "delivery.consent.overdue": "notice readers",
    "delivery.override.proposed": "notice readers reason",
    "delivery.restriction.lifted": f"notice copy readers providers {_APPROVED}",
    "delivery.notice.stopped": "notice by reason readers",
    "delivery.channel.down": "channel since waiting",
    "delivery.channel.up": "channel since because",
    "delivery.notice.stuck": "notice kind because pending since",
    "delivery.notice.moving": "notice kind since",
    "delivery.readers.planned": "notice kind planned withheld",
    "delivery.reader.withheld": "notice readers may_have_gone",
    "delivery.reader.failed": "notice readers",
    "delivery.reader.escalated": "notice readers",
    "delivery.message.repeated": "notice reader channel message_id",
    "delivery.acknowledgement.received": (
        "notice reader via how spoken_to channel says_slack_user says_slack_team sha256 says_from proof"
    ),
    "delivery.acknowledgement.claimed": "notice reader via sha256 says_from",
    "delivery.acknowledgement.overdue": "notice kind readers",
    "delivery.question.asked": "notice reader document",
    "delivery.question.answered": "question document act",
}


def fields_of(kind: JournalKind) -> frozenset[str]:
    """The fields that entries of a kind may have."""
    verb = kind.value.rpartition(".")[2]
    if kind.value.endswith(f".notice.{verb}") and verb in _NOTICE:
        return frozenset(_NOTICE[verb].split())
    if kind.value.endswith(".release.proposed"):
        return frozenset(("notice", "reason", "ground"))
    return frozenset(_FIELDS[kind.value].split())
