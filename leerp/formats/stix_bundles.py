"""STIX 2.1 bundles: their objects as models, what refers to what, and the markings that stand on each.

Only the properties that are read are checked, and only of the types that are read: STIX lets every producer add
properties and types of its own, so unknown ones are let pass.
Sources: STIX 2.1 §3 (common properties), §7.2 (data markings), FIRST TLP 2.0 (field reference §3.4).
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from leerp.errors import BadInputError
from leerp.formats.findings import Notes
from leerp.formats.strict import model_of
from leerp.formats.texts import shown
from leerp.model import Instant

PREDEFINED = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "tlp:white",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "tlp:green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "tlp:amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "tlp:red",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "tlp:clear",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "tlp:green",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "tlp:amber",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "tlp:amber+strict",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "tlp:red",
}
"""The marking definitions of TLP 1 (STIX 2.1 §7.2.1.4) and TLP 2.0, as tags; a file need not bring them along."""

_DOMAIN_AND_RELATIONSHIP_TYPES = frozenset(
    """
    attack-pattern campaign course-of-action grouping identity incident indicator infrastructure intrusion-set
    language-content location malware malware-analysis marking-definition note observed-data opinion relationship
    report sighting threat-actor tool vulnerability
    """.split()
)
"""The objects of STIX 2.1 §4, §5 and §7 without extension definitions; §6 has the cyber-observable ones."""


def _listed(value: object) -> object:
    return () if value is None else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _GranularMarking(_Part):
    marking_ref: str | None = None


class StixObject(_Part):
    """What every object may have. `type` and `id` it must have."""

    type: str
    id: str
    created: Instant | None = None
    modified: Instant | None = None
    created_by_ref: str | None = None
    object_marking_refs: Strings = ()
    granular_markings: Annotated[tuple[_GranularMarking, ...], BeforeValidator(_listed)] = ()
    labels: Strings = ()
    revoked: bool = False
    confidence: int | None = None


class Narrated(StixObject):
    """A report, an incident, a grouping or a note: what people wrote."""

    name: str = ""
    description: str = ""
    abstract: str = ""
    content: str = ""
    published: Instant | None = None
    extensions: dict[str, Any] = {}


class Named(StixObject):
    """An object of which only the name is read."""

    name: str = ""


class Indicator(StixObject):
    """A pattern; `pattern_type` is `stix` unless it says otherwise."""

    name: str = ""
    pattern: str = ""
    pattern_type: str = "stix"


class CyberObservable(StixObject):
    """The properties in which the kinds of observables lie."""

    value: str | None = None
    name: str | None = None
    key: str | None = None
    number: int | None = None
    hashes: dict[str, str] = {}


class _ExternalReference(_Part):
    external_id: str | None = None


class Vulnerability(StixObject):
    """A vulnerability, named by a CVE id or referring to one."""

    name: str = ""
    external_references: Annotated[tuple[_ExternalReference, ...], BeforeValidator(_listed)] = ()


class ObservedData(StixObject):
    """An observation; `objects` is the old way of carrying the observables inside, keyed by number."""

    first_observed: Instant | None = None
    objects: dict[str, dict[str, Any]] = {}


class MarkingDefinition(StixObject):
    """The definition of a marking: TLP of either version, a statement, or something else."""

    name: str = ""
    definition_type: str = ""
    definition: dict[str, Any] = {}
    extensions: dict[str, Any] = {}

    @property
    def label(self) -> str:
        """The definition as a tag such as `tlp:amber`; a statement as it stands; empty when it is something else."""
        if self.id in PREDEFINED:
            return PREDEFINED[self.id]
        extended = [one.get("tlp_2_0") for one in self.extensions.values() if isinstance(one, dict)]
        tlp = next((one for one in extended if isinstance(one, str)), self.definition.get("tlp"))
        if isinstance(tlp, str) or self.definition_type == "tlp":
            return f"tlp:{tlp}"  # a TLP marking without a label is read as the tightest
        if self.name.lower().startswith(("tlp:", "pap:")):
            return self.name
        statement = self.definition.get("statement")
        return statement if isinstance(statement, str) else ""


_MODELS: dict[str, type[StixObject]] = {
    **dict.fromkeys("ipv4-addr ipv6-addr domain-name url email-addr autonomous-system".split(), CyberObservable),
    **dict.fromkeys("file artifact mutex windows-registry-key".split(), CyberObservable),
    **dict.fromkeys(("report", "incident", "grouping", "note"), Narrated),
    "identity": Named,
    "indicator": Indicator,
    "vulnerability": Vulnerability,
    "observed-data": ObservedData,
    "marking-definition": MarkingDefinition,
}


class Bundle(NamedTuple):
    """The objects of a file in its order, as models and as they were written."""

    id: str | None
    objects: tuple[StixObject, ...]
    raw: tuple[dict[str, Any], ...]


def is_stix(value: object) -> bool:
    """Whether a JSON value looks like a STIX bundle, a bare list of STIX objects, or one of them."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return False
    return first.get("type") == "bundle" or ("type" in first and "--" in str(first.get("id")))


def bundle_of(value: object, *, name: str) -> Bundle:
    """The bundle of a JSON value; BadInputError where an object is not one, with its place."""
    identifier, items = None, value
    if isinstance(value, dict):
        is_bundle = value.get("type") == "bundle"
        identifier, items = (value.get("id"), value.get("objects")) if is_bundle else (None, [value])
    if not isinstance(items, list) or not items:
        raise BadInputError(f"{name}: no STIX objects in it; hand in a STIX 2.1 bundle with its objects")
    objects = tuple(object_of(item, where=f"{name}, objects.{at}") for at, item in enumerate(items))
    return Bundle(identifier if isinstance(identifier, str) else None, objects, tuple(items))


def object_of(item: object, *, where: str) -> StixObject:
    """The model of one object, by its type."""
    kind = item.get("type") if isinstance(item, dict) else None
    return model_of(_MODELS.get(kind, StixObject) if isinstance(kind, str) else StixObject, item, name=where)


def check_references(bundle: Bundle, *, name: str, notes: Notes) -> None:
    """Refuse the first reference to an object that is not in the file; BadInputError names it and where it stands.

    Counted in the notes instead: who created an object, what one observable says of another (real exports leave these
    out), and references in types and properties that STIX itself does not define.
    """
    known = {one.id for one in bundle.objects} | PREDEFINED.keys()
    for item, raw in zip(bundle.objects, bundle.raw, strict=True):
        for key, reference in _references(raw):
            if reference in known:
                continue
            if _must_stand(item.type, key):
                place = shown(item.id, limit=100)
                missing = shown(reference, limit=100)
                raise BadInputError(
                    f"{name}, {place}: {shown(key, limit=40)} names {missing}, which is not in the file;"
                    " export it together with all that it refers to"
                )
            notes.count(f"{item.type} {key}", "refers to an object that is not in the file")


def _references(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every (key, id) of an object, however deep, in no particular order; not those inside old-style observed data."""
    stack: list[tuple[str, object]] = [(key, value) for key, value in reversed(raw.items()) if key != "objects"]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((key, one) for one in reversed(value))
        elif isinstance(value, str) and key.endswith(("_ref", "_refs")):
            yield key, value


def _must_stand(kind: str, key: str) -> bool:
    if key in ("object_marking_refs", "marking_ref"):
        return True  # a marking that cannot be read must not be ignored
    return kind in _DOMAIN_AND_RELATIONSHIP_TYPES and key != "created_by_ref" and not key.startswith("x_")


def labels_of(item: StixObject, definitions: dict[str, MarkingDefinition]) -> Iterable[str]:
    """The tags on the whole of an object: its markings as tags, and its own labels."""
    yield from (_label(reference, definitions) for reference in item.object_marking_refs)
    yield from (label for label in item.labels if ":" in label)


def granular_labels_of(item: StixObject, definitions: dict[str, MarkingDefinition]) -> Iterable[str]:
    """The tags on parts of an object."""
    yield from (_label(one.marking_ref, definitions) for one in item.granular_markings if one.marking_ref)


def _label(reference: str, definitions: dict[str, MarkingDefinition]) -> str:
    return PREDEFINED.get(reference) or (definitions[reference].label if reference in definitions else "")
