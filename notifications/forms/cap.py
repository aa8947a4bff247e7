"""A notice as a CAP 1.2 alert (OASIS Common Alerting Protocol), for alerting systems that read nothing else.

For launches, early warnings, updates and closures; a meeting and a plan of action are no alerts. Cancel closes or takes
back, Update is an update or stands in for an earlier notice, Alert is all the rest. CAP has no category for
cyber-attacks and no place for a classification: the categories are Security and Infra, the marking stands in
`restriction`, `code` and `parameter`. The scope is always Restricted; a Private one would have to name the addresses of
its readers. Urgency, severity and certainty follow `mappings.yaml`; what this reader may not see is Unknown.

An earlier notice is named in `references`, by sender, identifier and time, and what this one is to it in a `parameter`.
Messages of one incident are tied together by `incidents`.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from leerp.model import iso
from leerp.notices import NoticeKind, Relation, VariantFile
from notifications.forms import machine
from notifications.forms.mappings import facts_of, first, mappings
from notifications.identity import DOMAIN
from notifications.view import View, fold

FILE = "notice.cap.xml"
MEDIA_TYPE = "application/cap+xml"
CAP = "urn:oasis:names:tc:emergency:cap:1.2"

KINDS = frozenset(
    {
        NoticeKind.LAUNCH_INTERNAL,
        NoticeKind.LAUNCH_EXTERNAL,
        NoticeKind.EARLY_WARNING,
        NoticeKind.UPDATE,
        NoticeKind.CLOSURE,
    }
)
"""The kinds that are alerts."""

CATEGORIES = ("Security", "Infra")
LANGUAGE = "en-GB"
UTC_OFFSET = "-00:00"
"""How CAP 1.2 §3.3.2 wants UTC to be written: neither `Z` nor `+00:00`."""

_NO_CHARACTER = re.compile("[\ufffe\uffff]")
"""What XML 1.0 has no character for, beside the control characters that a view has none of."""


def make(view: View) -> VariantFile | None:
    """`notice.cap.xml`, UTF-8; None for a kind of notice that is no alert."""
    if view.kind not in KINDS:
        return None
    alert = ET.Element("alert", xmlns=CAP)
    _add(alert, "identifier", view.notice)
    _add(alert, "sender", sender_of(view.issuer))
    _add(alert, "sent", _time(view.issued_at))
    _add(alert, "status", "Exercise" if view.exercise else "Actual")
    _add(alert, "msgType", _message_type(view))
    _add(alert, "scope", "Restricted")
    _add(alert, "restriction", view.banner)
    for code in (view.marking.level.value, view.marking.tlp.value, view.marking.pap.value, *_codes(view)):
        _add(alert, "code", code)
    if view.exercise:
        _add(alert, "note", f"{machine.word('exercise')} {view.incident}")
    if view.earlier and view.earlier_at:
        _add(alert, "references", f"{sender_of(view.issuer)},{view.earlier},{_time(view.earlier_at)}")
    _add(alert, "incidents", view.incident)
    _add_info(alert, view)
    content: bytes = ET.tostring(alert, encoding="utf-8", xml_declaration=True)
    return VariantFile(name=FILE, media_type=MEDIA_TYPE, content=content + b"\n")


def sender_of(issuer: str) -> str:
    """The issuer as CAP wants a sender: the same for no two issuers, without spaces, commas, `<` and `&`."""
    return f"{quote(fold(issuer), safe='')}@{DOMAIN}"


def _time(at: datetime) -> str:
    return machine.seconds(at) + UTC_OFFSET


def _message_type(view: View) -> str:
    if view.kind is NoticeKind.CLOSURE or view.relation is Relation.RECALLS:
        return "Cancel"
    return "Update" if view.relation or view.kind is NoticeKind.UPDATE else "Alert"


def _codes(view: View) -> list[str]:
    return sorted({item.code.value for item in view.marking.handling})


def _add_info(alert: ET.Element, view: View) -> None:
    info = ET.SubElement(alert, "info")
    _add(info, "language", LANGUAGE)
    for category in CATEGORIES:
        _add(info, "category", category)
    _add(info, "event", machine.named(view, machine.word("event")))
    _add(info, "urgency", first(mappings().cap.urgency, view, otherwise="Unknown"))
    _add(info, "severity", first(mappings().cap.severity, view, otherwise="Unknown"))
    _add(info, "certainty", first(mappings().cap.certainty, view, otherwise="Unknown"))
    for name in machine.incident_types(view):
        _add_pair(info, "eventCode", "RSIT", name)
    _add(info, "senderName", fold(view.issuer))
    _add(info, "headline", view.subject)
    _add(info, "description", machine.plain(view))
    _add_texts(info, "instruction", machine.asks(view), view)
    _add_texts(info, "contact", machine.contacts(view), view)
    for name, value in _parameters(view):
        _add_pair(info, "parameter", name, value)
    _add_area(info, view)


def _parameters(view: View) -> Iterable[tuple[str, str]]:
    """What CAP has no element for: the marking whole, deadlines, the next update, and the earlier notice."""
    yield "leerp-kind", view.kind.value
    yield "leerp-level", view.marking.level.full
    for limit in machine.limits(view.marking):
        yield "leerp-limit", limit
    if view.acknowledge_within_minutes:
        yield "leerp-acknowledge-within-minutes", str(view.acknowledge_within_minutes)
    for deadline in sorted({one.said.deadline for one in view.portions if one.said and one.said.deadline}):
        yield "leerp-deadline", iso(deadline)
    for at in sorted({one.said.next_update_at for one in view.portions if one.said and one.said.next_update_at}):
        yield "leerp-next-update", iso(at)
    if view.relation and view.earlier:
        yield f"leerp-{view.relation.value}", view.earlier


def _add_area(info: ET.Element, view: View) -> None:
    """The countries that the visible facts name."""
    countries = sorted({country for facts in facts_of(view) for country in facts.countries})
    if countries:
        area = ET.SubElement(info, "area")
        _add(area, "areaDesc", ", ".join(countries))
        for country in countries:
            _add_pair(area, "geocode", "ISO3166-1", country)


def _add_texts(parent: ET.Element, name: str, texts: Iterable[str], view: View) -> None:
    """Several texts as one, which says first if this is an exercise: a receiver may show it alone."""
    found = "\n\n".join(texts)
    if found:
        _add(parent, name, f"{machine.word('exercise')}\n\n{found}" if view.exercise else found)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)


def _add_pair(parent: ET.Element, name: str, value_name: str, value: str) -> None:
    pair = ET.SubElement(parent, name)
    _add(pair, "valueName", value_name)
    _add(pair, "value", value)
