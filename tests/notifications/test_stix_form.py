"""The STIX 2.1 bundle: valid for stix2, with the published TLP ids, and read back by leerp with the same content."""

import json
import re
from typing import Any

import pytest
import rfc8785
import stix2
from hypothesis import given
from hypothesis import strategies as st

from leerp.facts import Facts
from leerp.formats.findings import Findings
from leerp.formats.stix_patterns import find_in_pattern
from leerp.grades import Grade, Scale
from leerp.marking import Level, Marking, Pap, Tlp
from leerp.notices import Form, Mode, NoticeKind, Relation, Said
from leerp.observables import Observable, ObservableKind
from notifications.forms.stix import pattern_of
from tests.notifications import cast, machine_forms
from tests.notifications.machine_forms import (
    ALL_KINDS,
    NEVER_READ_BACK,
    TIGHT,
    bundle,
    notice,
    observed,
    of_type,
    portion,
    read_back,
    telling,
)

PUBLISHED = {
    Tlp.CLEAR: ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"),
    Tlp.GREEN: ("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"),
    Tlp.AMBER: ("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"),
    Tlp.AMBER_STRICT: ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"),
    Tlp.RED: ("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "red"),
}
EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


def statements(objects: list[dict[str, Any]], refs: list[str]) -> set[str]:
    """What the statement markings of these ids say."""
    return {
        one["definition"]["statement"]
        for one in of_type(objects, "marking-definition")
        if one["id"] in refs and one.get("definition_type") == "statement"
    }


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_bundle_is_valid(kind: NoticeKind, mode: Mode) -> None:
    """stix2 takes every bundle without custom content allowed, and each reference leads to an object in it."""
    made = notice(
        telling(*ALL_KINDS, grade=machine_forms.B2),
        telling(observed(ObservableKind.CVE, "CVE-2099-99999"), marking=TIGHT, grade=cast.B2),
        kind=kind,
        mode=mode,
    )
    content = machine_forms.content(made, Form.STIX)
    parsed = stix2.parse(content.decode())
    raw = json.loads(content)
    assert len(parsed.objects) == len(raw["objects"])
    ids = [one["id"] for one in raw["objects"]]
    assert len(set(ids)) == len(ids)
    refs = [
        ref
        for one in raw["objects"]
        for ref in (*one.get("object_marking_refs", ()), *one.get("object_refs", ()), one.get("created_by_ref", ids[0]))
    ]
    assert set(refs) <= set(ids)
    assert rfc8785.dumps(raw) == content


@pytest.mark.parametrize("tlp", Tlp)
def test_tlp_has_the_published_ids(tlp: Tlp) -> None:
    """Each TLP 2.0 label is the definition that FIRST and OASIS published, extension, time and all."""
    objects = bundle(notice(telling(observed(ObservableKind.IPV4), marking=Marking(tlp=tlp))))
    identifier, label = PUBLISHED[tlp]
    (indicator,) = of_type(objects, "indicator")
    assert identifier in indicator["object_marking_refs"]
    (definition,) = [one for one in objects if one["id"] == identifier]
    assert {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": identifier,
        "created": "2022-10-01T00:00:00.000Z",
        "name": tlp.value,
        "extensions": {EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label}},
    } == definition


def test_each_object_has_the_marking_of_its_portion() -> None:
    """An indicator of a loose portion is not marked as the tight one beside it; the report is marked as the whole."""
    loose, tight = observed(ObservableKind.IPV4), observed(ObservableKind.DOMAIN)
    objects = bundle(notice(telling(loose, marking=Marking(level=Level.PUBLIC)), telling(tight, marking=TIGHT)))
    by_name = {one["name"]: one["object_marking_refs"] for one in of_type(objects, "indicator")}
    (report,) = of_type(objects, "report")
    everything = {
        "SECRET UE/EU SECRET",
        "PAP:AMBER",
        "H1 set by csirt-lu: Not to be disclosed in judicial proceedings without the permission of the provider.",
        "H3 set by officer: Call first; TLP:CLEAR",
        "Releasable only to group:ec3 or reader:csirt-fr",
    }
    assert PUBLISHED[Tlp.CLEAR][0] in by_name["ipv4 192.0.2.7"]
    assert {"Europol Public Information", "PAP:CLEAR"} == statements(objects, by_name["ipv4 192.0.2.7"])
    assert everything == statements(objects, by_name["domain control.example"])
    assert everything == statements(objects, report["object_marking_refs"])
    assert PUBLISHED[Tlp.AMBER_STRICT][0] in report["object_marking_refs"]


@given(
    st.lists(machine_forms.observables, min_size=1, max_size=8),
    st.sampled_from([level for level in Level if level is not Level.PUBLIC]),
    st.sampled_from(Tlp),
    st.sampled_from(Pap),
)
def test_leerp_reads_it_back(observables: list[Observable], level: Level, tlp: Tlp, pap: Pap) -> None:
    """The same observables and the same level, TLP and PAP come back; only wallets are unknown to the reader."""
    marking = Marking(level=level, tlp=tlp, pap=pap)
    report = read_back(machine_forms.content(notice(telling(*observables, marking=marking)), Form.STIX))
    assert {one for one in observables if one.kind not in NEVER_READ_BACK} == set(report.observables)
    assert marking == report.marking


def test_what_leerp_cannot_read_back_a_person_is_told_of() -> None:
    """Handling codes and releasability come back as a note that a person must read the marking, never in silence."""
    report = read_back(machine_forms.content(notice(telling(*ALL_KINDS, marking=TIGHT)), Form.STIX))
    assert "a marking is a statement in words: a person must read it and set the marking" in report.notes
    assert any("cryptocurrency-wallet" in note for note in report.notes)
    assert Marking(level=Level.SECRET, tlp=Tlp.AMBER_STRICT, pap=Pap.AMBER) == report.marking


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_a_value_stays_one_literal(value: str) -> None:
    """Whatever a file name holds, stix2 accepts the pattern and the reader finds that one comparison in it."""
    try:
        one = observed(ObservableKind.FILENAME, value)
    except ValueError:
        return
    pattern = pattern_of(one)
    assert pattern is not None
    stix2.Indicator(pattern=pattern, pattern_type="stix", valid_from="2017-05-12T00:00:00Z")
    literal = pattern.removeprefix("[file:name = '").removesuffix("']")
    assert one.value == re.sub(r"\\(.)", r"\1", literal)
    findings = Findings(name="pattern")
    find_in_pattern(pattern, findings)
    assert set(findings.observables) <= {one}
    assert not any("not understood" in line or "not mapped" in line for line in findings.notes.lines)


def test_an_injected_pattern_is_only_a_name() -> None:
    """A file name that tries to end its literal and to add a comparison comes back as that very name."""
    evil = observed(ObservableKind.FILENAME, "x'] OR [ipv4-addr:value = '192.0.2.1\\")
    report = read_back(machine_forms.content(notice(telling(evil)), Form.STIX))
    assert (evil,) == report.observables


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (Grade(scale=Scale.ADMIRALTY, code="A1"), 90),
        (Grade(scale=Scale.ADMIRALTY, code="B2"), 70),
        (Grade(scale=Scale.ADMIRALTY, code="C3"), 50),
        (Grade(scale=Scale.ADMIRALTY, code="D4"), 30),
        (Grade(scale=Scale.ADMIRALTY, code="E5"), 10),
        (Grade(scale=Scale.ADMIRALTY, code="F6"), None),
        (Grade(scale=Scale.ADMIRALTY, code="A6"), None),
        (Grade(scale=Scale.FOUR_BY_FOUR, code="A1"), None),
        (Grade(scale=Scale.FOUR_BY_FOUR, code="X4"), None),
        (None, None),
    ],
    ids=str,
)
def test_confidence_only_where_the_grade_says_it(grade: Grade | None, expected: int | None) -> None:
    """STIX Appendix A for Admiralty credibility; unknown is no midpoint, 4x4 is not converted, the grade is a text."""
    (indicator,) = of_type(bundle(notice(telling(observed(ObservableKind.IPV4), grade=grade))), "indicator")
    assert expected == indicator.get("confidence")
    assert (f'leerp:grade="{grade}"' in indicator.get("labels", [])) is (grade is not None)


def test_ids_follow_from_notice_and_content() -> None:
    """Another notice has other ids; the issuer and the markings are the same things everywhere; twice is once."""
    said = telling(observed(ObservableKind.IPV4), observed(ObservableKind.IPV4))
    one, other = bundle(notice(said, said)), bundle(notice(said, id="n-other"))
    assert len(of_type(one, "indicator")) == 1
    ids = [{item["id"] for item in of_type(found, "indicator", "report")} for found in (one, other)]
    assert ids[0].isdisjoint(ids[1])
    same = ("identity", "marking-definition")
    assert of_type(one, *same) == of_type(other, *same)


def test_an_observable_under_two_markings_is_told_under_both() -> None:
    """The same address from two sources is two indicators: each source's marking and grade stand for its own."""
    address = observed(ObservableKind.IPV4)
    objects = bundle(notice(telling(address), telling(address, marking=TIGHT, grade=cast.B2)))
    assert len(of_type(objects, "indicator")) == 2


def test_a_report_without_observables_names_its_issuer() -> None:
    """STIX wants a report to be about something: without any observable that is who issued it."""
    objects = bundle(notice())
    (report,) = of_type(objects, "report")
    (issuer,) = of_type(objects, "identity")
    assert [issuer["id"]] == report["object_refs"]
    assert issuer["name"] == "European Cybercrime Centre"
    assert report["report_types"] == ["threat-report"]


def test_the_report_is_the_notice() -> None:
    """Its name is the subject, its description the whole text, its time that of the notice; types are labels."""
    facts = portion(Said(facts=Facts(types=("malicious-code:infected-system", "fraud"))), marking=TIGHT)
    made = notice(facts, telling(observed(ObservableKind.IPV4)))
    (report,) = of_type(bundle(made), "report")
    assert machine_forms.variant(made, Form.STIX).subject == report["name"]
    assert machine_forms.content(made, Form.TEXT).decode() == report["description"]
    assert report["published"] == "2017-05-12T09:14:00.000Z"
    assert report["labels"] == ["euci:S-UE/EU-S", "rsit:fraud", 'rsit:malicious-code="infected-system"']
    assert {"source_name": "leerp-incident", "external_id": "LEERP-2017-0001"} in report["external_references"]


def test_types_are_read_back() -> None:
    """The types of incident come back as facts."""
    facts = portion(Said(facts=Facts(types=("malicious-code:infected-system",))))
    report = read_back(machine_forms.content(notice(facts), Form.STIX))
    assert report.facts.types == ("malicious-code:infected-system",)


@pytest.mark.parametrize("relation", Relation)
def test_an_earlier_notice_is_named_to_who_was_sent_it(relation: Relation) -> None:
    """The relation is an external reference; nothing of it shows to a reader who was not sent the earlier notice."""
    made = notice(telling(observed(ObservableKind.IPV4)), relation=relation, earlier="n-0001", earlier_at=cast.AT)
    objects = bundle(made)
    (report,) = of_type(objects, "report")
    assert {"source_name": f"leerp-{relation.value}", "external_id": "n-0001"} in report["external_references"]
    assert (relation is Relation.RECALLS) is bool(of_type(objects, "indicator")[0].get("revoked"))
    plain = notice(telling(observed(ObservableKind.IPV4)))
    assert bundle(plain) == bundle(made, told_earlier=False)


def test_what_is_no_number_stays_in_the_text() -> None:
    """An autonomous system without a number has no pattern; one with a number has it as a number."""
    objects = bundle(notice(telling(observed(ObservableKind.ASN, "Example Net"), observed(ObservableKind.ASN))))
    assert [one["pattern"] for one in of_type(objects, "indicator")] == ["[autonomous-system:number = 64500]"]


def test_a_vulnerability_is_an_object_of_its_own() -> None:
    """A CVE is referred to as such; what only claims to be one is a name and nothing else."""
    objects = bundle(notice(telling(observed(ObservableKind.CVE), observed(ObservableKind.CVE, "cve-x"))))
    found = {one["name"]: one.get("external_references") for one in of_type(objects, "vulnerability")}
    assert found == {"CVE-2017-0144": [{"source_name": "cve", "external_id": "CVE-2017-0144"}], "CVE-X": None}
