"""What a person can do in an incident now, what it waits for first."""

from typing import NamedTuple

from desk.access.acts import DeskAct, may
from desk.access.principals import Principal
from desk.web.waits import waits_of
from leerp.incidents import IncidentView, Phase
from leerp.protocol import ActName


class MenuEntry(NamedTuple):
    """An act to choose. `key`: the key that chooses it in the menu. `primary`: the incident waits for it."""

    path: str
    words: str
    key: str
    primary: bool


class _Entry(NamedTuple):
    name: str
    act: ActName | DeskAct
    words: str
    key: str
    command: str = ""


_CALM = "or the end ("
"""In the last step nothing is waited for that would be more urgent than anything else."""

_TRIAGE = (_Entry("decide", ActName.DECIDE, "Decide: launch, normal, watch", "d"),)
_ALWAYS = (
    _Entry("assess", ActName.ASSESS, "Assess: facts, assessment, table", "s"),
    _Entry("grade", ActName.GRADE, "Grade a report", "r"),
    _Entry("move", ActName.MOVE, "Move reports", "1"),
    _Entry("split", ActName.SPLIT, "Split the incident", "2"),
    _Entry("merge", ActName.MERGE, "Merge into another incident", "3"),
)
_LAUNCHED = (
    _Entry("reconsider", ActName.RECONSIDER, "Go on although it is recommended no more", "k"),
    _Entry("close", ActName.CLOSE, "Close the protocol", "c"),
    _Entry("override", ActName.OVERRIDE, "Life-threat override", "x"),
    _Entry("consent", ActName.CONSENT, "What a provider permits", "p"),
    _Entry("warn", ActName.WARN, "Draft an early warning or update", "w"),
    _Entry("inform", ActName.INFORM, "Tell readers who join late", "i"),
    _Entry("recall", ActName.RECALL, "Take a notice back", "b"),
    _Entry("meet", ActName.MEET, "Call a meeting", "m"),
    _Entry("meeting-answer", DeskAct.RECORD_ACKNOWLEDGEMENT, "An answer to a call", "4"),
    _Entry("meeting-minutes", ActName.MEETING_MINUTES, "Minutes of a meeting", "u"),
    _Entry("meeting-cancel", ActName.MEETING_CANCEL, "Cancel a meeting", "5"),
    _Entry("plan-add", ActName.PLAN_ADD, "Add an action to the plan", "n"),
    _Entry("plan-propose", ActName.PLAN_PROPOSE, "Record a proposal", "6"),
    _Entry("plan-accept", ActName.PLAN_ACCEPT, "Accept a proposal", "y"),
    _Entry("plan-decline", ActName.PLAN_DECLINE, "Decline a proposal", "z"),
    _Entry("plan-agree", ActName.PLAN_AGREE, "A country agrees to the plan", "v"),
    _Entry("plan-state", ActName.PLAN_STATE, "How far an action is", "o"),
    _Entry("plan-outcome", ActName.PLAN_OUTCOME, "Outcome of an alert", "e"),
    _Entry("plan-draft", ActName.PLAN_DRAFT, "Draft the plan's notice", "f"),
    _Entry("plan-key", DeskAct.KEEP_KEYS, "The key for sealed targets", ""),
    _Entry("team-plan", ActName.TEAM_PLAN, "Plan the shifts", "t"),
    _Entry("team-change", ActName.TEAM_CHANGE, "Change the rota", "7"),
    _Entry("team-confirm", ActName.TEAM_CONFIRM, "Take a shift over", "h"),
    _Entry("room-open", ActName.ROOM_OPEN, "Open a room", "q"),
    _Entry("room-invite", ActName.ROOM_INVITE, "Invite into a room", "8"),
    _Entry("room-pin", DeskAct.KEEP_DECISION, "Keep what a room decided", "9"),
    _Entry("room-archive", ActName.ROOM_ARCHIVE, "Archive a room", "0"),
    _Entry("product-request", ActName.PRODUCT_REQUEST, "Ask for a product", "j"),
    _Entry("product-assign", ActName.PRODUCT_ASSIGN, "Give a product to an officer", ""),
    _Entry("product-draft", ActName.PRODUCT_DRAFT, "Draft a product", ""),
    _Entry("product-withdraw", ActName.PRODUCT_WITHDRAW, "Withdraw a product", ""),
    _Entry("package-build", ActName.PACKAGE_BUILD, "Build a package", "l"),
)
_ACKNOWLEDGE = _Entry("acknowledge", DeskAct.RECORD_ACKNOWLEDGEMENT, "Record a confirmation", "a", "(acknowledge")
_CONSENT_LATE = _Entry("consent", ActName.CONSENT, "What a provider permits", "p")
_POOL = (
    _Entry("contribution-confirm", DeskAct.TAKE_CONTRIBUTION, "Pool a contribution", "", "(contribution confirm)"),
    _Entry("contribution-discard", DeskAct.TAKE_CONTRIBUTION, "Do not pool a contribution", ""),
)
_HITS = _Entry("hit-consent", DeskAct.ANSWER_HIT, "An owner's word on a hit", "", "(hits")
_PRIVATE = (
    _Entry("private-data-told", DeskAct.DECIDE_PRIVATE_DATA, "Private data has been passed on", "", "--confirm)"),
    _Entry("private-data", DeskAct.DECIDE_PRIVATE_DATA, "Decide on private data", "", "(private-data"),
)


def acts_for(principal: Principal, view: IncidentView) -> list[MenuEntry]:
    """What this person can do in the incident now; what it waits for from this person first, drafts before all."""
    lines = [line for line in view.waiting_for if _CALM not in line]
    wanted = {act for one in waits_of(lines, principal) if one.mine for act in one.acts}
    said = [line for line in lines if f"proposed by {principal.id}" in line]
    wanted -= {act for one in waits_of(said, principal) for act in one.acts}  # it is another one's turn now
    entries = _drafts(principal, view)
    for one in _possible(view):
        if may(principal.roles, one.act):
            asked = bool(one.command) and any(one.command in line for line in lines)
            path = f"/incidents/{view.reference}/acts/{one.name}"
            entries.append(MenuEntry(path, one.words, one.key, primary=asked or one.act in wanted))
    return sorted(entries, key=lambda entry: not entry.primary)


def _drafts(principal: Principal, view: IncidentView) -> list[MenuEntry]:
    """The drafts that wait for release. Whoever has proposed one is not asked for it."""
    if not may(principal.roles, ActName.RELEASE):
        return []
    found: list[MenuEntry] = []
    for one in view.notices:
        line = next((line for line in view.waiting_for if line.startswith(f"notice {one.id} ")), None)
        if one.released or line is None:
            continue
        what = one.kind.value.replace("_", " ")
        mine = f"proposed by {principal.id}" not in line
        path = f"/incidents/{view.reference}/notices/{one.id}"
        found.append(MenuEntry(path, f"Release the {what} {one.id}", "g" if not found else "", primary=mine))
    return found


def _possible(view: IncidentView) -> list[_Entry]:
    """What the incident takes where it stands, in the order of the protocol."""
    waiting = " ".join(view.waiting_for)
    private = _PRIVATE if "private-data" in waiting else ()
    sent = any(one.released and one.sent > one.acknowledged for one in view.notices)
    hits = (_HITS,) if any(one.hits for one in view.contributions) else ()
    acknowledge = (_ACKNOWLEDGE,) if sent else ()
    if view.status.ended:
        return [*hits, *private, *acknowledge, *((_CONSENT_LATE,) if view.notices else ())]
    pool = _POOL if "(contribution confirm)" in waiting else ()
    before = _TRIAGE if view.phase is Phase.TRIAGE else ()
    launched = _LAUNCHED if view.phase.rank >= Phase.COORDINATION.rank else ()
    takes = _nothing_for(view)
    return [*before, *acknowledge, *_ALWAYS, *pool, *hits, *private, *(one for one in launched if one.act not in takes)]


def _nothing_for(view: IncidentView) -> frozenset[ActName | DeskAct]:
    """The acts of a launched incident for which there is nothing there now."""
    there: dict[tuple[ActName | DeskAct, ...], bool] = {
        (ActName.RECONSIDER,): any("(reconsider" in line for line in view.waiting_for),
        (ActName.RECALL, ActName.OVERRIDE): any(one.released for one in view.notices),
        (ActName.PLAN_ACCEPT, ActName.PLAN_DECLINE): any(one.accepted is None for one in view.plan_proposals),
        (ActName.PLAN_AGREE, ActName.PLAN_STATE, ActName.PLAN_DRAFT): bool(view.plan.version),
        (ActName.PLAN_OUTCOME,): any(one.open for one in view.plan_alerts),
        (ActName.TEAM_CHANGE, ActName.TEAM_CONFIRM): view.rota is not None,
        (ActName.PRODUCT_ASSIGN, ActName.PRODUCT_DRAFT, ActName.PRODUCT_WITHDRAW): any(
            not one.state.over for one in view.products
        ),
    }
    return frozenset(act for acts, some in there.items() if not some for act in acts)
