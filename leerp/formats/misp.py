"""MISP events, as MISP exports them in JSON.

Only the parts that are read are checked. Unknown keys are let pass here, against the rule of the house: MISP adds keys
to its export with every release and every module, and none of them may make a report unreadable.
Source: the MISP core format (field reference §6.1).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from leerp.errors import BadInputError
from leerp.formats import taxonomies
from leerp.formats.drafts import Draft
from leerp.formats.findings import Findings, Notes
from leerp.formats.strict import model_of
from leerp.formats.texts import MAX_LINE, line, prose, shown
from leerp.marking import LOOSEST, Marking, join_all
from leerp.observables import ObservableKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_ZONE = timedelta(hours=14)
"""A calendar day begins this much earlier somewhere (Kiribati) than in UTC."""

_IP = ObservableKind.IPV4  # the version is told by the value

_KINDS = {
    "ip-src": _IP,
    "ip-dst": _IP,
    "domain": ObservableKind.DOMAIN,
    "hostname": ObservableKind.DOMAIN,
    "url": ObservableKind.URL,
    "uri": ObservableKind.URL,
    "email": ObservableKind.EMAIL,
    "email-src": ObservableKind.EMAIL,
    "email-dst": ObservableKind.EMAIL,
    "email-reply-to": ObservableKind.EMAIL,
    "md5": ObservableKind.MD5,
    "sha1": ObservableKind.SHA1,
    "sha256": ObservableKind.SHA256,
    "sha512": ObservableKind.SHA512,
    "filename": ObservableKind.FILENAME,
    "mutex": ObservableKind.MUTEX,
    "regkey": ObservableKind.REGISTRY_KEY,
    "btc": ObservableKind.WALLET,
    "xmr": ObservableKind.WALLET,
    "dash": ObservableKind.WALLET,
    "vulnerability": ObservableKind.CVE,
    "AS": ObservableKind.ASN,
}
"""Attribute types that are one observable. The parts of a composite (`domain|ip`) are looked up here, too."""

_PARTS = {"ip": _IP}


def kind_of_type(name: str) -> ObservableKind | None:
    """The kind that a MISP attribute type is, where it is one observable; that of an address is told by its value."""
    return _KINDS.get(name)


_SAMPLE = "malware-sample"
"""Written as `filename|md5`, without saying so in its name."""

_NARRATIVE_TYPES = ("text", "comment")
_UNSHARED = {"0": "its own organisation only", "4": "a sharing group"}
"""MISP's distribution levels that say of themselves that the event is not for everybody."""


def _listed(value: object) -> object:
    return () if value is None else value


def _unstamped(value: object) -> object:
    return 0 if value in (None, "") else value


def _undated(value: object) -> object:
    return None if value == "" else value


Stamp = Annotated[int, BeforeValidator(_unstamped), Field(ge=0, le=253_402_300_799)]
"""Seconds since 1970 in UTC, until the end of the year 9999; 0 means never."""

Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]


class _Part(BaseModel):
    """A part of an event; the module says why unknown keys pass. Old exports have numbers where new ones have text."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Tag(_Part):
    name: str


Tags = Annotated[tuple[_Tag, ...], BeforeValidator(_listed)]


class _Attribute(_Part):
    type: str
    value: str = ""
    deleted: bool = False
    tags: Tags = Field(default=(), alias="Tag")


Attributes = Annotated[tuple[_Attribute, ...], BeforeValidator(_listed)]


class _Holder(_Part):
    attributes: Attributes = Field(default=(), alias="Attribute")


class _Object(_Holder):
    deleted: bool = False


class _EventReport(_Part):
    name: str = ""
    content: str | None = None
    deleted: bool = False


class _Organisation(_Part):
    name: str = ""


class _Event(_Holder):
    uuid: Uuid
    info: str
    day: Annotated[date | None, BeforeValidator(_undated)] = Field(default=None, alias="date")
    timestamp: Stamp = 0
    publish_timestamp: Stamp = 0
    distribution: str | None = None
    extends_uuid: str | None = None
    organisation: _Organisation | None = Field(default=None, alias="Orgc")
    objects: Annotated[tuple[_Object, ...], BeforeValidator(_listed)] = Field(default=(), alias="Object")
    tags: Tags = Field(default=(), alias="Tag")
    reports: Annotated[tuple[_EventReport, ...], BeforeValidator(_listed)] = Field(default=(), alias="EventReport")
    proposals: Annotated[tuple[Any, ...], BeforeValidator(_listed)] = Field(default=(), alias="ShadowAttribute")


def is_misp(value: object) -> bool:
    """Whether a JSON value looks like a MISP event, in one of the wrappings that `read_misp` takes."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and "Event" in value[0]
    if not isinstance(value, dict):
        return False
    return "Event" in value or "response" in value or ("info" in value and ("Attribute" in value or "uuid" in value))


def read_misp(value: object, *, name: str, received_at: datetime) -> Draft:
    """The draft of one MISP event.

    `value`: JSON as MISP writes it: `{"Event": …}`, `{"response": [{"Event": …}]}` or a list with exactly one event, or
    the bare event. `received_at` stands in for a report time that the event does not have.
    Raises BadInputError for what is no event, holds several, or contradicts itself.
    """
    event = model_of(_Event, _unwrapped(value, name), name=name)
    findings = Findings(name=name)
    tags = taxonomies.parse(tag.name for tag in event.tags)
    where = f"{name}, tags of the event"
    marking = _marking(event, tags, name, findings.notes)
    grade = taxonomies.grade_of(tags, where=where, notes=findings.notes)
    facts = taxonomies.facts_of(tags, where=where, notes=findings.notes)
    _find(event, findings)
    reported_at, observed_at = _times(event, received_at, findings.notes)
    _count_unread(event, tags, findings.notes)
    return Draft(
        organisation=event.organisation.name.strip() or None if event.organisation else None,
        id=_revision(event),
        reported_at=reported_at,
        observed_at=observed_at,
        title=line(event.info, otherwise=f"MISP event {event.uuid.lower()}"),
        narrative=_narrative(event),
        marking=marking,
        grade=grade,
        facts=facts,
        observables=findings.observables,
        notes=findings.notes.lines,
    )


def _revision(event: _Event) -> str:
    """The event in this version: an event that its maker has changed since is another report, and not a repeat."""
    uuid = event.uuid.lower()
    return f"{uuid}.{event.timestamp}" if event.timestamp else uuid


def _unwrapped(value: object, name: str) -> object:
    if isinstance(value, dict) and "response" in value:
        value = value["response"]
    if isinstance(value, list):
        if len(value) != 1:
            raise BadInputError(f"{name}: holds {len(value)} MISP events; hand in one event per file")
        value = value[0]
    if isinstance(value, dict) and "Event" in value:
        value = value["Event"]
    if not isinstance(value, dict):
        raise BadInputError(f"{name}: no MISP event in it; export the event as JSON and hand in that file")
    return value


def _holders(event: _Event) -> tuple[_Holder, ...]:
    """The event and its objects, without the objects that were deleted."""
    return (event, *(one for one in event.objects if not one.deleted))


def _standing(event: _Event) -> Iterator[_Attribute]:
    """The attributes of the event and of its objects that were not deleted."""
    for holder in _holders(event):
        yield from (one for one in holder.attributes if not one.deleted)


def _marking(event: _Event, tags: Iterable[taxonomies.Tag], name: str, notes: Notes) -> Marking:
    """The join of the event's own marking and of every attribute's: a report is as high as its highest part."""
    whole = taxonomies.marking_of(tags, where=f"{name}, tags of the event", notes=notes)
    if whole is None:
        limits = _UNSHARED.get(event.distribution or "")
        limited = f"; MISP limits the event to {limits}" if limits else ""
        notes.say(f"no TLP label on the event: set its marking before anything is released{limited}")
        whole = Marking()
    label_sets = {tuple(tag.name for tag in one.tags): one.type for one in _standing(event) if one.tags}
    parts = [
        taxonomies.marking_of(
            taxonomies.parse(labels),
            where=f"{name}, tags of an attribute of type {shown(kind)}",
            notes=notes,
        )
        for labels, kind in label_sets.items()
    ]
    joined = join_all([whole, *(part or LOOSEST for part in parts)])
    if joined != whole:
        notes.say("attributes are marked higher than the event: the report has the marking of the highest")
    return joined


def _find(event: _Event, findings: Findings) -> None:
    for holder in _holders(event):
        told = _NARRATIVE_TYPES if holder is event else ()
        for attribute in holder.attributes:
            if not attribute.deleted and attribute.type not in told:
                _find_one(attribute, findings)


def _find_one(attribute: _Attribute, findings: Findings) -> None:
    if attribute.type in _KINDS:
        findings.add(_KINDS[attribute.type], attribute.value, written_as=attribute.type)
    elif "|" in attribute.type or attribute.type == _SAMPLE:
        _find_composite(attribute, findings)
    else:
        findings.notes.count(attribute.type, "attribute type not mapped")


def _find_composite(attribute: _Attribute, findings: Findings) -> None:
    """`type|type` with `value|value`. A bar in a file name belongs to the name, so these are split at the last one."""
    types = ("filename", "md5") if attribute.type == _SAMPLE else attribute.type.split("|", 1)
    split = attribute.value.rpartition if types[0] == "filename" else attribute.value.partition
    first, bar, second = split("|")
    if not bar:
        findings.notes.count(attribute.type, "value not valid, or a range; left out")
        return
    for kind_name, value in zip(types, (first, second), strict=True):
        kind = _KINDS.get(kind_name) or _PARTS.get(kind_name)
        if kind:
            findings.add(kind, value, written_as=attribute.type)
        else:
            findings.notes.count(attribute.type, f"the part {shown(kind_name, limit=40)} is not mapped")


def _times(event: _Event, received_at: datetime, notes: Notes) -> tuple[datetime, datetime | None]:
    """When it was reported (published, else last changed) and when it was seen (the event's date)."""
    stamp = event.publish_timestamp or event.timestamp
    if stamp:
        reported_at = _EPOCH + timedelta(seconds=stamp)
    else:
        notes.say("the event has no time stamp: it counts as reported when it was received")
        reported_at = received_at
    return reported_at, _begin(event.day, reported_at) if event.day else None


def _begin(day: date, reported_at: datetime) -> datetime:
    """The begin of a day: midnight in UTC, or the report's own time where the day has begun only further east."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    begun_in_the_east = reported_at < midnight and midnight - reported_at <= _EARLIEST_ZONE
    return reported_at if begun_in_the_east else midnight


def _narrative(event: _Event) -> str:
    reports = (f"{report.name}\n\n{report.content or ''}" for report in event.reports if not report.deleted)
    texts = (one.value for one in event.attributes if one.type in _NARRATIVE_TYPES and not one.deleted)
    return "\n\n".join(text for part in (*reports, *texts) if (text := prose(part)))


def _count_unread(event: _Event, tags: Iterable[taxonomies.Tag], notes: Notes) -> None:
    taxonomies.count_unread(tags, notes=notes)
    attributes = [one for holder in _holders(event) for one in holder.attributes]
    counts = {
        "attribute": (sum(one.deleted for one in attributes), "deleted by the source; left out"),
        "object": (sum(one.deleted for one in event.objects), "deleted by the source; left out"),
        "event report": (sum(one.deleted for one in event.reports), "deleted by the source; left out"),
        "proposal": (len(event.proposals), "proposals to change the event are not read"),
        "tag of an attribute": (_unread_tags(event), "of attributes only markings are read"),
    }
    for subject, (times, why) in counts.items():
        if times:
            notes.count(subject, why, times=times)
    if len(event.info) > MAX_LINE:
        notes.say(f"the title of the event is longer than {MAX_LINE} characters and was cut")
    if event.extends_uuid:
        notes.say(f"the event extends the event {shown(event.extends_uuid, limit=40)}")


def _unread_tags(event: _Event) -> int:
    tags = (tag.name.lower() for one in _standing(event) for tag in one.tags)
    return sum(not tag.startswith(("tlp:", "pap:", "euci:")) for tag in tags)
