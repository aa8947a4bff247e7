"""STIX 2.1, as a bundle or as a bare list of objects: what is in it for a report."""

from collections import Counter
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from leerp.errors import BadInputError
from leerp.facts import Facts, Recoverability
from leerp.formats import taxonomies
from leerp.formats.drafts import Draft, content_id
from leerp.formats.findings import Findings, Notes
from leerp.formats.stix_bundles import (
    Bundle,
    CyberObservable,
    Indicator,
    MarkingDefinition,
    Named,
    Narrated,
    ObservedData,
    StixObject,
    Vulnerability,
    bundle_of,
    check_references,
    granular_labels_of,
    labels_of,
    object_of,
)
from leerp.formats.stix_patterns import find_in_pattern, hash_kind
from leerp.formats.texts import line, prose, shown
from leerp.marking import Marking, join_all
from leerp.model import Identifier
from leerp.observables import ObservableKind

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)

_VALUES = {
    "ipv4-addr": ObservableKind.IPV4,
    "ipv6-addr": ObservableKind.IPV6,
    "domain-name": ObservableKind.DOMAIN,
    "url": ObservableKind.URL,
    "email-addr": ObservableKind.EMAIL,
}
MAX_PATTERN_CHARACTERS = 2_000_000
"""The most characters in all the patterns of a file together."""

_TITLE_ORDER = ("report", "incident", "grouping", "note")


def read_stix(value: object, *, name: str, received_at: datetime) -> Draft:
    """The draft of one STIX file.

    `value`: JSON: a bundle, a list of objects, or one object. `received_at` stands in for a report time that the file
    does not have. Raises BadInputError for what is no STIX, contradicts itself, or refers to what is not there.
    """
    bundle = bundle_of(value, name=name)
    findings = Findings(name=name)
    notes = findings.notes
    check_references(bundle, name=name, notes=notes)
    standing = _without_revoked(bundle, notes)
    if sum(len(one.pattern) for one in _of(standing, Indicator)) > MAX_PATTERN_CHARACTERS:
        raise BadInputError(f"{name}: more than {MAX_PATTERN_CHARACTERS:,} characters of patterns; split the bundle")
    marking = _marking(standing, name, notes)
    tags = _tags_of_narrated(standing)
    for item in standing.objects:
        _find(item, findings, where=f"{name}, {shown(item.id, limit=100)}")
    _count_unread(standing, value, notes)
    title, narrative = _texts(standing)
    return Draft(
        organisation=_organisation(standing),
        id=_id(bundle, value),
        reported_at=_reported_at(standing, received_at, notes),
        observed_at=_observed_at(standing),
        title=title,
        narrative=narrative,
        marking=marking,
        grade=taxonomies.grade_of(tags, where=name, notes=notes),
        facts=_facts(standing, tags, name, notes),
        observables=findings.observables,
        notes=notes.lines,
    )


def _of(bundle: Bundle, model: type[Any]) -> list[Any]:
    return [one for one in bundle.objects if isinstance(one, model)]


def _id(bundle: Bundle, value: object) -> str:
    """The id of the bundle, else of its only report, else one made of the content."""
    reports = [one.id for one in bundle.objects if one.type == "report"]
    for candidate in (bundle.id, *(reports if len(reports) == 1 else ())):
        try:
            return _IDENTIFIER.validate_python(candidate)
        except ValidationError:
            continue
    return content_id("stix", value)


def _definitions(bundle: Bundle) -> dict[str, MarkingDefinition]:
    return {one.id: one for one in _of(bundle, MarkingDefinition)}


def _marking(bundle: Bundle, name: str, notes: Notes) -> Marking:
    """The join over all objects and parts of objects: a report is as high as its highest part."""
    definitions = _definitions(bundle)
    found: dict[tuple[str, ...], Marking | None] = {}
    for item in bundle.objects:
        label_sets = [tuple(labels_of(item, definitions)), *((one,) for one in granular_labels_of(item, definitions))]
        for labels in label_sets:
            if labels and labels not in found:
                where = f"{name}, {shown(item.id, limit=100)}"
                found[labels] = taxonomies.marking_of(taxonomies.parse(labels), where=where, notes=notes)
                _count_other_markings(labels, notes)
    markings = [one for one in found.values() if one]
    if not any(tag.namespace == "tlp" for labels in found for tag in taxonomies.parse(labels)):
        notes.say("no TLP label on any object: set the marking before anything is released")
    return join_all([Marking(), *markings])


def _count_other_markings(labels: tuple[str, ...], notes: Notes) -> None:
    for label in labels:
        if not label:
            notes.say("a marking is neither TLP, PAP nor a statement: a person must read it and set the marking")
        elif ":" not in label:
            notes.say("a marking is a statement in words: a person must read it and set the marking")
    tags = taxonomies.parse(label for label in labels if ":" in label)
    taxonomies.count_unread(tags, notes=notes)


def _without_revoked(bundle: Bundle, notes: Notes) -> Bundle:
    """The bundle without what its source took back; a marking stays, for nothing may be marked lower by that."""
    standing = tuple(one for one in bundle.objects if not one.revoked or isinstance(one, MarkingDefinition))
    if len(standing) < len(bundle.objects):
        notes.count("object", "revoked by the source; left out", times=len(bundle.objects) - len(standing))
    return bundle._replace(objects=standing)


def _tags_of_narrated(bundle: Bundle) -> tuple[taxonomies.Tag, ...]:
    definitions = _definitions(bundle)
    return taxonomies.parse(label for one in _of(bundle, Narrated) for label in labels_of(one, definitions))


def _facts(bundle: Bundle, tags: tuple[taxonomies.Tag, ...], name: str, notes: Notes) -> Facts:
    """The facts of the tags, and the hardest recoverability that an incident's core extension names."""
    extensions = [one for item in _of(bundle, Narrated) for one in item.extensions.values() if isinstance(one, dict)]
    named = [one.get("recoverability") for one in extensions]
    hardest = [value for value in Recoverability if value in named][-1:]
    facts = taxonomies.facts_of(tags, where=name, notes=notes)
    return facts.model_copy(update={"recoverability": hardest[0]}) if hardest else facts


def _find(item: StixObject, findings: Findings, *, where: str) -> None:
    if isinstance(item, Indicator):
        if item.pattern_type.lower() == "stix":
            find_in_pattern(item.pattern, findings)
        else:
            findings.notes.count(f"indicator pattern of type {item.pattern_type}", "not read")
    elif isinstance(item, CyberObservable):
        _find_observable(item, findings)
    elif isinstance(item, Vulnerability):
        _find_vulnerability(item, findings)
    elif isinstance(item, ObservedData):
        for raw in item.objects.values():
            embedded = object_of({"id": "embedded", **raw}, where=f"{where}, an object inside")
            if not isinstance(embedded, ObservedData):  # one level: observed data holds no observed data
                _find(embedded, findings, where=where)


def _find_observable(item: CyberObservable, findings: Findings) -> None:
    number = None if item.number is None else str(item.number)
    named = {
        _VALUES.get(item.type): item.value,
        ObservableKind.ASN: number if item.type == "autonomous-system" else None,
        ObservableKind.FILENAME: item.name if item.type == "file" else None,
        ObservableKind.MUTEX: item.name if item.type == "mutex" else None,
        ObservableKind.REGISTRY_KEY: item.key if item.type == "windows-registry-key" else None,
    }
    for kind, value in named.items():
        if kind and value is not None:
            findings.add(kind, value, written_as=item.type)
    for algorithm, digest in item.hashes.items():
        kind = hash_kind(algorithm)
        if kind:
            findings.add(kind, digest, written_as=f"{item.type} hash {algorithm}")
        else:
            findings.notes.count(f"{item.type} hash {algorithm}", "not mapped")


def _find_vulnerability(item: Vulnerability, findings: Findings) -> None:
    names = [item.name, *(one.external_id or "" for one in item.external_references)]
    cves = [name for name in names if name.upper().startswith("CVE-")]
    for cve in cves:
        findings.add(ObservableKind.CVE, cve, written_as="vulnerability")
    if not cves:
        findings.notes.count("vulnerability", "has no CVE id")


_READ = (CyberObservable, Indicator, Narrated, Vulnerability, ObservedData, MarkingDefinition)


def _count_unread(bundle: Bundle, value: object, notes: Notes) -> None:
    creators = {one.created_by_ref for one in bundle.objects}
    for item in bundle.objects:
        if not isinstance(item, _READ) and item.type != "extension-definition" and item.id not in creators:
            notes.count(item.type, "type of object not read")
        tags = () if isinstance(item, Narrated) else taxonomies.parse(item.labels)
        if unread := sum(tag.namespace in taxonomies.FACTUAL for tag in tags):
            notes.count(f"tag of {item.type}", "of such objects only markings are read", times=unread)
        if item.confidence is not None:
            notes.count("confidence", "not taken over: it is no grade of the source")
    if isinstance(value, dict) and value.get("spec_version") == "2.0":
        notes.say("the bundle says it is STIX 2.0; it was read as 2.1")


def _texts(bundle: Bundle) -> tuple[str, str]:
    """The title: the name of the first report, else incident, else grouping, else note; and what they all say."""
    narrated = sorted(_of(bundle, Narrated), key=lambda one: _TITLE_ORDER.index(one.type))
    titles = [title for one in narrated if (title := line(one.name or one.abstract or one.content, otherwise=""))]
    otherwise = f"STIX 2.1 file with {len(bundle.objects)} objects"
    parts = [part for one in narrated for part in (one.name, one.abstract, one.description, one.content)]
    told = dict.fromkeys(text for part in parts if (text := prose(part)))
    title = titles[0] if titles else otherwise
    return title, "\n\n".join(text for text in told if text != title)


def _organisation(bundle: Bundle) -> str | None:
    """The name of who created the first report (or incident, …), else of the one creator of everything."""
    names = {one.id: one.name.strip() for one in _of(bundle, Named)}
    creators = Counter(one.created_by_ref for one in bundle.objects if one.created_by_ref)
    first = next((one.created_by_ref for one in _of(bundle, Narrated) if one.created_by_ref), None)
    only = next(iter(creators)) if len(creators) == 1 else None
    return names.get(first or only or "") or None


def _reported_at(bundle: Bundle, received_at: datetime, notes: Notes) -> datetime:
    """When the reports were published, else when the last object was changed."""
    published = [one.published for one in _of(bundle, Narrated) if one.published]
    told = [one for one in bundle.objects if not isinstance(one, Named | MarkingDefinition)]
    changed = [at for one in told if (at := one.modified or one.created)]
    if published or changed:
        return max(published or changed)
    notes.say("no object has a time: the file counts as reported when it was received")
    return received_at


def _observed_at(bundle: Bundle) -> datetime | None:
    return min((one.first_observed for one in _of(bundle, ObservedData) if one.first_observed), default=None)
