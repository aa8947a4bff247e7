"""A notice as a STIX 2.1 bundle: one report, an indicator for each visible observable, and every marking on each.

For early warnings and updates always, for every other kind where the reader may see an observable. A report names at
least one object; where there is no observable, it names the issuer.

Markings: TLP by the definitions that FIRST and OASIS published; the level, the PAP, the handling codes and to whom it
is releasable each as a statement, so that nothing is lost. Each object carries the marking of the portion that tells
it, the report that of the whole. A vulnerability is an object of its own. STIX has no object for a wallet: its pattern
uses the type that OpenCTI made for it. A number of an autonomous system that is none stands in the text alone.

Ids are version 5 over the notice and what the object says, so that two readers never hold two contents under one id;
the issuer and the markings, which say the same in every notice, have the same id and time in all of them.
"""

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from leerp import canonical
from leerp.marking import Marking, Tlp
from leerp.notices import Relation, VariantFile
from leerp.observables import Observable, ObservableKind
from notifications.forms import machine
from notifications.forms.mappings import confidence
from notifications.view import LONGEST_SUBJECT, View, fold

FILE = "notice.stix.json"
MEDIA_TYPE = "application/stix+json;version=2.1"

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_DEFINITIONS = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""The published ids of TLP 2.0 (field reference §3.4)."""

_SINCE = "2022-10-01T00:00:00.000Z"
"""When TLP 2.0 was defined; also the fixed time of the issuer and the statements, which are the same in all notices."""

_PATHS = {
    ObservableKind.IPV4: "ipv4-addr:value",
    ObservableKind.IPV6: "ipv6-addr:value",
    ObservableKind.DOMAIN: "domain-name:value",
    ObservableKind.URL: "url:value",
    ObservableKind.EMAIL: "email-addr:value",
    ObservableKind.MD5: "file:hashes.MD5",
    ObservableKind.SHA1: "file:hashes.'SHA-1'",
    ObservableKind.SHA256: "file:hashes.'SHA-256'",
    ObservableKind.SHA512: "file:hashes.'SHA-512'",
    ObservableKind.FILENAME: "file:name",
    ObservableKind.MUTEX: "mutex:name",
    ObservableKind.REGISTRY_KEY: "windows-registry-key:key",
    ObservableKind.WALLET: "cryptocurrency-wallet:value",
}
_AUTONOMOUS_SYSTEM = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")

Object = dict[str, JsonValue]


def make(view: View) -> VariantFile | None:
    """`notice.stix.json`, canonical JSON (RFC 8785); None if the notice has nothing for machines to act on."""
    if not machine.intelligence(view):
        return None
    issuer = _issuer(view)
    markings = _Markings(view)
    facts = sorted(_facts(view, issuer, markings), key=lambda one: str(one["id"]))
    report = _report(view, issuer, facts, markings)
    objects: list[JsonValue] = [issuer, *markings.definitions, report, *facts]
    bundle: Object = {
        "type": "bundle",
        "id": f"bundle--{machine.identity('stix-bundle', view.notice, report['id'])}",
        "objects": objects,
    }
    return VariantFile(name=FILE, media_type=MEDIA_TYPE, content=canonical.dumps(bundle))


def pattern_of(observable: Observable) -> str | None:
    """The pattern that an observable is (STIX 2.1 §9); None for what no pattern can say."""
    if observable.kind is ObservableKind.ASN:
        number = _AUTONOMOUS_SYSTEM.fullmatch(observable.value)
        return f"[autonomous-system:number = {int(number[1])}]" if number else None
    path = _PATHS.get(observable.kind)
    literal = observable.value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{literal}']" if path else None


class _Markings:
    """The marking definitions of a bundle, each defined once, and for each marking the list of their ids."""

    def __init__(self, view: View) -> None:
        self._defined: dict[str, Object] = {}
        self._refs: dict[Marking, list[JsonValue]] = {}
        self._issuer = _issuer(view)["id"]

    @property
    def definitions(self) -> list[JsonValue]:
        """Every definition that has been referred to, in the order of their ids."""
        return [self._defined[key] for key in sorted(self._defined)]

    def refs(self, marking: Marking) -> list[JsonValue]:
        """The ids of the definitions that say all of this marking."""
        if marking not in self._refs:
            defined = [_tlp(marking.tlp), *self._statements(marking)]
            self._defined.update({str(one["id"]): one for one in defined})
            self._refs[marking] = [one["id"] for one in defined]
        return self._refs[marking]

    def _statements(self, marking: Marking) -> Iterator[Object]:
        yield self._statement(marking.level.full)
        yield self._statement(marking.pap.value)
        yield from map(self._statement, machine.limits(marking))

    def _statement(self, text: str) -> Object:
        return {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": f"marking-definition--{machine.identity('stix-statement', self._issuer, text)}",
            "created": _SINCE,
            "created_by_ref": self._issuer,
            "name": fold(text, longest=LONGEST_SUBJECT),
            "definition_type": "statement",
            "definition": {"statement": text},
        }


def _tlp(tlp: Tlp) -> Object:
    label = tlp.value.removeprefix("TLP:").lower()
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_DEFINITIONS[tlp],
        "created": _SINCE,
        "name": tlp.value,
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label}},
    }


def _issuer(view: View) -> Object:
    name = fold(view.issuer)
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{machine.identity('stix-issuer', name)}",
        "created": _SINCE,
        "modified": _SINCE,
        "name": name,
        "identity_class": "organization",
    }


def _common(kind: str, view: View, issuer: Object, *, labels: Iterable[str]) -> Object:
    """What report, indicators and vulnerabilities have in common."""
    at = machine.seconds(view.issued_at) + f".{view.issued_at.microsecond // 1000:03}Z"
    found: list[JsonValue] = [*(("exercise",) if view.exercise else ()), *labels]
    common: Object = {
        "type": kind,
        "spec_version": "2.1",
        "created": at,
        "modified": at,
        "created_by_ref": issuer["id"],
    }
    return {**common, "labels": found} if found else common


def _identified(view: View, item: Object) -> Object:
    return {**item, "id": f"{item['type']}--{machine.identity('stix', view.notice, item)}"}


def _euci(marking: Marking) -> Iterator[str]:
    return (tag for tag in machine.marking_tags(marking) if tag.startswith("euci:"))


def _report(view: View, issuer: Object, facts: list[Object], markings: _Markings) -> Object:
    labels = [*_euci(view.marking), *map(machine.type_tag, machine.incident_types(view))]
    common = _common("report", view, issuer, labels=labels)
    report: Object = {
        **common,
        "name": view.subject,
        "description": machine.plain(view),
        "published": common["created"],
        "report_types": ["threat-report", *(("indicator",) if facts else ())],
        "object_refs": [one["id"] for one in facts] or [issuer["id"]],
        "object_marking_refs": markings.refs(view.marking),
        "external_references": _references(view),
    }
    return _identified(view, report)


def _references(view: View) -> list[JsonValue]:
    """The notice and its incident as leerp names them, and the earlier notice with what this one is to it."""
    references: list[JsonValue] = [
        {"source_name": "leerp-notice", "external_id": view.notice},
        {"source_name": "leerp-incident", "external_id": view.incident},
    ]
    if view.relation and view.earlier:
        references.append({"source_name": f"leerp-{view.relation.value}", "external_id": view.earlier})
    return references


def _facts(view: View, issuer: Object, markings: _Markings) -> Iterator[Object]:
    """The indicators and vulnerabilities, each with the marking and the grade of the portion that tells it."""
    commons: dict[tuple[str, Marking, object], Object] = {}
    for one in machine.told(view):
        own = _own(view, one.observable)
        if own is None:
            continue
        key = (str(own["type"]), one.marking, one.grade)
        if key not in commons:
            commons[key] = _frame(view, issuer, markings, one, kind=key[0])
        yield _identified(view, {**commons[key], **own})


def _frame(view: View, issuer: Object, markings: _Markings, one: machine.Told, *, kind: str) -> Object:
    """What all observables of one portion have in common. Revoked where the notice takes an earlier one back."""
    frame = _common(kind, view, issuer, labels=(*_euci(one.marking), *machine.grade_tags(one.grade)))
    frame["object_marking_refs"] = markings.refs(one.marking)
    if (value := confidence(one.grade)) is not None:
        frame["confidence"] = value
    if view.relation is Relation.RECALLS:
        frame["revoked"] = True
    return frame


def _own(view: View, observable: Observable) -> Object | None:
    """What an observable says for itself."""
    if observable.kind is ObservableKind.CVE:
        known = _CVE.fullmatch(observable.value)
        reference: JsonValue = [{"source_name": "cve", "external_id": observable.value}]
        return {
            "type": "vulnerability",
            "name": machine.named(view, observable.value, longest=LONGEST_SUBJECT),
            **({"external_references": reference} if known else {}),
        }
    pattern = pattern_of(observable)
    if pattern is None:
        return None
    name = machine.named(view, f"{observable.kind.value} {observable.value}", longest=LONGEST_SUBJECT)
    valid_from = machine.seconds(view.issued_at) + "Z"
    return {
        "type": "indicator",
        "name": name,
        "pattern": pattern,
        "pattern_type": "stix",
        "valid_from": valid_from,
    }
