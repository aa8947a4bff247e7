"""From what came from outside, or what a person did, to the inject that brings it again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exercises.offsets import write_offset
from exercises.recorded_acts import deed_of
from exercises.recorded_book import Body, Book, NoWayError
from leerp.command_posts import Pinned
from leerp.journal import JournalEntry, JournalKind
from records.contributions import StoredContribution
from records.reports import StoredReport


@dataclass(frozen=True)
class Happening:
    """One thing that came from outside, or that a person did: its entries, the most telling one first."""

    at: datetime
    incident: str
    entries: Sequence[JournalEntry]
    act: bool = False

    @property
    def first(self) -> JournalEntry:
        """The entry that tells most."""
        return self.entries[0]


@dataclass(frozen=True)
class Stored:
    """What is stored of one incident. `keys`: the key of each journal entry, which tells what belongs to one act."""

    reference: str
    entries: Sequence[JournalEntry]
    keys: Mapping[int, str]
    reports: Mapping[str, StoredReport]
    contributions: Mapping[str, StoredContribution]
    book: Book


_WHY_NOT = {
    JournalKind.DESK_ACT_REFUSED: "it was refused, and what exactly was asked for is not kept",
    JournalKind.INVESTIGATION_CONTRIBUTION_PENDING: "it waited for a person; it is played when that person took it in",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED: "nothing proved who said it, and it did not count",
}


def inject_of(happening: Happening, kept: Stored, *, several: Mapping[str, int]) -> Body:
    """The body of an inject. `several`: the first report of each incident, where there is more than one incident.

    Raises NoWayError for what cannot be played again.
    """
    entry = happening.first
    if happening.act:
        does, reason = deed_of(happening.entries, kept.book)
        body = _act(entry, does, reason=reason)
    else:
        make = _MAKERS.get(entry.kind)
        if make is None:
            why = _WHY_NOT.get(entry.kind, f"there is no inject that does what {entry.kind.value} tells of")
            raise NoWayError(why)
        body = make(entry, kept)
    if body["kind"] != "report" and happening.incident in several:
        body["incident"] = several[happening.incident]
    return body


def _acknowledgement(entry: JournalEntry, kept: Stored) -> Body:
    how = str(entry.data.get("how") or entry.data.get("via"))
    told = {"from": [entry.data["reader"]], "notice": kept.book.kind(entry.data["notice"])}
    return {"kind": "acknowledge", "description": _words(entry), "how": how, **told}


def _pin(entry: JournalEntry, kept: Stored) -> Body:
    said = Pinned.model_validate_json(kept.book.document(entry.data["document"]))
    marking = said.marking.model_dump(mode="json", exclude_unset=True)
    words = {"text": said.text, "decided_by": said.decided_by, "marking": marking}
    return _act(entry, {"act": "room_pin", "room": kept.book.number(entry.data["room"]), **words})


def _hit(entry: JournalEntry, _: Stored) -> Body:
    said = {name: entry.data[name] for name in ("owner", "other", "via")}
    given = entry.kind is JournalKind.INVESTIGATION_HIT_PERMITTED
    return _act(entry, {"act": "hit", **said, "given": given}, reason=str(entry.data.get("reason", "")))


def _words(entry: JournalEntry) -> str:
    return f"As entry {entry.seq} of {entry.incident} has it."


def _act(entry: JournalEntry, does: Body, *, reason: str = "") -> Body:
    return {"kind": "act", "from": entry.actor, "description": _words(entry), "does": does, "reason": reason}


def _answer(entry: JournalEntry, kept: Stored) -> Body:
    said = {name: entry.data[name] for name in ("reader", "answer", "via")}
    return _act(entry, {"act": "meeting_answer", "call": kept.book.call(entry.data["meeting"]), **said})


def _report(entry: JournalEntry, kept: Stored) -> Body:
    stored = kept.reports[str(entry.data["report"])]
    report = stored.report
    says: dict[str, Any] = {"id": report.id, **_said(report, ("reported_at", "source", "id", "observed_at", "notes"))}
    if report.observed_at is not None:
        says["observed"] = write_offset(min(report.observed_at, stored.received_at) - kept.book.start)
    return {"kind": "report", "from": report.source, "description": _words(entry), "says": says}


def _duplicate(entry: JournalEntry, kept: Stored) -> Body:
    """A report that came again: the same words, for they were the same or had the same id."""
    body = _report(entry, kept)
    if entry.data["repeats_as"] != entry.data["report"]:
        body["from"] = entry.data["source"]
        del body["says"]["id"]
    return body


def _contribution(entry: JournalEntry, kept: Stored) -> Body:
    given = kept.contributions[str(entry.data["contribution"])].contribution
    if given.file is not None:
        raise NoWayError("it was a file that was kept for its own sake")
    left = ("contributor", "contributed_at", "provenance", "details", "file")
    says = _said(given, left)
    return {"kind": "contribution", "from": given.contributor, "description": _words(entry), "says": says}


def _said(item: Any, but: Iterable[str]) -> Body:  # noqa: ANN401 - a report or a contribution
    said: Body = item.model_dump(mode="json", exclude=set(but), exclude_defaults=True)
    return said


_Maker = Callable[[JournalEntry, Stored], Body]

_MAKERS: dict[JournalKind, _Maker] = {
    JournalKind.DETECTION_REPORT_RECEIVED: _report,
    JournalKind.DETECTION_REPORT_DUPLICATED: _duplicate,
    JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED: _contribution,
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED: _acknowledgement,
    JournalKind.PLAN_MEETING_ANSWERED: _answer,
    JournalKind.COORDINATION_ROOM_PINNED: _pin,
    JournalKind.INVESTIGATION_HIT_PERMITTED: _hit,
    JournalKind.INVESTIGATION_HIT_REFUSED: _hit,
}
