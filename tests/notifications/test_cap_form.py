"""The CAP 1.2 alert: what the standard demands, the schema where it is there, and hostile text as text."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from leerp.facts import Activity, Facts, Outlook, ServiceImpact, Spread
from leerp.marking import Marking, Tlp
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Relation, Said, Section
from notifications.forms.cap import KINDS, sender_of
from tests.notifications import cast, machine_forms
from tests.notifications.machine_forms import HOSTILE, TIGHT, notice, portion

SCHEMA = Path(__file__).parents[3] / "shared" / "data" / "cap" / "CAP-v1.2.xsd"
"""The schema of OASIS, which is not part of this project."""

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"

REQUIRED = ("identifier", "sender", "sent", "status", "msgType", "scope")
REQUIRED_INFO = ("category", "event", "urgency", "severity", "certainty")
ORDER = (*REQUIRED, "restriction", "code", "note", "references", "incidents", "info")
"""The elements used here, in the order of the schema."""
ORDER_INFO = (
    *("language", "category", "event", "urgency", "severity", "certainty", "eventCode", "senderName", "headline"),
    *("description", "instruction", "contact", "parameter", "area"),
)
VALUES = {
    "status": {"Actual", "Exercise"},
    "msgType": {"Alert", "Update", "Cancel"},
    "scope": {"Restricted"},
    "category": {"Security", "Infra"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}

FACTS = Facts(activity=Activity.EFFECT, countries=("ES", "GB"), types=("fraud:phishing",), spread=Spread.FAST)
WHOLE = portion(Said(facts=FACTS, level="emergency", level_rank=4, levels=5, deadline=cast.AT))


def alert(of: Notice, *, told_earlier: bool = True) -> etree._Element:
    """The alert, parsed without entities and held to what the standard demands of every message."""
    content = machine_forms.content(of, Form.CAP, told_earlier=told_earlier)
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    check(root)
    return root


def check(root: etree._Element) -> None:
    """Required elements, their order, closed lists and the form of ids and times (CAP 1.2 §3.2, §3.3.2)."""
    assert f"{CAP}alert" == root.tag
    (info,) = root.findall(f"{CAP}info")
    for parent, required, order in ((root, REQUIRED, ORDER), (info, REQUIRED_INFO, ORDER_INFO)):
        names = [str(child.tag).removeprefix(CAP) for child in parent]
        assert set(required) <= set(names)
        assert names == sorted(names, key=order.index)
    for child in (*root, *info):
        allowed = VALUES.get(str(child.tag).removeprefix(CAP))
        assert allowed is None or child.text in allowed
    for name in ("identifier", "sender"):
        assert re.fullmatch(r"[^\s,<&]+", text(root, name))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-00:00", text(root, "sent"))


def text(root: etree._Element, name: str) -> str:
    """The text of the one element of this name below the alert."""
    (found,) = root.iter(f"{CAP}{name}")
    return found.text or ""


def pairs(root: etree._Element, name: str) -> list[tuple[str | None, str | None]]:
    """The names and values of a parameter, a code or a place."""
    return [(one.findtext(f"{CAP}valueName"), one.findtext(f"{CAP}value")) for one in root.iter(f"{CAP}{name}")]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", NoticeKind)
def test_the_kinds_that_are_alerts(kind: NoticeKind, mode: Mode) -> None:
    """Launch, early warning, update and closure are alerts with all that CAP demands; a meeting and a plan are none."""
    made = notice(WHOLE, kind=kind, mode=mode)
    assert bool(machine_forms.variant(made, Form.CAP).files) is (kind in KINDS)
    if kind in KINDS:
        assert mode.value.capitalize() == text(alert(made), "status")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_alerts_are_valid_by_the_schema(kind: NoticeKind, mode: Mode) -> None:
    """The schema of OASIS accepts every alert, also one of hostile text."""
    if not SCHEMA.exists():
        pytest.skip(f"the schema of CAP is not at {SCHEMA}")
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    evil = Portion(section=Section.ASK, text=HOSTILE, marking=Marking())
    for made in (notice(WHOLE, kind=kind, mode=mode), notice(evil, WHOLE, kind=kind, mode=mode, **RELATED)):
        schema.assertValid(alert(made))


EARLIER: dict[str, Any] = {"earlier": "n-0001", "earlier_at": cast.AT}
RELATED = {"relation": Relation.REPLACES, **EARLIER}


@pytest.mark.parametrize(
    ("kind", "relation", "expected"),
    [
        (NoticeKind.LAUNCH_INTERNAL, None, "Alert"),
        (NoticeKind.LAUNCH_EXTERNAL, None, "Alert"),
        (NoticeKind.EARLY_WARNING, None, "Alert"),
        (NoticeKind.EARLY_WARNING, Relation.REPLACES, "Update"),
        (NoticeKind.EARLY_WARNING, Relation.CORRECTS, "Update"),
        (NoticeKind.EARLY_WARNING, Relation.RECALLS, "Cancel"),
        (NoticeKind.UPDATE, None, "Update"),
        (NoticeKind.CLOSURE, None, "Cancel"),
        (NoticeKind.CLOSURE, Relation.CORRECTS, "Cancel"),
    ],
)
def test_the_type_of_the_message(kind: NoticeKind, relation: Relation | None, expected: str) -> None:
    """Cancel closes or takes back, Update stands in for what came before, Alert is the first word."""
    related = {"relation": relation, **EARLIER} if relation else {}
    assert expected == text(alert(notice(kind=kind, **related)), "msgType")


def test_only_who_was_sent_the_earlier_notice_is_told_of_it() -> None:
    """By sender, identifier and time, as CAP names a message; a reader who was not sent it gets a first alert."""
    made = notice(relation=Relation.CORRECTS, **EARLIER)
    root = alert(made)
    assert ("leerp-corrects", "n-0001") in pairs(root, "parameter")
    named = "European%20Cybercrime%20Centre@leerp.invalid,n-0001,2017-05-12T09:14:00-00:00"
    assert named == text(root, "references")
    content = machine_forms.content(made, Form.CAP, told_earlier=False)
    assert machine_forms.content(notice(), Form.CAP) == content


def test_an_earlier_notice_of_unknown_time_is_no_reference() -> None:
    """A notice kept by 0.2.0 does not say when the earlier one was issued; it is still a parameter."""
    root = alert(notice(relation=Relation.CORRECTS, earlier="n-0001"))
    assert ("leerp-corrects", "n-0001") in pairs(root, "parameter")
    assert list(root.iter(f"{CAP}references")) == []


def test_who_when_and_for_whom() -> None:
    """Issuer, time in UTC as CAP writes it, the incident, and the banner as the restriction."""
    made = notice(portion(marking=TIGHT))
    root = alert(made)
    assert text(root, "identifier") == "n-5f2c"
    assert text(root, "sender") == "European%20Cybercrime%20Centre@leerp.invalid"
    assert text(root, "senderName") == "European Cybercrime Centre"
    assert text(root, "sent") == "2017-05-12T09:14:00-00:00"
    assert text(root, "incidents") == "LEERP-2017-0001"
    assert machine_forms.variant(made, Form.CAP).marking.banner == text(root, "restriction")


def test_nothing_of_the_marking_is_lost() -> None:
    """Level, TLP, PAP and handling codes are codes; what they say in words, and to whom, are parameters."""
    root = alert(notice(portion(marking=TIGHT)))
    codes = [one.text for one in root.iter(f"{CAP}code")]
    assert codes == ["SECRET", "TLP:AMBER+STRICT", "PAP:AMBER", "H1", "H3"]
    expected = {
        ("leerp-level", "SECRET UE/EU SECRET"),
        (
            "leerp-limit",
            "H1 set by csirt-lu: Not to be disclosed in judicial proceedings without the permission of the provider.",
        ),
        ("leerp-limit", "H3 set by officer: Call first; TLP:CLEAR"),
        ("leerp-limit", "Releasable only to group:ec3 or reader:csirt-fr"),
    }
    assert expected <= set(pairs(root, "parameter"))


def test_what_the_alert_tells() -> None:
    """Subject, whole text, what is asked and whom to call; types, countries and deadlines for machines."""
    ask = Portion(section=Section.ASK, text="Send samples.", marking=Marking(tlp=Tlp.GREEN))
    made = notice(ask, WHOLE)
    root = alert(made)
    assert machine_forms.variant(made, Form.CAP).subject == text(root, "headline")
    assert machine_forms.content(made, Form.TEXT).decode() == text(root, "description")
    assert (
        text(root, "instruction")
        == "[Europol Unclassified - Basic Protection Level | TLP:GREEN | PAP:CLEAR] Send samples."
    )
    assert text(root, "contact").endswith("] Call the coordination centre.")
    assert pairs(root, "eventCode") == [("RSIT", "fraud:phishing")]
    assert pairs(root, "geocode") == [("ISO3166-1", "ES"), ("ISO3166-1", "GB")]
    assert ("leerp-deadline", "2017-05-12T09:14:00.000000+00:00") in pairs(root, "parameter")
    assert ("leerp-acknowledge-within-minutes", "30") in pairs(root, "parameter")


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (NoticeKind.EARLY_WARNING, Said(), ("Unknown", "Unknown", "Unknown")),
        (NoticeKind.LAUNCH_EXTERNAL, Said(), ("Immediate", "Unknown", "Unknown")),
        (NoticeKind.CLOSURE, Said(level="x", level_rank=2, levels=5), ("Past", "Moderate", "Unknown")),
        (NoticeKind.UPDATE, Said(level="x", level_rank=4, levels=5, facts=FACTS), ("Immediate", "Extreme", "Observed")),
        (NoticeKind.UPDATE, Said(level="x", level_rank=3, levels=5), ("Unknown", "Severe", "Unknown")),
        (NoticeKind.UPDATE, Said(level="x", level_rank=0, levels=5), ("Unknown", "Minor", "Unknown")),
        (NoticeKind.UPDATE, Said(level="x", level_rank=0, levels=0), ("Unknown", "Unknown", "Unknown")),
        (NoticeKind.UPDATE, Said(facts=Facts(life_threat=True)), ("Unknown", "Extreme", "Unknown")),
        (NoticeKind.UPDATE, Said(facts=Facts(life_threat=False)), ("Unknown", "Unknown", "Unknown")),
        (
            NoticeKind.UPDATE,
            Said(facts=Facts(outlook=Outlook.STABLE, service_impact=ServiceImpact.LOST)),
            ("Expected", "Unknown", "Observed"),
        ),
        (NoticeKind.UPDATE, Said(facts=Facts(activity=Activity.ENGAGE)), ("Unknown", "Unknown", "Likely")),
        (NoticeKind.UPDATE, Said(facts=Facts(activity=Activity.PREPARE)), ("Future", "Unknown", "Possible")),
    ],
)
def test_urgency_severity_and_certainty(kind: NoticeKind, said: Said, expected: tuple[str, str, str]) -> None:
    """They follow from the level and the facts that the reader may see, and are Unknown where there are none."""
    root = alert(notice(portion(said), kind=kind))
    assert expected == (text(root, "urgency"), text(root, "severity"), text(root, "certainty"))


def test_an_exercise_says_so_wherever_it_may_be_shown_alone() -> None:
    """Status, note, event, headline, description and instruction each carry the mark; a real alert has it nowhere."""
    ask = Portion(section=Section.ASK, text="Send samples.", marking=Marking())
    root = alert(notice(ask, mode=Mode.EXERCISE))
    for name in ("note", "event", "headline", "description", "instruction", "contact"):
        assert text(root, name).startswith("EXERCISE EXERCISE EXERCISE")
    assert text(root, "note").endswith("LEERP-2017-0001")
    assert b"EXERCISE" not in machine_forms.content(notice(ask), Form.CAP)


@given(st.text(), st.sampled_from(Section))
def test_any_text_is_only_text(words: str, section: Section) -> None:
    """Whatever a portion says, the alert is well-formed XML with the elements of CAP and no other."""
    try:
        evil = Portion(section=section, text=words + HOSTILE, marking=Marking())
    except ValueError:
        return
    root = alert(notice(evil, issuer="<i>&,]]> Centre'"))
    assert not list(root.iter("b", "i", f"{CAP}b", f"{CAP}i"))
    assert "<b>" in text(root, "description")


def test_no_two_issuers_share_a_sender() -> None:
    """Issuers that differ in anything but white space have different senders."""
    issuers = ("Centre", "centre", "Cent re", "Cent,re", "Cent%2Cre", "Centré", "<Centre>", "&Centre")
    senders = [sender_of(issuer) for issuer in issuers]
    assert len(set(senders)) == len(issuers)
    assert all(re.fullmatch(r"[A-Za-z0-9%._~-]+@leerp\.invalid", sender) for sender in senders)
