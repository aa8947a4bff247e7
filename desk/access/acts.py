"""The one table of role and act: everything that a page or a call is for, and who may.

What stands here is asked before anything else. Each act of the protocol has its own check once more in its workflow.
"""

from collections.abc import Mapping
from enum import StrEnum

from leerp.protocol import ActName
from leerp.stakeholders import CENTRE_ROLES, Role


class DeskAct(StrEnum):
    """Everything that somebody may come to the desk for."""

    COME_IN = "come_in"
    CONFIRM_BY_LINK = "confirm_by_link"
    SEND_AS_MACHINE = "send_as_machine"
    FETCH_AS_MACHINE = "fetch_as_machine"
    KEEP_ONES_ACCOUNT = "keep_ones_account"

    SEE_BOARD = "see_board"
    SEE_INCIDENT = "see_incident"
    SEE_JOURNAL = "see_journal"
    SEE_SENT = "see_sent"
    SEE_DIRECTORY = "see_directory"
    SEE_EXERCISES = "see_exercises"
    SEE_HEALTH = "see_health"
    SEARCH = "search"

    REPORT = "report"
    CLASSIFY_WHAT_IF = "classify_what_if"
    DRAFT = "draft"
    RELEASE = "release"
    RECORD_ACKNOWLEDGEMENT = "record_acknowledgement"
    TAKE_CONTRIBUTION = "take_contribution"
    KEEP_DECISION = "keep_decision"
    DECIDE_PRIVATE_DATA = "decide_private_data"
    HANDLE_EVIDENCE = "handle_evidence"
    HAND_OVER_EVIDENCE = "hand_over_evidence"
    ANSWER_HIT = "answer_hit"
    KEEP_KEYS = "keep_keys"
    ANSWER_QUESTION = "answer_question"
    ADMIT = "admit"
    STEER_EXERCISE = "steer_exercise"
    KEEP_ACCOUNTS = "keep_accounts"
    KEEP_TOKENS = "keep_tokens"

    SEE_OWN = "see_own"
    CONFIRM_OWN = "confirm_own"
    ASK = "ask"
    PROPOSE = "propose"
    CONTRIBUTE = "contribute"


class Public(StrEnum):
    """Who else may come than somebody with a role."""

    ANYBODY = "anybody"
    MACHINES = "machines"


_OFFICERS = frozenset({Role.OFFICER, Role.APPROVER})
_STAFF = _OFFICERS | {Role.ANALYST}
_CENTRE = frozenset(CENTRE_ROLES)
_MEMBERS = frozenset({Role.LIAISON, Role.STAKEHOLDER})

MAY: Mapping[DeskAct, frozenset[Role] | Public] = {
    DeskAct.COME_IN: Public.ANYBODY,
    DeskAct.CONFIRM_BY_LINK: Public.ANYBODY,
    DeskAct.SEND_AS_MACHINE: Public.MACHINES,
    DeskAct.FETCH_AS_MACHINE: Public.MACHINES,
    DeskAct.KEEP_ONES_ACCOUNT: frozenset(Role),
    DeskAct.SEE_BOARD: _STAFF | {Role.AUDITOR},
    DeskAct.SEE_INCIDENT: _STAFF | {Role.AUDITOR},
    DeskAct.SEE_JOURNAL: _STAFF | {Role.AUDITOR},
    DeskAct.SEE_SENT: _OFFICERS | {Role.AUDITOR},
    DeskAct.SEE_DIRECTORY: _STAFF | {Role.AUDITOR, Role.OPERATOR, Role.PLANNER},
    DeskAct.SEE_EXERCISES: _CENTRE,
    DeskAct.SEE_HEALTH: _CENTRE,
    DeskAct.SEARCH: _STAFF | _MEMBERS | {Role.AUDITOR},
    DeskAct.REPORT: _STAFF | _MEMBERS,
    DeskAct.CLASSIFY_WHAT_IF: _STAFF,
    DeskAct.DRAFT: _STAFF,
    DeskAct.RELEASE: _OFFICERS,
    DeskAct.RECORD_ACKNOWLEDGEMENT: _OFFICERS,
    DeskAct.TAKE_CONTRIBUTION: _STAFF,
    DeskAct.KEEP_DECISION: _STAFF,
    DeskAct.DECIDE_PRIVATE_DATA: _OFFICERS,
    DeskAct.HANDLE_EVIDENCE: _STAFF,
    DeskAct.HAND_OVER_EVIDENCE: _OFFICERS,
    DeskAct.ANSWER_HIT: _OFFICERS,
    DeskAct.KEEP_KEYS: _OFFICERS,
    DeskAct.ANSWER_QUESTION: _OFFICERS,
    DeskAct.ADMIT: _OFFICERS,
    DeskAct.STEER_EXERCISE: frozenset({Role.PLANNER}),
    DeskAct.KEEP_ACCOUNTS: frozenset({Role.OPERATOR}),
    DeskAct.KEEP_TOKENS: frozenset({Role.OPERATOR}),
    DeskAct.SEE_OWN: _MEMBERS,
    DeskAct.CONFIRM_OWN: _MEMBERS,
    DeskAct.ASK: _MEMBERS,
    DeskAct.PROPOSE: _MEMBERS,
    DeskAct.CONTRIBUTE: _MEMBERS,
}
"""Who may do what. `Public.ANYBODY` needs no session; `Public.MACHINES` proves itself with a token."""

_BY_STAFF = (
    *(ActName.GRADE, ActName.ASSESS, ActName.WARN, ActName.PLAN_ADD, ActName.PLAN_AGREE, ActName.PLAN_DRAFT),
    *(ActName.PLAN_PROPOSE, ActName.PLAN_ACCEPT, ActName.PLAN_STATE, ActName.MEETING_MINUTES),
    *(ActName.PRODUCT_REQUEST, ActName.PRODUCT_ASSIGN, ActName.PRODUCT_DRAFT, ActName.PACKAGE_BUILD),
)

MAY_ACT: Mapping[ActName, frozenset[Role]] = (
    dict.fromkeys(ActName, _OFFICERS)
    | dict.fromkeys(_BY_STAFF, _STAFF)
    | {ActName.TEAM_CONFIRM: _CENTRE, ActName.OVERRIDE: frozenset({Role.APPROVER})}
)
"""The same for the acts of the protocol, which their workflows check again (workflows/)."""


def may(roles: tuple[Role, ...], act: DeskAct | ActName) -> bool:
    """Whether somebody with these roles may do this. What anybody may do, everybody with a role may too."""
    allowed = MAY_ACT[act] if isinstance(act, ActName) else MAY[act]
    return allowed is Public.ANYBODY if isinstance(allowed, Public) else bool(allowed & set(roles))
