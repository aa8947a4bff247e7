"""Entries of the journal in words: as a line beside others, and as the sentence that tells what came of an act."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.journal import JournalEntry, JournalKind
from records import journal

_PROPOSED = "proposed; a second person must confirm it"
_SENTENCES = {
    JournalKind.TRIAGE_DECISION_PROPOSED: "Decision {choice} " + _PROPOSED,
    JournalKind.TRIAGE_DECISION_MADE: "Decided: {choice}",
    JournalKind.TRIAGE_DECISION_KEPT: "The protocol goes on",
    JournalKind.TRIAGE_INCIDENT_CLASSIFIED: "Classified anew: level {level}, recommended: {recommendation}",
    JournalKind.TRIAGE_GRADE_PROPOSED: "Grade {proposed} of {report} proposed; the provider's {stands} stands",
    JournalKind.TRIAGE_GRADE_CHANGED: "The grade of {report} is now {proposed}",
    JournalKind.CLOSURE_CONTAINMENT_PROPOSED: "Closure ({choice}) " + _PROPOSED,
    JournalKind.CLOSURE_CONTAINMENT_APPROVED: "Closure approved ({choice}); the closure notice goes out",
    JournalKind.COORDINATION_READER_ADDED: "The launch notice goes to those who join",
    JournalKind.DELIVERY_CONSENT_GIVEN: "{provider} permits it",
    JournalKind.DELIVERY_CONSENT_REFUSED: "{provider} does not permit it",
    JournalKind.DELIVERY_OVERRIDE_PROPOSED: "Override of {notice} proposed; a second approver must confirm it",
    JournalKind.DELIVERY_RESTRICTION_LIFTED: "Restrictions lifted; the notice goes out now",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED: "{reader} has confirmed {notice}",
    JournalKind.PLAN_VERSION_AGREED: "{country} agrees to version {version}",
    JournalKind.PLAN_ACTION_ADDED: "The plan is now version {version}",
    JournalKind.PLAN_ACTION_PROPOSED: "{action} of {proposed_by} recorded as a proposal",
    JournalKind.PLAN_ACTION_MOVED: "{action} is now {state}",
    JournalKind.PLAN_MEETING_CANCELLED: "{meeting} is cancelled",
    JournalKind.PLAN_MEETING_HELD: "The minutes of {meeting} are kept",
    JournalKind.PLAN_KEY_MADE: "{key} is the key now",
    JournalKind.INVESTIGATION_EVIDENCE_ACQUIRED: "{item} is kept as evidence",
    JournalKind.INVESTIGATION_EVIDENCE_DERIVED: "{item} is kept as evidence",
    JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED: "What is known of {item} is recorded",
    JournalKind.INVESTIGATION_EVIDENCE_VERIFIED: "Every item was hashed again; each says below what was found",
    JournalKind.INVESTIGATION_EVIDENCE_STATUS_SET: "{item} may now be used as: {status}",
    JournalKind.INVESTIGATION_EVIDENCE_TRANSFERRED: "{item} was handed to {to}",
}


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "it"


async def said(c: AsyncConnection, reference: str, seq: str | None) -> str:
    """The sentence for the entry that an address names (`?done=SEQ`); empty where it names none."""
    if seq is None or not seq.isascii() or not seq.isdecimal() or len(seq) > 9:  # noqa: PLR2004 - an entry's number
        return ""
    found = await journal.entries(c, reference, after=int(seq) - 1, limit=1)
    return sentence(found[0]) if found and found[0].seq == int(seq) else ""


def sentence(entry: JournalEntry) -> str:
    """An entry in words: what, by whom, and its number."""
    what = f"{_words(entry)}. (journal entry {entry.seq}, {entry.actor}, {entry.at[11:16]} UTC)"
    return what[0].upper() + what[1:]


def _words(entry: JournalEntry) -> str:
    told = _Filled({name: str(value).replace("_", " ") for name, value in entry.data.items() if _short(value)})
    known = _SENTENCES.get(entry.kind)
    if known is not None:
        return known.format_map(told)
    _, subject, verb = entry.kind.value.split(".", 2)
    what = f"{subject} {verb}".replace("_", " ")
    if verb == "proposed":
        return f"{what}; a second person must confirm it"
    return what


def _short(value: object) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= 128  # noqa: PLR2004 - an id or a word, no text


class Told(NamedTuple):
    """An entry of the journal in words: what it says besides, in short."""

    entry: JournalEntry
    more: str


_SAYS = ("choice", "outcome", "level", "notice", "report", "reader", "action", "act", "reason", "why", "sentence")
"""What of an entry is told in its line, in this order."""


def told(entry: JournalEntry) -> Told:
    """An entry with what it says, in one short line."""
    said = [f"{name} {entry.data[name]}" for name in _SAYS if isinstance(entry.data.get(name), str | int)]
    return Told(entry, "; ".join(one for one in said if not one.endswith(" "))[:300])
