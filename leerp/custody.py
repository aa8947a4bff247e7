"""Chains of custody, told from a journal alone: the same in the centre's records and in an exported bag."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from leerp.evidence import CustodyAction, CustodyRecord, EvidenceItem, EvidenceStatus, Origin, Stamp
from leerp.journal import JournalEntry, JournalKind


class Happening(NamedTuple):
    """What custody is told from: an entry of a journal, or of an extract, where `seq` is None."""

    seq: int | None
    at: str
    actor: str
    kind: JournalKind
    data: Mapping[str, JsonValue]


def happening(entry: JournalEntry) -> Happening:
    """An entry of the journal."""
    return Happening(entry.seq, entry.at, entry.actor, entry.kind, entry.data)


def evidence_id(*parts: str) -> str:
    """The id of an item: `E-` and 20 hex digits of the SHA-256 over its parts, joined by NUL.

    Of a report or a contribution: its id and the SHA-256 of the bytes, for one that was discarded may come again with
    others. Of an added file: incident, source and SHA-256, so that the same bytes of the same source are one item.
    """
    return "E-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


_ACTIONS = {
    JournalKind.INVESTIGATION_EVIDENCE_ACQUIRED: CustodyAction.ACQUIRED,
    JournalKind.INVESTIGATION_EVIDENCE_DERIVED: CustodyAction.DERIVED,
    JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED: CustodyAction.DESCRIBED,
    JournalKind.INVESTIGATION_EVIDENCE_ACCESSED: CustodyAction.ACCESSED,
    JournalKind.INVESTIGATION_EVIDENCE_EXPORTED: CustodyAction.EXPORTED,
    JournalKind.INVESTIGATION_EVIDENCE_TRANSFERRED: CustodyAction.TRANSFERRED,
    JournalKind.INVESTIGATION_EVIDENCE_VERIFIED: CustodyAction.VERIFIED,
    JournalKind.INVESTIGATION_EVIDENCE_STATUS_SET: CustodyAction.STATUS_SET,
}
_INTAKE = {
    JournalKind.DETECTION_REPORT_RECEIVED: (Origin.REPORT, "report", "source"),
    JournalKind.DETECTION_REPORT_MOVED: (Origin.REPORT, "report", "source"),
    JournalKind.INVESTIGATION_CONTRIBUTION_PENDING: (Origin.CONTRIBUTION, "contribution", "contributor"),
    JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED: (Origin.CONTRIBUTION, "contribution", "contributor"),
}
"""Whose bytes come in with an entry. A contribution that waited for a person came in when it began to wait; a report
that was moved has its way before in the journal of the incident that it left, whose entry names no bytes.
"""
KINDS = frozenset({*_ACTIONS, *_INTAKE, JournalKind.INVESTIGATION_EVIDENCE_TIMESTAMPED})
"""Every kind of entry that custody is told from."""

_COMING_IN = (CustodyAction.ACQUIRED, CustodyAction.DERIVED)
_DETAILS = ("from", "description", "status", "before", "export", "for", "to", "via")
"""What of an entry's data stands in a custody record, where the entry has it."""


def gather(happenings: Iterable[Happening]) -> tuple[EvidenceItem, ...]:
    """Every item with its custody, in the order in which they came in."""
    items: dict[str, EvidenceItem] = {}
    for one in happenings:
        arrived = _arrived(one)
        if arrived is not None:
            items.setdefault(arrived.id, arrived)
            continue
        action = _ACTIONS.get(one.kind)
        for identifier in items_of(one.data) if action else ():
            if action is not None and identifier in items:
                items[identifier] = _after(items[identifier], one, action)
    return tuple(items.values())


def items_of(data: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The items that an entry of evidence speaks of."""
    return _texts(data.get("items")) or ((str(data["item"]),) if "item" in data else ())


def of_items(happenings: Iterable[Happening], chosen: Collection[str], *, export: str) -> list[Happening]:
    """What concerns these items and nothing else, without numbers: what a reader gets who may not see the journal.

    An entry that speaks of several items speaks afterwards of the chosen ones, and nothing in it tells whether there
    were others: the marking of another bag would, so that of this `export` alone stays.
    """
    found = []
    for one in happenings:
        about = [identifier for identifier in _about(one) if identifier in chosen]
        if about:
            found.append(one._replace(seq=None, data=_narrowed(one.data, about, export=export)))
    return found


def _about(one: Happening) -> tuple[str, ...]:
    arrived = _arrived(one)
    if arrived is not None:
        return (arrived.id,)
    return items_of(one.data) if one.kind in _ACTIONS else ()


def _narrowed(data: Mapping[str, JsonValue], about: list[str], *, export: str) -> dict[str, JsonValue]:
    narrowed = dict(data)
    for name in ("items", "changed"):
        if name in narrowed:
            narrowed[name] = [one for one in _texts(narrowed[name]) if one in about]
    if narrowed.get("export") != export:
        narrowed.pop("bag_marking", None)
    return narrowed


def stamps(happenings: Iterable[Happening]) -> tuple[Stamp, ...]:
    """The timestamps over the journal, oldest first."""
    kind = JournalKind.INVESTIGATION_EVIDENCE_TIMESTAMPED
    return tuple(Stamp.model_validate(one.data) for one in happenings if one.kind is kind)


def _arrived(one: Happening) -> EvidenceItem | None:
    """The item that an entry brings in; None if it brings none."""
    if one.kind in _INTAKE and "raw_sha256" in one.data:
        origin, of, source = _INTAKE[one.kind]
        return _item(one, origin, of=str(one.data[of]), source=str(one.data[source]), sha256="raw_sha256")
    if _ACTIONS.get(one.kind) in _COMING_IN:
        return _item(one, Origin.FILE, of=None, source=str(one.data["source"]), sha256="sha256")
    return None


def _item(one: Happening, origin: Origin, *, of: str | None, source: str, sha256: str) -> EvidenceItem:
    data = one.data
    action = _ACTIONS.get(one.kind, CustodyAction.ACQUIRED)
    size = data.get("bytes")
    return EvidenceItem(
        id=evidence_id(of, str(data[sha256])) if of else str(data["item"]),
        origin=origin,
        of=of,
        source=source,
        sha256=str(data[sha256]),
        size_bytes=size if isinstance(size, int) else None,
        marking=str(data["marking"]),
        acquired_seq=one.seq,
        acquired_at=one.at,
        record=_text(data.get("record")),
        derived_from=_texts(data.get("from")),
        descriptions=(),
        basis_text=_text(data.get("legal_basis")),
        status=EvidenceStatus.INTELLIGENCE_ONLY,
        intact=None,
        custody=(_record(one, action, of={"of": of or "", "sha256": str(data[sha256])}),),
    )


def _after(item: EvidenceItem, one: Happening, action: CustodyAction) -> EvidenceItem:
    """The item after something happened to it."""
    changes: dict[str, object] = {"custody": (*item.custody, _record(one, action, of=_found(item, one, action)))}
    if action is CustodyAction.DESCRIBED:
        changes["descriptions"] = (*item.descriptions, str(one.data["description"]))
    elif action is CustodyAction.STATUS_SET:
        changes["status"] = EvidenceStatus(str(one.data["status"]))
    elif action is CustodyAction.VERIFIED:
        changes["intact"] = item.id not in _texts(one.data.get("changed"))
    return item.model_copy(update=changes)


def _found(item: EvidenceItem, one: Happening, action: CustodyAction) -> dict[str, str]:
    """What a look at the stored bytes found of this item."""
    if action is not CustodyAction.VERIFIED:
        return {}
    return {"found": "changed" if item.id in _texts(one.data.get("changed")) else "intact"}


def _record(one: Happening, action: CustodyAction, *, of: Mapping[str, str]) -> CustodyRecord:
    told = {name: _said(one.data[name]) for name in _DETAILS if name in one.data}
    return CustodyRecord(
        seq=one.seq,
        at=one.at,
        actor=one.actor,
        action=action,
        reason=_text(one.data.get("reason"))
        or (f"came in as a {_INTAKE[one.kind][0].value}" if one.kind in _INTAKE else ""),
        tool=_text(one.data.get("tool")),
        detail={name: text for name, text in {**told, **of}.items() if text},
    )


def _said(value: JsonValue) -> str:
    return " ".join(_texts(value)) if isinstance(value, list) else _text(value) or ""


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
