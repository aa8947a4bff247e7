"""STIX 2.1 bundles."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leerp.facts import Outlook, Recoverability
from leerp.formats.stix_bundles import PREDEFINED
from leerp.grades import Grade, Scale
from leerp.marking import Pap, Tlp
from tests.formats.examples import NOW, UUID, contribution, refusal, report, sco, sdo, stix, stix_id, values

TLP1_GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
TLP1_WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
TLP2_CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
TLP2_AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
TLP2_RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"


def a_report(**more: Any) -> dict[str, Any]:
    """A report on an address, marked TLP:AMBER."""
    return sdo(
        "report",
        name="Wiper at two port operators",
        description="Both lost their file servers.",
        published="2026-11-21T11:00:00Z",
        object_marking_refs=[TLP2_AMBER],
        **{"object_refs": [stix_id("ipv4-addr")], **more},
    )


ADDRESS = sco("ipv4-addr", value="198.51.100.7")


def test_a_report_object_gives_title_text_time_and_marking() -> None:
    """The bundle's id is the report's; publication is when it was reported."""
    read = report(stix(a_report(), ADDRESS))
    assert (read.id, read.title) == (f"bundle--{UUID}", "Wiper at two port operators")
    assert (read.narrative, read.marking.tlp) == ("Both lost their file servers.", Tlp.AMBER)
    assert read.reported_at == datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    assert values(read.observables) == ["ipv4:198.51.100.7"]


def test_a_bare_list_of_objects_is_read_like_a_bundle() -> None:
    """Its id is the report's own, for a list has none."""
    read = report([a_report(), ADDRESS])
    assert (read.id, values(read.observables)) == (stix_id("report"), ["ipv4:198.51.100.7"])


def test_what_has_no_id_of_its_own_gets_one_of_its_content() -> None:
    """The same objects have the same id, however the file is laid out."""
    first, second = report([ADDRESS]), report(b'[ {"value" : "198.51.100.7",' + b'"type":"ipv4-addr", "id":"x--1"}]')
    assert first.id == report([dict(reversed(ADDRESS.items()))]).id
    assert first.id != second.id


def test_the_creator_of_the_report_is_its_source() -> None:
    """The identity that created it, not any identity: others may be victims."""
    victim = sdo("identity", 1, name="Port of Elbonia", identity_class="organization")
    creator = sdo("identity", 2, name="CERT Ruritania", identity_class="organization")
    read = report(stix(victim, creator, a_report(created_by_ref=creator["id"]), ADDRESS), source=None)
    assert read.source == "cert-ruritania"
    assert read.notes == ("1 x identity: type of object not read",)


def test_a_bundle_whose_creator_is_unknown_needs_a_source() -> None:
    """Nobody is guessed."""
    assert refusal(stix(a_report(), ADDRESS), source=None).startswith("the source None is not registered")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (sco("ipv4-addr", value="198.51.100.7/32"), ["ipv4:198.51.100.7"]),
        (sco("ipv6-addr", value="2001:0DB8::1"), ["ipv6:2001:db8::1"]),
        (sco("domain-name", value="Evil.Example"), ["domain:evil.example"]),
        (sco("url", value="https://evil.example/a"), ["url:https://evil.example/a"]),
        (sco("email-addr", value="Spy@evil.example"), ["email:spy@evil.example"]),
        (
            sco("file", name="a.exe", hashes={"MD5": "A" * 32, "SHA-1": "b" * 40, "SHA-512": "c" * 128}),
            ["filename:a.exe", "md5:" + "a" * 32, "sha1:" + "b" * 40, "sha512:" + "c" * 128],
        ),
        (sco("artifact", hashes={"SHA-256": "d" * 64}), ["sha256:" + "d" * 64]),
        (sco("mutex", name="wiper"), ["mutex:wiper"]),
        (sco("windows-registry-key", key="HKLM\\Run"), ["registry_key:HKLM\\Run"]),
        (sco("autonomous-system", number=15139, name="Slime"), ["asn:AS15139"]),
        (sdo("vulnerability", name="CVE-2017-0144"), ["cve:CVE-2017-0144"]),
        (
            sdo(
                "vulnerability", name="x", external_references=[{"source_name": "cve", "external_id": "cve-2017-0144"}]
            ),
            ["cve:CVE-2017-0144"],
        ),
        (
            sdo(
                "observed-data", first_observed="2026-11-20T00:00:00Z", objects={"0": {"type": "url", "value": "a.b/c"}}
            ),
            ["url:a.b/c"],
        ),
        (sdo("indicator", pattern="[file:name = 'a.exe']", pattern_type="stix"), ["filename:a.exe"]),
    ],
)
def test_an_object_becomes_its_observables(item: dict[str, Any], expected: list[str]) -> None:
    """Every mapped object gives its observables in their one spelling."""
    assert values(report(stix(item)).observables) == expected


def test_what_cannot_be_mapped_is_counted_by_type() -> None:
    """Types, hashes, patterns, ranges and confidence that are not read each leave a line with their number."""
    read = report(
        stix(
            a_report(confidence=80),
            sco("ipv4-addr", value="198.51.100.0/24"),
            sco("file", hashes={"SSDEEP": "3:x"}),
            sco("process", 1, pid=4),
            sco("process", 2, pid=5),
            sdo("indicator", pattern="rule x {}", pattern_type="yara"),
            sdo("vulnerability", name="Blue"),
            sdo("malware", name="Wiper", revoked=True),
        )
    )
    assert read.notes == (
        "1 x object: revoked by the source; left out",
        "1 x ipv4-addr: value not valid, or a range; left out",
        "1 x file hash SSDEEP: not mapped",
        "1 x indicator pattern of type yara: not read",
        "1 x vulnerability: has no CVE id",
        "1 x confidence: not taken over: it is no grade of the source",
        "2 x process: type of object not read",
    )


@pytest.mark.parametrize(
    ("item", "key", "missing"),
    [
        (a_report(), "object_refs", stix_id("ipv4-addr")),
        (
            sdo(
                "relationship", relationship_type="uses", source_ref=stix_id("report"), target_ref=stix_id("malware", 9)
            ),
            "source_ref",
            stix_id("report"),
        ),
        (sdo("sighting", sighting_of_ref=stix_id("indicator")), "sighting_of_ref", stix_id("indicator")),
        (
            sco("ipv4-addr", value="198.51.100.7", object_marking_refs=[stix_id("marking-definition")]),
            "object_marking_refs",
            stix_id("marking-definition"),
        ),
        (
            sdo("tool", granular_markings=[{"marking_ref": stix_id("marking-definition"), "selectors": ["name"]}]),
            "marking_ref",
            stix_id("marking-definition"),
        ),
    ],
)
def test_a_dangling_reference_is_refused_with_both_ends(item: dict[str, Any], key: str, missing: str) -> None:
    """The sentence names what is missing and where it is referred to."""
    expected = (
        f"report.json, {item['id']}: {key} names {missing}, which is not in the file;"
        " export it together with all that it refers to"
    )
    assert refusal(stix(item)) == expected


@pytest.mark.parametrize(
    ("item", "note"),
    [
        (
            sdo("malware", created_by_ref=stix_id("identity")),
            "1 x malware created_by_ref: refers to an object that is not in the file",
        ),
        (
            sco("process", image_ref=stix_id("file")),
            "1 x process image_ref: refers to an object that is not in the file",
        ),
        (
            sco("file", extensions={"archive-ext": {"contains_refs": [stix_id("file", 8)]}}),
            "1 x file contains_refs: refers to an object that is not in the file",
        ),
        (sdo("tool", x_our_ref="whatever"), "1 x tool x_our_ref: refers to an object that is not in the file"),
    ],
)
def test_what_exports_leave_out_is_noted_and_not_refused(item: dict[str, Any], note: str) -> None:
    """The creator, what one observable says of another, and properties of a producer's own may dangle."""
    assert note in report(stix(item)).notes


@pytest.mark.parametrize(("reference", "tag"), PREDEFINED.items())
def test_the_predefined_tlp_markings_need_no_definition(reference: str, tag: str) -> None:
    """TLP 1 and 2 by id; white is clear."""
    expected = "TLP:CLEAR" if tag == "tlp:white" else tag.upper()
    assert report(stix({**ADDRESS, "object_marking_refs": [reference]})).marking.tlp == expected


@pytest.mark.parametrize(
    ("definition", "tlp", "pap"),
    [
        (
            {"extensions": {TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": "amber+strict"}}},
            Tlp.AMBER_STRICT,
            Pap.CLEAR,
        ),
        ({"definition_type": "tlp", "definition": {"tlp": "green"}}, Tlp.GREEN, Pap.CLEAR),
        ({"definition_type": "tlp", "definition": {"tlp": "purple"}}, Tlp.RED, Pap.CLEAR),
        ({"definition_type": "tlp", "definition": {}}, Tlp.RED, Pap.CLEAR),
        ({"definition_type": "tlp", "definition": {"tlp": "green"}, "revoked": True}, Tlp.GREEN, Pap.CLEAR),
        ({"definition_type": "PAP", "name": "PAP:AMBER", "definition": {}}, Tlp.CLEAR, Pap.AMBER),
        ({"definition_type": "statement", "definition": {"statement": "tlp:red"}}, Tlp.RED, Pap.CLEAR),
    ],
)
def test_a_definition_in_the_file_is_read(definition: dict[str, Any], tlp: Tlp, pap: Pap) -> None:
    """TLP of either version, the PAP, and statements that are tags."""
    marking = sdo("marking-definition", **definition)
    read = report(stix(marking, {**ADDRESS, "object_marking_refs": [marking["id"]]}))
    assert (read.marking.tlp, read.marking.pap) == (tlp, pap)


def test_a_definition_that_nothing_refers_to_marks_nothing() -> None:
    """Some producers send all definitions along."""
    unused = sdo("marking-definition", definition_type="tlp", definition={"tlp": "red"})
    assert report(stix(unused, a_report(), ADDRESS)).marking.tlp == Tlp.AMBER


def test_the_whole_is_as_high_as_its_highest_object_or_part() -> None:
    """Markings join over objects and granular markings."""
    part = {**ADDRESS, "granular_markings": [{"marking_ref": TLP2_RED, "selectors": ["value"]}, {"lang": "en"}]}
    assert report(stix(a_report(), {**ADDRESS, "object_marking_refs": [TLP1_GREEN]})).marking.tlp == Tlp.AMBER
    assert report(stix(a_report(), part)).marking.tlp == Tlp.RED


def test_two_labels_on_one_object_are_refused() -> None:
    """The place is the object's id."""
    sentence = refusal(stix({**ADDRESS, "object_marking_refs": [TLP1_GREEN, TLP2_RED]}))
    assert sentence == (
        f"report.json, {ADDRESS['id']}: the tags 'tlp:green' and 'tlp:red' contradict each other;"
        " ask the source which one holds"
    )


def test_white_and_clear_on_one_object_are_no_contradiction() -> None:
    """TLP 1 and 2 for readers of either."""
    assert report(stix({**ADDRESS, "object_marking_refs": [TLP1_WHITE, TLP2_CLEAR]})).marking.tlp == Tlp.CLEAR


@pytest.mark.parametrize(
    ("definition", "note"),
    [
        (
            {"definition_type": "statement", "definition": {"statement": "Copyright"}},
            "a marking is a statement in words: a person must read it and set the marking",
        ),
        (
            {"definition_type": "iep", "definition": {"name": "x"}},
            "a marking is neither TLP, PAP nor a statement: a person must read it and set the marking",
        ),
    ],
)
def test_a_marking_in_words_is_left_to_a_person(definition: dict[str, Any], note: str) -> None:
    """What cannot be read of a marking is said."""
    marking = sdo("marking-definition", **definition)
    assert note in report(stix(marking, {**ADDRESS, "object_marking_refs": [marking["id"]]})).notes


def test_a_file_without_any_label_says_so() -> None:
    """No TLP is no invitation to publish."""
    assert "no TLP label on any object: set the marking before anything is released" in report(stix(ADDRESS)).notes


def test_labels_that_are_machine_tags_give_grade_and_facts() -> None:
    """MISP writes its tags into the labels of a report."""
    labels = [
        'admiralty-scale:source-reliability="b"',
        'admiralty-scale:information-credibility="2"',
        'nis:impact-outlook="improving"',
        "malicious-activity",
    ]
    read = report(stix(a_report(labels=labels), ADDRESS))
    assert read.grade == Grade(scale=Scale.ADMIRALTY, code="B2")
    assert read.facts.outlook == Outlook.IMPROVING


def test_labels_name_types_of_incident() -> None:
    """The same three taxonomies; a value that is not known leaves its class and a note."""
    labels = ['rsit:fraud="phishing"', 'common-taxonomy:malware="virus"', 'europol-incident:malware="c&c"']
    read = report(stix(a_report(labels=labels), ADDRESS))
    assert read.facts.types == ("fraud:phishing", "malicious-code", "malicious-code:c2-server")
    assert read.notes == (
        "1 x tag common-taxonomy:malware: only the class was taken, for the value is no single type of RSIT",
    )


def test_labels_of_other_objects_are_no_facts_and_counted() -> None:
    """What stands on an address or an indicator is said of that alone; its markings count all the same."""
    address = {**ADDRESS, "labels": ["tlp:red", 'rsit:fraud="phishing"', 'admiralty-scale:source-reliability="a"']}
    read = report(stix(a_report(), address))
    assert (read.facts.types, read.grade, read.marking.tlp) == ((), None, Tlp.RED)
    assert read.notes == ("2 x tag of ipv4-addr: of such objects only markings are read",)


def test_an_incident_gives_title_and_recoverability() -> None:
    """The hardest of what the core extension says; STIX and the vocabulary share the words."""
    extension = {"extension-definition--ef765651-680c-498d-9894-99799f2fa126": {"recoverability": "extended"}}
    read = report(stix(sdo("incident", name="Outage", extensions=extension), sdo("note", content="Since noon")))
    assert (read.title, read.narrative, read.facts.recoverability) == ("Outage", "Since noon", Recoverability.EXTENDED)


def test_times_fall_back_to_the_last_change_and_then_to_the_receipt() -> None:
    """Without a publication the youngest object counts, without any time the receipt does."""
    assert report(stix(sdo("tool", name="x"))).reported_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    read = report(stix(ADDRESS))
    assert read.reported_at == NOW
    assert "no object has a time: the file counts as reported when it was received" in read.notes


def test_the_first_observation_is_when_it_was_observed() -> None:
    """The earliest of all observed data."""
    items = [sdo("observed-data", day, first_observed=f"2026-11-{day}T00:00:00Z") for day in (20, 19)]
    assert report(stix(*items)).observed_at == datetime(2026, 11, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (stix(), "report.json: no STIX objects in it; hand in a STIX 2.1 bundle with its objects"),
        ({"type": "bundle", "objects": "x"}, "report.json: no STIX objects in it; hand in a STIX 2.1 bundle"),
        (stix({"type": "tool"}), "report.json, objects.0, key id: Field required"),
        (stix(ADDRESS, 7), "report.json, objects.1: Input should be a valid dictionary"),  # type: ignore[arg-type]
        (stix(sco("url", value=["x"])), "report.json, objects.0, key value: Input should be a valid string"),
        (
            stix(sdo("tool", created="yesterday")),
            "report.json, objects.0, key created: Input should be a valid datetime",
        ),
        (
            stix(sdo("tool", created="0001-01-01T00:00:00+14:00")),
            "report.json, objects.0: a time lies outside the years",
        ),
        (
            stix(sdo("tool", created="2026-11-21T09:00:00")),
            "report.json, objects.0, key created: a time needs its offset",
        ),
    ],
)
def test_a_wrong_part_is_refused_with_its_place(value: object, sentence: str) -> None:
    """The sentence names the object and the key."""
    assert refusal(value).startswith(sentence)


def test_a_bundle_is_a_contribution_as_well() -> None:
    """Of who hands it in, whoever created it."""
    read = contribution(stix(a_report(), ADDRESS))
    assert (read.contributor, read.title, read.marking.tlp) == (
        "cert-ruritania",
        "Wiper at two port operators",
        Tlp.AMBER,
    )
