"""From the entries that one act of a person has left in the journal to a deed that does the same again.

The journal and the documents that it names are all there is to go by. What they do not hold is not guessed at: such an
act has no deed, and the sentence says why.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from exercises.conditions import time_of_entry
from exercises.recorded_book import PRESENCE, Body, Book, NoWayError
from leerp.assessments import Assessment
from leerp.journal import JournalEntry, JournalKind
from leerp.meetings import Minutes
from leerp.notices import NoticeKind
from leerp.packages import Assignments
from leerp.plans import Action
from leerp.products import Question, StatementsFile
from leerp.protocol import ActName
from leerp.rota_acts import TeamChange
from notifications.audience import EUROJUST
from records.plans import actions_in, proposal_id

Group = Sequence[JournalEntry]
"""The entries of one act, in their order."""


def deed_of(group: Group, book: Book) -> tuple[Body, str]:
    """The deed that an act was, and its reason. Raises NoWayError when it cannot be played again."""
    for kind, make in _MAKERS.items():
        entry = next((one for one in group if one.kind is kind), None)
        if entry is not None:
            deed = make(entry, group, book)
            return deed, _reason(entry)
    raise NoWayError(f"there is no inject that does what {group[0].kind.value} tells of")


def made_by(group: Group) -> list[str]:
    """The ids of what later entries call by them: a meeting, a room, a product, a proposal."""
    found = [str(one.data[name]) for kind, name in _MADE for one in group if one.kind is kind]
    return found + [proposal_id(one) for one in group if one.kind is JournalKind.PLAN_ACTION_PROPOSED]


_MADE = (
    (JournalKind.PLAN_MEETING_CALLED, "notice"),
    (JournalKind.PLAN_MEETING_MOVED, "notice"),
    (JournalKind.COORDINATION_ROOM_OPENED, "room"),
    (JournalKind.INVESTIGATION_PRODUCT_REQUESTED, "product"),
)


def _reason(entry: JournalEntry) -> str:
    """The words of the person who did this: of two people the second one's, where the entry keeps both."""
    said = entry.data.get("approval_reason") or entry.data.get("reason")
    return said if isinstance(said, str) else ""


def _grade(entry: JournalEntry, _: Group, book: Book) -> Body:
    code, scale = str(entry.data["proposed"]).split(" ")
    grade = {"code": code, "scale": scale.strip("()")}
    agrees = entry.data.get("provider_agrees") is True
    return {
        "act": ActName.GRADE,
        "report": book.number(entry.data["report"]),
        "grade": grade,
        "provider_agrees": agrees,
    }


def _assess(entry: JournalEntry, group: Group, book: Book) -> Body:
    deed: Body = {"act": ActName.ASSESS, "facts": entry.data["facts"]}
    if "unsettled" in entry.data:
        deed["unsettle"] = entry.data["unsettled"]
    if "table" in entry.data:
        deed["table"] = entry.data["table"]
    recorded = next((one for one in group if one.kind is JournalKind.WARNING_ASSESSMENT_RECORDED), None)
    if recorded is not None:
        deed["assessment"] = Assessment.model_validate_json(book.document(recorded.data["document"])).model_dump(
            mode="json", exclude_unset=True
        )
    return deed


def _decide(entry: JournalEntry, _: Group, __: Book) -> Body:
    return {"act": ActName.DECIDE, "choice": entry.data["choice"]}


def _reconsider(_: JournalEntry, __: Group, ___: Book) -> Body:
    return {"act": ActName.RECONSIDER}


def _release(entry: JournalEntry, group: Group, book: Book) -> Body:
    if any(one.kind.endswith(".notice.drafted") for one in group):
        return _drafted(entry, group, book)
    deed: Body = {"act": ActName.RELEASE, "notice": book.kind(entry.data["notice"]), "restrictions_read": True}
    if "ground" in entry.data:
        deed["ground"] = entry.data["ground"]
    return deed


def _drafted(entry: JournalEntry, _: Group, book: Book) -> Body:
    """Drafting by a person: a recall, a call to a meeting, a late joiner's notice, a warning, a plan."""
    notice = entry.data["notice"]
    recalled = book.recalls(notice)
    if recalled is not None:
        return {"act": ActName.RECALL, "notice": book.kind(recalled)}
    kind = NoticeKind(book.kind(notice))
    if kind in (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE):
        return {
            "act": ActName.WARN,
            "notice": kind.value,
            **book.relation(notice),
            **book.next_update(notice),
        }
    if kind is NoticeKind.ACTION_PLAN:
        return {"act": ActName.PLAN_DRAFT, **book.relation(notice), "eurojust": EUROJUST in book.audiences[str(notice)]}
    raise NoWayError(f"what a {kind.value} was made from is not on record")


def _product(entry: JournalEntry, group: Group, book: Book) -> Body:
    """The draft of a product. Whether it was made from all that was given, or from some of it, is not on record."""
    deed: Body = {"act": ActName.PRODUCT_DRAFT, "product": book.number(entry.data["product"]), **_made(group, book)}
    if entry.data.get("statements"):
        said = StatementsFile.model_validate_json(book.document(entry.data["statements"]))
        deed["statements"] = [_plain(one) for one in said.statements]
    return deed


def _package(entry: JournalEntry, group: Group, book: Book) -> Body:
    """The draft of a package; as of a product, from all that was given."""
    deed: Body = {"act": ActName.PACKAGE_BUILD, "country": entry.data["country"], **_made(group, book)}
    if entry.data.get("assigned"):
        said = Assignments.model_validate_json(book.document(entry.data["assigned"]))
        deed["assigned"] = [_plain(one) for one in said.assignments]
    return deed


def _made(group: Group, book: Book) -> Body:
    notice = next(str(one.data["notice"]) for one in group if one.kind.endswith(".notice.drafted"))
    return {"readers": [*book.audiences[notice]], **book.relation(notice)}


def _inform(entry: JournalEntry, _: Group, __: Book) -> Body:
    return {"act": ActName.INFORM, "readers": entry.data["readers"]}


def _meet(entry: JournalEntry, _: Group, book: Book) -> Body:
    data, notice = entry.data, entry.data["notice"]
    deed: Body = {
        "act": ActName.MEET,
        "meeting_at": book.offset(datetime.fromisoformat(str(data["meeting_at"]))),
        "place": book.place(notice),
        "minutes": data["minutes"],
        "eurojust": data["eurojust"] is True,
        **book.relation(notice),
    }
    if "kind" in data:
        deed |= {"kind": data["kind"], "needed": data["needed"]}
    return deed


def _cancel(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.MEETING_CANCEL, "call": book.call(entry.data["meeting"])}


def _minutes(entry: JournalEntry, _: Group, book: Book) -> Body:
    said = Minutes.model_validate_json(book.document(entry.data["minutes"]))
    decisions = [
        {
            "text": one.text,
            "marking": _plain(one.marking),
            **({"action": _planned(one.action, book)} if one.action else {}),
        }
        for one in said.decisions
    ]
    return {
        "act": ActName.MEETING_MINUTES,
        "call": book.call(entry.data["meeting"]),
        "attended": [*said.attended],
        "text": said.text,
        "marking": _plain(said.marking),
        "decisions": decisions,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any model
    return value.model_dump(mode="json", exclude_unset=True)


def _planned(action: Action, book: Book) -> Body:
    if action.sealed:
        raise NoWayError(f"the targets of {action.id} are sealed under a key that only its owner has")
    said = action.model_dump(mode="json", exclude_defaults=True)
    kept = {name: said[name] for name in _ACTION if name in said}
    return kept | {"starts": book.offset(action.starts_at), "ends": book.offset(action.ends_at)}


_ACTION = (
    *("id", "title", "type", "owner", "country", "agency", "lead", "support", "targets"),
    *("legal_basis", "case", "after", "needs", "marking", "state"),
)


def _add(entry: JournalEntry, _: Group, book: Book) -> Body:
    actions = actions_in(book.document(entry.data["document"]))
    if len(actions) > 1:
        raise NoWayError("several actions came in one file, and an inject adds one")
    return {"act": ActName.PLAN_ADD, "action": _planned(actions[0], book)}


def _propose(entry: JournalEntry, _: Group, book: Book) -> Body:
    (action,) = actions_in(book.document(entry.data["document"]))
    return {
        "act": ActName.PLAN_PROPOSE,
        "proposed_by": entry.data["proposed_by"],
        "action": _planned(action, book),
    }


def _accept(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.PLAN_ACCEPT, "proposal": book.number(entry.data["proposal"])}


def _decline(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.PLAN_DECLINE, "proposal": book.number(entry.data["proposal"])}


def _move(entry: JournalEntry, _: Group, __: Book) -> Body:
    return {"act": ActName.PLAN_STATE, "action": entry.data["action"], "state": entry.data["to"]}


def _outcome(entry: JournalEntry, _: Group, book: Book) -> Body:
    alert = book.alerts.get(str(entry.data["alert"]))
    if alert is None or alert.first.incident != alert.second.incident:
        raise NoWayError("the alert that it decides is between two incidents")
    actions = [alert.first.action, alert.second.action]
    return {"act": ActName.PLAN_OUTCOME, "actions": actions, "outcome": entry.data["outcome"]}


def _agree(entry: JournalEntry, _: Group, __: Book) -> Body:
    return {"act": ActName.PLAN_AGREE, "country": entry.data["country"]}


def _plan_team(entry: JournalEntry, _: Group, book: Book) -> Body:
    starts, ends = (datetime.fromisoformat(str(entry.data[name])) for name in ("from", "until"))
    deed: Body = {"act": ActName.TEAM_PLAN, "ends": book.offset(ends), "pattern": entry.data["pattern"]}
    if starts > time_of_entry(entry):
        deed["starts"] = book.offset(starts)
    return deed


def _change_team(entry: JournalEntry, _: Group, book: Book) -> Body:
    deed: Body = {"act": ActName.TEAM_CHANGE}
    deed |= {name: entry.data[name] for name in ("change", "person", "other", "hours", "consent") if name in entry.data}
    for name, key in (("starts_at", "starts"), ("ends_at", "ends")):
        if name in entry.data:
            deed[key] = book.offset(datetime.fromisoformat(str(entry.data[name])))
    if entry.data["change"] == TeamChange.SWAP:
        for name in ("shift", "other_shift"):
            if name in entry.data:
                deed[name] = _within_shift(entry.data[name], book)
    return deed


def _within_shift(shift: object, book: Book) -> str:
    """A moment in a shift; its id says when it begins."""
    begins = datetime.strptime(f"{shift}+0000", "S-%Y%m%dT%H%MZ%z")
    return book.offset(begins + PRESENCE)


def _confirm_team(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.TEAM_CONFIRM, "shift": _within_shift(entry.data["shift"], book)}


def _open_room(entry: JournalEntry, group: Group, book: Book) -> Body:
    room = book.rooms.get(str(entry.data["room"]))
    if room is None or room.service is not None:
        raise NoWayError("it opened a room at a service, and in an exercise there is none")
    circle = {"circle": room.circle} if room.circle else {}
    invited = next((one for one in group if one.kind is JournalKind.COORDINATION_ROOM_INVITED), None)
    invite = {"invite": _guests(invited)} if invited else {}
    return {"act": ActName.ROOM_OPEN, "link": room.address, "level": room.level.value, **circle, **invite}


def _guests(entry: JournalEntry) -> list[str]:
    """Everybody who was to be invited, those too who could not be."""
    without = [str(one).partition(": ")[0] for one in _list(entry.data["without"])]
    return [*(str(one) for one in _list(entry.data["readers"])), *without]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _invite(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.ROOM_INVITE, "room": book.number(entry.data["room"]), "invite": _guests(entry)}


def _archive_room(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.ROOM_ARCHIVE, "room": book.number(entry.data["room"])}


def _request(entry: JournalEntry, _: Group, book: Book) -> Body:
    deed: Body = {"act": ActName.PRODUCT_REQUEST, "kind": entry.data["kind"]}
    deed |= {"requested_by": entry.data["requested_by"]}
    if entry.data.get("question"):
        asked = Question.model_validate_json(book.document(entry.data["question"]))
        deed |= {"question": asked.text, "marking": _plain(asked.marking)}
    return deed | {"due": book.offset(datetime.fromisoformat(str(entry.data["due_at"])))}


def _assign(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {
        "act": ActName.PRODUCT_ASSIGN,
        "product": book.number(entry.data["product"]),
        "assigned_to": entry.data["officer"],
        "due": book.offset(datetime.fromisoformat(str(entry.data["due_at"]))),
    }


def _withdraw(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {"act": ActName.PRODUCT_WITHDRAW, "product": book.number(entry.data["product"])}


def _consent(entry: JournalEntry, _: Group, book: Book) -> Body:
    data = entry.data
    deed: Body = {"act": ActName.CONSENT, "provider": data["provider"], "readers": data["readers"], "via": data["via"]}
    deed["given"] = entry.kind is JournalKind.DELIVERY_CONSENT_GIVEN
    return deed | ({"notice": book.kind(data["notice"])} if data.get("notice") else {})


def _override(entry: JournalEntry, _: Group, book: Book) -> Body:
    return {
        "act": ActName.OVERRIDE,
        "notice": book.kind(entry.data["notice"]),
        "readers": entry.data["readers"],
    }


def _close(entry: JournalEntry, _: Group, __: Book) -> Body:
    return {"act": ActName.CLOSE, "outcome": entry.data["choice"]}


_Maker = Callable[[JournalEntry, Group, Book], Body]

_MAKERS: dict[JournalKind, _Maker] = {
    JournalKind.TRIAGE_GRADE_PROPOSED: _grade,
    JournalKind.TRIAGE_GRADE_CHANGED: _grade,
    JournalKind.TRIAGE_FACTS_ASSESSED: _assess,
    JournalKind.TRIAGE_DECISION_PROPOSED: _decide,
    JournalKind.TRIAGE_DECISION_MADE: _decide,
    JournalKind.TRIAGE_DECISION_KEPT: _reconsider,
    JournalKind.PLAN_MEETING_CALLED: _meet,
    JournalKind.PLAN_MEETING_MOVED: _meet,
    JournalKind.PLAN_MEETING_CANCELLED: _cancel,
    JournalKind.PLAN_MEETING_HELD: _minutes,
    JournalKind.COORDINATION_READER_ADDED: _inform,
    JournalKind.PLAN_PROPOSAL_ACCEPTED: _accept,
    JournalKind.PLAN_PROPOSAL_DECLINED: _decline,
    JournalKind.PLAN_ACTION_PROPOSED: _propose,
    JournalKind.PLAN_ACTION_ADDED: _add,
    JournalKind.PLAN_ACTION_MOVED: _move,
    JournalKind.PLAN_ALERT_DECIDED: _outcome,
    JournalKind.PLAN_VERSION_AGREED: _agree,
    JournalKind.COORDINATION_ROTA_PLANNED: _plan_team,
    JournalKind.COORDINATION_ROTA_CHANGED: _change_team,
    JournalKind.COORDINATION_HANDOVER_CONFIRMED: _confirm_team,
    JournalKind.COORDINATION_ROOM_OPENED: _open_room,
    JournalKind.COORDINATION_ROOM_INVITED: _invite,
    JournalKind.COORDINATION_ROOM_ARCHIVED: _archive_room,
    JournalKind.INVESTIGATION_PRODUCT_REQUESTED: _request,
    JournalKind.INVESTIGATION_PRODUCT_ASSIGNED: _assign,
    JournalKind.INVESTIGATION_PRODUCT_DRAFTED: _product,
    JournalKind.INVESTIGATION_PACKAGE_BUILT: _package,
    JournalKind.INVESTIGATION_PRODUCT_WITHDRAWN: _withdraw,
    JournalKind.DELIVERY_CONSENT_GIVEN: _consent,
    JournalKind.DELIVERY_CONSENT_REFUSED: _consent,
    JournalKind.DELIVERY_OVERRIDE_PROPOSED: _override,
    JournalKind.DELIVERY_RESTRICTION_LIFTED: _override,
    JournalKind.CLOSURE_CONTAINMENT_PROPOSED: _close,
    JournalKind.CLOSURE_CONTAINMENT_APPROVED: _close,
    **{kind: _release for kind in JournalKind if kind.endswith(".release.proposed")},
    **{kind: _release for kind in JournalKind if kind.endswith(".notice.released")},
    **{kind: _drafted for kind in JournalKind if kind.endswith(".notice.drafted")},
}
"""By what tells of an act, the most telling entry first: a call to a meeting leaves a notice too."""
