"""Machine tags (`namespace:predicate="value"`) as MISP's public taxonomies define them, read into the vocabulary.

Read here: tlp, PAP, euci, admiralty-scale, nis, nis2, eu-nis-sector-and-subsectors, and for types of incident rsit,
common-taxonomy and europol-incident. Markings never loosen: what is not understood of a marking is taken as the
tightest, or refused where even that would be a guess.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from leerp.errors import BadInputError
from leerp.facts import Facts, Outlook, RootCause, Sector
from leerp.formats.findings import Notes
from leerp.formats.texts import shown
from leerp.grades import Grade, Scale
from leerp.incident_types import KNOWN, RSIT, IncidentType, meant_by_common, narrowest
from leerp.marking import Level, Marking, Pap, Tlp

_TAG = re.compile(r'([^:="]+):([^="]+)(?:="([^"]*)")?')

_TLP = {
    "white": Tlp.CLEAR,
    "clear": Tlp.CLEAR,
    "green": Tlp.GREEN,
    "amber": Tlp.AMBER,
    "amber+strict": Tlp.AMBER_STRICT,
    "red": Tlp.RED,
}
"""White is the name that clear had in TLP 1.0 (FIRST, TLP 2.0)."""

_PAP = {"white": Pap.CLEAR, "clear": Pap.CLEAR, "green": Pap.GREEN, "amber": Pap.AMBER, "red": Pap.RED}

EUCI = {
    "ts-ue/eu-ts": Level.TRES_SECRET,
    "eu-top-secret": Level.TRES_SECRET,
    "s-ue/eu-s": Level.SECRET,
    "eu-secret": Level.SECRET,
    "c-ue/eu-c": Level.CONFIDENTIEL,
    "eu-confidential": Level.CONFIDENTIEL,
    "r-ue/eu-r": Level.RESTREINT,
    "eu-restricted": Level.RESTREINT,
}
"""Full words in version 1 of the taxonomy, the abbreviations of 2013/488/EU since."""

_FOREIGN_CLASSIFICATIONS = {"nato", "de-vs", "fr-classif", "dni-ism"}
_UNCLASSIFIED = {"nu", "non-protege", "u"}

_MALICIOUS_CLASSES = {"malicious-code", "intrusion-attempts", "intrusions", "fraud"}
_MALICIOUS_TYPES = {"availability:dos", "availability:ddos", "availability:sabotage"}
"""What cannot happen without somebody's malice by the definitions of RSIT; an outage, say, can."""

_OLDER_RSIT = {"fraud:unauthorized-use-of-resources": "fraud:unauthorised-use-of-resources"}
"""A value that RSIT spells otherwise since."""

_OLDER_COMMON = {
    ("malware", "c&c"): "command-and-control",
    ("malware", "undetermined"): "",
    ("intrusion-attempt", "exploitation-vulnerability"): "vulnerability-exploitation-attempt",
    ("intrusion", "exploitation-vulnerability"): "vulnerability-exploitation",
    ("intrusion", "compromising-account"): "account-compromise",
    ("information-security", "unauthorized-access"): "unauthorised-access",
    ("information-security", "unauthorized-modification"): "unauthorised-modification-or-deletion",
    ("fraud", "illegitimate-use-resources"): "resources-misuse",
    ("fraud", "illegitimate-use-name"): "false-representation",
    ("abusive-content", "content-forbidden-by-law"): "cse-racism-violence-incitement",
    ("other", "other"): "unclassified-incident",
}
"""Values of europol-incident that common-taxonomy names otherwise; the classes and all other values are the same."""

_TYPES = frozenset({"rsit", "common-taxonomy", "europol-incident"})
_CONTEXT = frozenset({"nis", "nis2", "eu-nis-sector-and-subsectors"})
FACTUAL = _TYPES | _CONTEXT | {"admiralty-scale"}
"""The taxonomies of which a fact or the grade is read."""

_SECTORS = {
    **{sector.value: sector for sector in Sector},
    "communications": Sector.DIGITAL_INFRASTRUCTURE,
    "trust-and-identification-services": Sector.DIGITAL_INFRASTRUCTURE,
    "government": Sector.PUBLIC_ADMINISTRATION,
    "digitalinfrastructure": Sector.DIGITAL_INFRASTRUCTURE,
    "diginfra": Sector.DIGITAL_INFRASTRUCTURE,
    "water": Sector.DRINKING_WATER,
    "market-dsp": Sector.DIGITAL_PROVIDERS,
    "search-dsp": Sector.DIGITAL_PROVIDERS,
    "cloud-dsp": Sector.DIGITAL_INFRASTRUCTURE,
    "postal": Sector.COURIER,
    "waste": Sector.WASTE_MANAGEMENT,
    "chemicals": Sector.CHEMICAL,
    "digital": Sector.DIGITAL_PROVIDERS,
}
"""Sectors by the names of nis (NIS Directive), nis2 and eu-nis; Directive (EU) 2022/2555 Annexes I and II."""

_SUBSECTORS = {
    **dict.fromkeys(("electricity", "district-heating-and-cooling", "oil", "gas", "hydrogen"), Sector.ENERGY),
    **dict.fromkeys(("air", "rail", "water", "road"), Sector.TRANSPORT),
    "digital-ifrastructure-subsector": Sector.DIGITAL_INFRASTRUCTURE,  # spelled so in the taxonomy
}

_ADMIRALTY_NOTE = "cannot be judged, for the source did not grade it"


class Tag(NamedTuple):
    """One machine tag in lower case; `text` is how the file wrote it."""

    namespace: str
    predicate: str
    value: str
    text: str


Value = TypeVar("Value")


def parse(texts: Iterable[str]) -> tuple[Tag, ...]:
    """The tags of a list of names; a name that is no machine tag has itself as namespace."""
    return tuple(_parsed(text) for text in dict.fromkeys(texts))


def _parsed(text: str) -> Tag:
    name = shown(text)
    match = _TAG.fullmatch(text.strip().lower()) if len(text) <= 1_000 else None  # noqa: PLR2004 - MISP allows 255
    if not match:
        return Tag(name.lower(), "", "", name)
    return Tag(match[1], match[2], match[3] or "", name)


def marking_of(tags: Iterable[Tag], *, where: str, notes: Notes) -> Marking | None:
    """What the tags tlp, PAP and euci ask for together, or None when there is none of them.

    BadInputError when two of one scale contradict each other, or a tag classifies in a scheme that has no level here.
    """
    tags = tuple(tags)
    foreign = next((tag for tag in tags if _is_foreign(tag)), None)
    if foreign:
        raise BadInputError(
            f"{where}: classified {foreign.text!r}, which has no level here; ask the source for the EU classification"
        )
    tlp = _only({tag.text: _tlp(tag, notes) for tag in tags if _is_tlp(tag)}, where=where)
    pap = _only({tag.text: _pap(tag, notes) for tag in tags if tag.namespace == "pap"}, where=where)
    level = _only({tag.text: _euci(tag, where) for tag in tags if tag.namespace == "euci"}, where=where)
    if tlp is None and pap is None and level is None:
        return None
    return Marking(level=level or Level.BPL, tlp=tlp or Tlp.CLEAR, pap=pap or Pap.CLEAR)


def _is_foreign(tag: Tag) -> bool:
    return tag.namespace in _FOREIGN_CLASSIFICATIONS and (tag.value or tag.predicate) not in _UNCLASSIFIED


def _is_tlp(tag: Tag) -> bool:
    return tag.namespace == "tlp" and tag.predicate != "ex:chr"


def _tlp(tag: Tag, notes: Notes) -> Tlp:
    label = _TLP.get(tag.predicate)
    if label is None:
        notes.say(f"tag {tag.text}: not a label of TLP 2.0; taken as {Tlp.RED} until the source says which")
    return label or Tlp.RED


def _pap(tag: Tag, notes: Notes) -> Pap:
    label = _PAP.get(tag.predicate)
    if label is None:
        notes.say(f"tag {tag.text}: not a label of the PAP; taken as {Pap.RED} until the source says which")
    return label or Pap.RED


def _euci(tag: Tag, where: str) -> Level:
    level = EUCI.get(tag.predicate)
    if level is None:
        raise BadInputError(f"{where}: {tag.text!r} is no EU classification that is known here; ask the source")
    return level


def _only(said: Mapping[str, Value], *, where: str) -> Value | None:
    """The one value that all tags of an exclusive predicate agree on; BadInputError names the first two that do not."""
    first = next(iter(said), None)
    if first is None:
        return None
    other = next((text for text, value in said.items() if value != said[first]), None)
    if other is not None:
        raise BadInputError(
            f"{where}: the tags {first!r} and {other!r} contradict each other; ask the source which one holds"
        )
    return said[first]


def grade_of(tags: Iterable[Tag], *, where: str, notes: Notes) -> Grade | None:
    """The Admiralty grade; one half alone is completed by "cannot be judged" (F or 6), which is unknown."""
    tags = tuple(tag for tag in tags if tag.namespace == "admiralty-scale")
    source = _only(_values(tags, "source-reliability"), where=where)
    information = _only(_values(tags, "information-credibility"), where=where)
    if source is None and information is None:
        return None
    if source is None:
        notes.say(f"admiralty-scale: the reliability of the source {_ADMIRALTY_NOTE}")
    if information is None:
        notes.say(f"admiralty-scale: the credibility of the information {_ADMIRALTY_NOTE}")
    try:
        return Grade(scale=Scale.ADMIRALTY, code=f"{(source or 'f').upper()}{information or '6'}")
    except ValueError:
        notes.say("admiralty-scale: a tag is not on the 6x6 grid (g, deliberately deceptive?); no grade was taken over")
        return None


def _values(tags: Iterable[Tag], predicate: str) -> dict[str, str]:
    return {tag.text: tag.value for tag in tags if tag.predicate == predicate}


def facts_of(tags: Iterable[Tag], *, where: str, notes: Notes) -> Facts:
    """Root cause, types, outlook and sectors. A cause named outright stands before the one that a type implies."""
    tags = tuple(tags)
    nis = [tag for tag in tags if tag.namespace in ("nis", "nis2")]
    named = _only(_values(nis, "nature-root-cause"), where=where)
    outlook = _only(_values(nis, "impact-outlook"), where=where)
    cause = RootCause(named) if named in list(RootCause) else None
    malicious = any(_is_malicious(tag) for tag in tags)
    if malicious and cause not in (None, RootCause.MALICIOUS_ACTIONS):
        notes.say(
            f"a tag names a malicious type, nis the cause {cause}: the cause stands as named; a person should look"
        )
    if cause is None and malicious:
        cause = RootCause.MALICIOUS_ACTIONS
    return Facts(
        root_cause=cause,
        types=tuple({narrowest(meant) for tag in tags if (meant := _meant(tag))}),
        outlook=Outlook(outlook) if outlook in list(Outlook) else None,
        sectors=tuple({sector for tag in tags if (sector := _sector(tag))}),
    )


def _meant(tag: Tag) -> tuple[IncidentType, ...]:
    """The types of RSIT that a tag may stand for, all of one class; the class alone where its value is unknown."""
    if tag.namespace == "rsit":
        exact = f"{tag.predicate}:{tag.value}"
        exact = _OLDER_RSIT.get(exact, exact)
        named = (exact,) if exact in KNOWN else (tag.predicate,)
        return named if tag.predicate in RSIT else ()
    if tag.namespace in _TYPES:
        return meant_by_common(tag.predicate, _common_value(tag)) or meant_by_common(tag.predicate)
    return ()


def _common_value(tag: Tag) -> str:
    older = _OLDER_COMMON if tag.namespace == "europol-incident" else {}
    return older.get((tag.predicate, tag.value), tag.value)


def _is_malicious(tag: Tag) -> bool:
    meant = _meant(tag)
    return bool(meant) and all(one.partition(":")[0] in _MALICIOUS_CLASSES or one in _MALICIOUS_TYPES for one in meant)


def _sector(tag: Tag) -> Sector | None:
    if tag.namespace in ("nis", "nis2"):
        if tag.predicate.startswith("impact-subsectors"):
            return _subsector(tag.value)
        return _SECTORS.get(tag.value) if tag.predicate in ("impact-sectors-impacted", "important-entities") else None
    if tag.namespace == "eu-nis-sector-and-subsectors":
        return _SECTORS.get(tag.value) or _SECTORS.get(tag.predicate.removeprefix("eu-nis-oes-"))
    return None


def _subsector(value: str) -> Sector | None:
    if value.endswith("-manufacturing"):
        return Sector.MANUFACTURING
    return _SUBSECTORS.get(value) or _SECTORS.get(value.removesuffix("-subsector"))


def count_unread(tags: Iterable[Tag], *, notes: Notes) -> None:
    """Count the tags from which nothing was taken, by namespace (and predicate where the rest of it is read)."""
    for tag in tags:
        if tag.namespace == "exercise":
            notes.say(f"tag {tag.text}: this belongs to an exercise; make sure it is taken in as one")
        elif tag.namespace == "tlp" and tag.predicate == "ex:chr":
            notes.say("tag tlp:ex:chr (Chatham House rule): the source must not be named to readers")
        elif tag.namespace in _TYPES | _CONTEXT:
            _count_factual(tag, notes)
        elif tag.namespace not in ("tlp", "pap", "euci", "admiralty-scale", *_FOREIGN_CLASSIFICATIONS):
            notes.count(f"tag {tag.namespace}", "taxonomy not read")


def _count_factual(tag: Tag, notes: Notes) -> None:
    """Count a tag of which no fact was taken, or of which the value was not."""
    subject, meant = f"tag {tag.namespace}:{tag.predicate}", _meant(tag)
    if not meant and not _is_read(tag):
        notes.count(subject, "not mapped to a fact")
    elif meant and _common_value(tag) and ":" not in narrowest(meant):
        notes.count(subject, "only the class was taken, for the value is no single type of RSIT")


def _is_read(tag: Tag) -> bool:
    cause = tag.predicate == "nature-root-cause" and tag.value in list(RootCause)
    outlook = tag.predicate == "impact-outlook" and tag.value in list(Outlook)
    return cause or outlook or _sector(tag) is not None


def tlp_of(written: str) -> Tlp | None:
    """The TLP label that a word names, with or without `TLP:` before it; None when it names none."""
    return _TLP.get(written.strip().lower().removeprefix("tlp:").replace(" ", ""))
