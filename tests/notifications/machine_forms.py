"""What the tests of the machine forms share: portions that say something for machines, and a reader's file of them."""

import json
from typing import Any

from hypothesis import strategies as st

from leerp.facts import Activity, Facts, Outlook, Spread
from leerp.formats.reading import read_report
from leerp.grades import Grade, Scale
from leerp.marking import Handling, HandlingCode, Level, Marking, Pap, Reader, Tlp
from leerp.notices import Form, Notice, NoticeKind, Portion, Relation, Said, Section, Slot, Variant
from leerp.observables import Observable, ObservableKind
from leerp.reports import Report
from notifications.rendering import render
from tests.notifications import cast

FORMS = (Form.STIX, Form.MISP, Form.CAP, Form.CALENDAR)

EVERYBODY = Reader(
    id="officer",
    group="ec3",
    country="NL",
    clearance=Level.TRES_SECRET,
    cleared_until=cast.AT.replace(year=2100),
    personal=True,
)
"""A reader to whom everything here may be shown."""

TIGHT = Marking(
    level=Level.SECRET,
    tlp=Tlp.AMBER_STRICT,
    pap=Pap.AMBER,
    handling=(
        Handling(code=HandlingCode.H1, provider="csirt-lu"),
        Handling(code=HandlingCode.H3, provider="officer", text="Call first;\r\nTLP:CLEAR"),
    ),
    releasable_to=(("group:ec3", "reader:csirt-fr"),),
)

ONE_OF_EACH = {
    ObservableKind.IPV4: "192.0.2.7",
    ObservableKind.IPV6: "2001:db8::7",
    ObservableKind.DOMAIN: "control.example",
    ObservableKind.URL: "http://control.example/gate?a='b'&c=\\d",
    ObservableKind.EMAIL: "boss@control.example",
    ObservableKind.MD5: "ab" * 16,
    ObservableKind.SHA1: "ab" * 20,
    ObservableKind.SHA256: "ab" * 32,
    ObservableKind.SHA512: "ab" * 64,
    ObservableKind.FILENAME: "it's | \\ over.exe",
    ObservableKind.MUTEX: "Global\\MsWinZonesCacheCounterMutexA",
    ObservableKind.REGISTRY_KEY: r"HKEY_LOCAL_MACHINE\Software\WanaCrypt0r",
    ObservableKind.WALLET: "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    ObservableKind.CVE: "CVE-2017-0144",
    ObservableKind.ASN: "AS64500",
}

OPEN = Marking()
FACT = Portion(section=Section.FACT, text="Disks are encrypted.", marking=OPEN)

HOSTILE = (
    "]]> <![CDATA[ & <b> ' \\ \" ``` ````` \x00\x1b[2J\x0b\x85\u2028\u202e\ufffe\uffff\r\nBEGIN:VALARM\r\n{{ 7*7 }}"
)


def observed(kind: ObservableKind, value: str | None = None) -> Observable:
    """An observable of that kind."""
    return Observable(kind=kind, value=ONE_OF_EACH[kind] if value is None else value)


ALL_KINDS = tuple(observed(kind) for kind in ObservableKind)


def portion(said: Said | None = None, *, marking: Marking = OPEN, grade: Grade | None = None) -> Portion:
    """An indicator portion that says that for machines."""
    return Portion(section=Section.INDICATOR, text="Indicators.", marking=marking, grade=grade, said=said)


def telling(*observables: Observable, marking: Marking = OPEN, grade: Grade | None = None) -> Portion:
    """An indicator portion that tells these observables."""
    return portion(Said(observables=observables), marking=marking, grade=grade)


def notice(*portions: Portion, kind: NoticeKind = NoticeKind.EARLY_WARNING, **changes: Any) -> Notice:
    """A notice of these portions, with a fact and a contact that everybody may see."""
    return cast.notice(kind, (*portions, FACT, cast.FRAME), **changes)


def variant(of: Notice, *forms: Form, reader: Reader = EVERYBODY, told_earlier: bool = True) -> Variant:
    """What the reader gets in these forms; the test fails if the notice is withheld."""
    made = render(
        of,
        reader,
        channel="secure",
        maximum=Level.TRES_SECRET,
        at=cast.AT,
        forms=forms,
        told_earlier=told_earlier,
    )
    assert isinstance(made, Variant), made
    return made


def content(of: Notice, form: Form, *, reader: Reader = EVERYBODY, told_earlier: bool = True) -> bytes:
    """The one file of this form; the test fails if there is none."""
    (file,) = variant(of, form, reader=reader, told_earlier=told_earlier).files
    return file.content


def bundle(of: Notice, **how: Any) -> list[dict[str, Any]]:
    """The objects of the STIX bundle."""
    found: list[dict[str, Any]] = json.loads(content(of, Form.STIX, **how))["objects"]
    return found


def of_type(objects: list[dict[str, Any]], *types: str) -> list[dict[str, Any]]:
    """The objects of these types."""
    return [one for one in objects if one["type"] in types]


def event(of: Notice, **how: Any) -> dict[str, Any]:
    """The MISP event."""
    found: dict[str, Any] = json.loads(content(of, Form.MISP, **how))["Event"]
    return found


def read_back(file: bytes) -> Report:
    """The report that leerp's own reader makes of a file."""
    return read_report(
        file, name="file", format=None, source="ec3", source_of=lambda name: name or "", received_at=cast.AT
    )


B2 = Grade(scale=Scale.ADMIRALTY, code="B2")
"""Not the 4x4 grade of the same letters."""

RECALLED = {"relation": Relation.RECALLS, "earlier": "n-0001", "earlier_at": cast.AT}

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)
observables = st.one_of(
    st.sampled_from(ALL_KINDS),
    st.ip_addresses(v=4).map(lambda one: observed(ObservableKind.IPV4, str(one))),
    st.ip_addresses(v=6).map(lambda one: observed(ObservableKind.IPV6, str(one))),
    st.binary(min_size=32, max_size=32).map(lambda one: observed(ObservableKind.SHA256, one.hex())),
    words.map(lambda one: observed(ObservableKind.FILENAME, f"{one}'\\.exe")),
    words.map(lambda one: observed(ObservableKind.MUTEX, f"\\{one}")),
    words.map(lambda one: observed(ObservableKind.URL, f"https://a.example/{one}")),
    st.integers(1, 2**32 - 1).map(lambda one: observed(ObservableKind.ASN, f"AS{one}")),
)
said = st.one_of(
    st.none(),
    st.builds(
        Said,
        observables=st.lists(observables, max_size=3).map(tuple),
        facts=st.sampled_from(
            (
                None,
                Facts(activity=Activity.EFFECT, types=("fraud:phishing",), countries=("DE",)),
                Facts(spread=Spread.SLOW, outlook=Outlook.WORSENING, life_threat=True),
            )
        ),
        level=st.sampled_from((None, "emergency")),
        level_rank=st.integers(0, 4),
        levels=st.just(5),
        meeting=st.sampled_from((None, Slot(at=cast.AT, minutes=30, place="room 1"))),
        deadline=st.sampled_from((None, cast.AT)),
    ),
)

NEVER_READ_BACK = (ObservableKind.WALLET,)
"""What leerp's reader of STIX does not know."""
