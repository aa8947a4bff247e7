"""A notice as a MISP event: an attribute for each visible observable, the text as an event report, the marking as tags.

For early warnings and updates always, for every other kind where the reader may see an observable. The event stays in
the receiver's own organisation (distribution 0) and unpublished: passing it on is a person's act. An event that
replaces, corrects or recalls an earlier one extends it, so the id of an event follows from the notice alone.

No sensor is to act on an exercise, on what was taken back, or on what must not be used on the network (PAP:RED): there
`to_ids` is off. What no tag can carry of a marking (handling codes with their provider, to whom it is releasable)
stands in the comment of each attribute and in the event report.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple

from pydantic import JsonValue

from leerp import canonical
from leerp.marking import Marking, Pap
from leerp.notices import Relation, VariantFile
from leerp.observables import Observable, ObservableKind
from notifications.forms import machine
from notifications.forms.mappings import first, mappings
from notifications.view import View, fold

FILE = "notice.misp.json"

OWN_ORGANISATION_ONLY = "0"
INHERITED = "5"
"""Distribution levels: the narrowest, and that of the event."""


class _Typed(NamedTuple):
    """An attribute's type, its category, and whether a sensor may look for it (the defaults of MISP's own table)."""

    type: str
    category: str
    to_ids: bool = True


_TYPES = {
    ObservableKind.IPV4: _Typed("ip-dst", "Network activity"),
    ObservableKind.IPV6: _Typed("ip-dst", "Network activity"),
    ObservableKind.DOMAIN: _Typed("domain", "Network activity"),
    ObservableKind.URL: _Typed("url", "Network activity"),
    ObservableKind.EMAIL: _Typed("email", "Payload delivery"),
    ObservableKind.MD5: _Typed("md5", "Payload delivery"),
    ObservableKind.SHA1: _Typed("sha1", "Payload delivery"),
    ObservableKind.SHA256: _Typed("sha256", "Payload delivery"),
    ObservableKind.SHA512: _Typed("sha512", "Payload delivery"),
    ObservableKind.FILENAME: _Typed("filename", "Payload delivery"),
    ObservableKind.MUTEX: _Typed("mutex", "Artifacts dropped"),
    ObservableKind.REGISTRY_KEY: _Typed("regkey", "Persistence mechanism"),
    ObservableKind.CVE: _Typed("vulnerability", "External analysis", to_ids=False),
    ObservableKind.ASN: _Typed("AS", "Network activity", to_ids=False),
}
_WALLETS = (
    ("btc", re.compile(r"(?:bc1|tb1)[a-z0-9]{11,87}|[13][1-9A-HJ-NP-Za-km-z]{25,34}")),
    ("xmr", re.compile(r"[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?")),
    ("dash", re.compile(r"X[1-9A-HJ-NP-Za-km-z]{33}")),
)
"""The wallets that MISP has a type for, told by their shape; every other one is an `other` of financial fraud."""


def make(view: View) -> VariantFile | None:
    """`notice.misp.json`, canonical JSON (RFC 8785); None if the notice has nothing for machines to act on."""
    if not machine.intelligence(view):
        return None
    at = view.issued_at.astimezone(UTC)
    event: dict[str, JsonValue] = {
        "uuid": event_uuid(view.notice),
        "info": view.subject,
        "date": at.date().isoformat(),
        "timestamp": str(int(at.timestamp())),
        "published": False,
        "threat_level_id": first(mappings().misp.threat_level_id, view, otherwise="4"),
        "analysis": first(mappings().misp.analysis, view, otherwise="0"),
        "distribution": OWN_ORGANISATION_ONLY,
        "Orgc": {"name": fold(view.issuer), "uuid": str(machine.identity("misp-organisation", fold(view.issuer)))},
        "Tag": _tags(_event_tags(view)),
        "Attribute": _attributes(view),
        "EventReport": [_event_report(view)],
    }
    if view.earlier:
        event["extends_uuid"] = event_uuid(view.earlier)
    return VariantFile(name=FILE, media_type="application/json", content=canonical.dumps({"Event": event}))


def event_uuid(notice: str) -> str:
    """The id of the event of a notice: a later notice names it, whatever its reader saw of the earlier one."""
    return str(machine.identity("misp-event", notice))


def _event_tags(view: View) -> Iterator[str]:
    if view.exercise:
        yield "exercise"
    if view.relation:
        yield f'leerp:relation="{view.relation.value}"'
    yield from _marking_tags(view.marking)
    yield from map(machine.type_tag, machine.incident_types(view))


def _marking_tags(marking: Marking) -> Iterator[str]:
    yield from machine.marking_tags(marking)
    yield from (f'leerp:handling="{code}"' for code in sorted({one.code for one in marking.handling}))
    if marking.releasable_to:
        yield 'leerp:releasability="limited"'


def _tags(names: Iterator[str]) -> list[JsonValue]:
    return [{"name": name} for name in dict.fromkeys(names)]


def _attributes(view: View) -> list[JsonValue]:
    """In the order of type and value, which tells nothing of the order in which they were reported."""
    frames: dict[tuple[Marking, object], dict[str, JsonValue]] = {}
    made = []
    for one in machine.told(view):
        key = (one.marking, one.grade)
        if key not in frames:
            frames[key] = _frame(view, one)
        made.append(_attribute(view, one, frames[key]))
    return [*sorted(made, key=lambda item: (str(item["type"]), str(item["value"]), str(item["uuid"])))]


def _frame(view: View, one: machine.Told) -> dict[str, JsonValue]:
    """What all attributes of one portion have in common."""
    graded = (machine.word("graded", grade=one.grade),) if one.grade else ()
    exercise = ("exercise",) if view.exercise else ()
    return {
        "comment": " | ".join((fold(one.marking.banner), *graded, *machine.limits(one.marking))),
        "distribution": INHERITED,
        "disable_correlation": view.exercise,
        "Tag": _tags(iter((*exercise, *_marking_tags(one.marking), *machine.grade_tags(one.grade)))),
        "timestamp": str(int(view.issued_at.timestamp())),
    }


def _attribute(view: View, one: machine.Told, frame: dict[str, JsonValue]) -> dict[str, JsonValue]:
    typed = typed_as(one.observable)
    quiet = view.exercise or view.relation is Relation.RECALLS or one.marking.pap is Pap.RED
    own: dict[str, JsonValue] = {"type": typed.type, "value": one.observable.value}
    return {
        **frame,
        **own,
        "uuid": str(machine.identity("misp-attribute", view.notice, own, frame["Tag"], frame["comment"])),
        "category": typed.category,
        "to_ids": typed.to_ids and not quiet,
    }


def typed_as(observable: Observable) -> _Typed:
    """The type and category of an observable."""
    if observable.kind is not ObservableKind.WALLET:
        return _TYPES[observable.kind]
    named = next((name for name, shape in _WALLETS if shape.fullmatch(observable.value)), None)
    return _Typed(named, "Financial fraud") if named else _Typed("other", "Financial fraud", to_ids=False)


def _event_report(view: View) -> dict[str, JsonValue]:
    """The whole text. MISP reads reports as Markdown: here it is one block of code, in which nothing is read."""
    text = machine.plain(view)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return {
        "uuid": str(machine.identity("misp-report", view.notice, text)),
        "name": view.subject,
        "content": f"{fence}\n{text}\n{fence}",
        "distribution": INHERITED,
        "timestamp": str(int(view.issued_at.timestamp())),
        "deleted": False,
    }
