"""MISP events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leerp.facts import Outlook, RootCause, Sector
from leerp.formats.findings import MAX_NOTES
from leerp.grades import Grade, Scale
from leerp.marking import Level, Pap, Tlp
from tests.formats.examples import NOW, UUID, attribute, contribution, misp, refusal, report, tags, values


def test_an_event_becomes_a_report_with_id_title_times_and_marking() -> None:
    """The event's uuid, info, dates and TLP are the report's."""
    read = report(misp())
    assert (read.id, read.title, read.marking.tlp) == (f"{UUID}.1795255200", "Wiper at two port operators", Tlp.AMBER)
    assert read.reported_at == datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    assert read.observed_at == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("wrap", ["event", "response", "list", "bare"])
def test_every_wrapping_of_one_event_reads_the_same(wrap: str) -> None:
    """MISP wraps an event differently by the way it was exported; the report is the same."""
    event: Any = misp(attribute("domain", "evil.example"))
    wrapped = {"event": event, "response": {"response": [event]}, "list": [event], "bare": event["Event"]}
    assert report(wrapped[wrap]) == report(event)


def test_two_events_in_one_file_are_refused() -> None:
    """One file is one report."""
    assert refusal({"response": [misp(), misp()]}) == "report.json: holds 2 MISP events; hand in one event per file"


def test_the_organisation_of_the_event_is_its_source_when_nobody_else_is_named() -> None:
    """The creator of the event is looked up in the directory."""
    assert report(misp(), source=None).source == "cert-ruritania"


def test_an_organisation_that_nobody_knows_is_refused() -> None:
    """What the file says of its source must be registered."""
    event = misp(Orgc={"name": "Nobody"})
    assert refusal(event, source=None) == "the source 'Nobody' is not registered; name it with --source"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ip-src", "198.51.100.7", ["ipv4:198.51.100.7"]),
        ("ip-dst", "2001:DB8::1", ["ipv6:2001:db8::1"]),
        ("ip-dst|port", "198.51.100.7|443", ["ipv4:198.51.100.7"]),
        ("domain", "Evil.Example", ["domain:evil.example"]),
        ("domain|ip", "evil.example|198.51.100.7", ["domain:evil.example", "ipv4:198.51.100.7"]),
        ("hostname|port", "www.evil.example|80", ["domain:www.evil.example"]),
        ("hostname", "www.evil.example", ["domain:www.evil.example"]),
        ("url", "hxxp://evil[.]example/a", ["url:http://evil.example/a"]),
        ("uri", "/gate.php?id=1", ["url:/gate.php?id=1"]),
        ("email-src", "Spy@evil.example", ["email:spy@evil.example"]),
        ("email-dst", "victim@port.example", ["email:victim@port.example"]),
        ("md5", "A" * 32, ["md5:" + "a" * 32]),
        ("sha1", "b" * 40, ["sha1:" + "b" * 40]),
        ("sha256", "c" * 64, ["sha256:" + "c" * 64]),
        ("sha512", "d" * 128, ["sha512:" + "d" * 128]),
        ("filename", "setup.exe", ["filename:setup.exe"]),
        ("filename|md5", f"a|b.exe|{'a' * 32}", ["filename:a|b.exe", "md5:" + "a" * 32]),
        ("filename|sha512", f"x.dll|{'d' * 128}", ["filename:x.dll", "sha512:" + "d" * 128]),
        ("malware-sample", f"x.dll|{'a' * 32}", ["filename:x.dll", "md5:" + "a" * 32]),
        ("mutex", "Global\\wiper", ["mutex:Global\\wiper"]),
        ("regkey", "HKLM\\Software\\Run", ["registry_key:HKLM\\Software\\Run"]),
        ("regkey|value", "HKLM\\Run|C:\\a.exe", ["registry_key:HKLM\\Run"]),
        ("btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", ["wallet:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"]),
        ("vulnerability", "cve-2017-0144", ["cve:CVE-2017-0144"]),
        ("AS", "15139", ["asn:AS15139"]),
        ("AS", "AS15139", ["asn:AS15139"]),
    ],
)
def test_an_attribute_type_becomes_its_observables(kind: str, value: str, expected: list[str]) -> None:
    """Every mapped attribute type gives its observables in their one spelling."""
    assert values(report(misp(attribute(kind, value))).observables) == expected


def test_attributes_of_objects_count_like_those_of_the_event() -> None:
    """An object's attributes are read; the same value twice is one observable."""
    objects = [{"name": "file", "Attribute": [attribute("filename", "a.exe"), attribute("text", "Malicious")]}]
    read = report(misp(attribute("filename", "a.exe"), Object=objects))
    assert values(read.observables) == ["filename:a.exe"]
    assert "1 x text: attribute type not mapped" in read.notes


def test_what_cannot_be_mapped_is_counted_by_type() -> None:
    """Unknown types, invalid values, ranges and deleted attributes each leave a line with their number."""
    read = report(
        misp(
            attribute("yara", "rule a {}"),
            attribute("yara", "rule b {}"),
            attribute("ip-dst", "198.51.100.0/24"),
            attribute("md5", "not a hash"),
            attribute("filename|ssdeep", "a.exe|3:abc"),
            attribute("domain", "old.example", deleted=True),
            attribute("filename", "a\x00b"),
            attribute("hostname", "é" * 5_000),
            ShadowAttribute=[{}],
        )
    )
    assert values(read.observables) == ["filename:a.exe"]
    assert set(read.notes) == {
        "2 x yara: attribute type not mapped",
        "1 x ip-dst: value not valid, or a range; left out",
        "1 x md5: value not valid, or a range; left out",
        "1 x filename|ssdeep: the part ssdeep is not mapped",
        "1 x attribute: deleted by the source; left out",
        "1 x filename: value not valid, or a range; left out",
        "1 x hostname: value not valid, or a range; left out",
        "1 x proposal: proposals to change the event are not read",
    }


def test_texts_and_event_reports_are_the_narrative() -> None:
    """What people wrote in the event is kept, what they deleted is not."""
    reports = [{"name": "Situation", "content": "All down.\r\nSince noon."}, {"name": "x", "deleted": True}]
    read = report(misp(attribute("comment", "Seen\x07 twice"), EventReport=reports))
    assert read.narrative == "Situation\n\nAll down.\nSince noon.\n\nSeen twice"


def test_a_title_is_one_line_of_at_most_256_characters() -> None:
    """Control characters and direction overrides are folded away; what is cut is noted."""
    read = report(misp(info="a\r\nb\x00\u202e" + "c" * 300))
    assert read.title == "a b " + "c" * 251 + "…"
    assert "the title of the event is longer than 256 characters and was cut" in read.notes


def test_an_event_without_a_title_is_named_by_its_id() -> None:
    """There is always a title."""
    assert report(misp(info=" \n")).title == f"MISP event {UUID}"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("tlp:white", Tlp.CLEAR),
        ("tlp:clear", Tlp.CLEAR),
        ("TLP:GREEN", Tlp.GREEN),
        ("tlp:amber+strict", Tlp.AMBER_STRICT),
        ("tlp:red", Tlp.RED),
        ("tlp:unclear", Tlp.RED),
    ],
)
def test_a_tlp_tag_is_the_label_and_an_unknown_one_the_tightest(tag: str, expected: Tlp) -> None:
    """Fail closed: what is no label of TLP 2.0 is read as red."""
    assert report(misp(Tag=tags(tag))).marking.tlp == expected


def test_pap_and_eu_classification_tags_are_read() -> None:
    """Two more scales of markings."""
    marking = report(misp(Tag=tags("tlp:green", "PAP:RED", "euci:S-UE/EU-S"))).marking
    assert (marking.tlp, marking.pap, marking.level) == (Tlp.GREEN, Pap.RED, Level.SECRET)


def test_a_classification_without_a_level_here_is_refused() -> None:
    """Reading it as unclassified would be a leak, guessing a level would be wrong."""
    expected = (
        "report.json, tags of the event: classified 'nato:classification=\"NS\"', which has no level here;"
        " ask the source for the EU classification"
    )
    assert refusal(misp(Tag=tags('nato:classification="NS"'))) == expected


def test_white_and_clear_together_are_no_contradiction() -> None:
    """TLP 1.0 and 2.0 name the same label differently."""
    assert report(misp(Tag=tags("tlp:white", "tlp:clear"))).marking.tlp == Tlp.CLEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tlp:green", "tlp:red"),
        ("tlp:amber", "tlp:amber+strict"),
        ("PAP:GREEN", "PAP:RED"),
        ('admiralty-scale:source-reliability="a"', 'admiralty-scale:source-reliability="c"'),
        ('admiralty-scale:information-credibility="1"', 'admiralty-scale:information-credibility="5"'),
        ('nis:nature-root-cause="human-errors"', 'nis2:nature-root-cause="malicious-actions"'),
        ('nis:impact-outlook="stable"', 'nis:impact-outlook="worsening"'),
    ],
)
def test_tags_that_contradict_each_other_are_refused_by_name(one: str, other: str) -> None:
    """The sentence names the file, both tags and what to do."""
    expected = (
        f"report.json, tags of the event: the tags {one!r} and {other!r} contradict each other;"
        " ask the source which one holds"
    )
    assert refusal(misp(Tag=tags(one, other))) == expected


def test_a_report_is_as_high_as_its_highest_attribute() -> None:
    """An attribute's label tightens the whole, and never contradicts the event's."""
    read = report(misp(attribute("ip-dst", "198.51.100.7", Tag=tags("tlp:red")), Tag=tags("tlp:green")))
    assert read.marking.tlp == Tlp.RED
    assert "attributes are marked higher than the event: the report has the marking of the highest" in read.notes


def test_a_deleted_attribute_marks_nothing() -> None:
    """What is left out does not tighten."""
    gone = attribute("ip-dst", "198.51.100.7", Tag=tags("tlp:red"), deleted=True)
    assert report(misp(gone)).marking.tlp == Tlp.AMBER


def test_two_labels_on_one_attribute_are_refused() -> None:
    """The place names the type of the attribute, not its value."""
    sentence = refusal(misp(attribute("ip-dst", "198.51.100.7", Tag=tags("tlp:green", "tlp:red"))))
    assert sentence.startswith("report.json, tags of an attribute of type ip-dst: the tags 'tlp:green' and 'tlp:red'")


def test_a_missing_label_is_said_together_with_misps_own_limit() -> None:
    """No TLP is no invitation to publish."""
    expected = (
        "no TLP label on the event: set its marking before anything is released; "
        "MISP limits the event to its own organisation only"
    )
    assert report(misp(Tag=[], distribution=0)).notes == (expected,)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (['admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="2"'], "B2"),
        (['admiralty-scale:source-reliability="f"'], "F6"),
        (['admiralty-scale:information-credibility="1"'], "F1"),
        (['admiralty-scale:source-reliability="c"'], "C6"),
    ],
)
def test_admiralty_tags_are_the_grade_and_never_converted(names: list[str], code: str) -> None:
    """A half that the source did not give is "cannot be judged", which is unknown."""
    assert report(misp(Tag=tags(*names))).grade == Grade(scale=Scale.ADMIRALTY, code=code)


def test_a_reliability_off_the_grid_gives_no_grade_but_a_note() -> None:
    """MISP's seventh value (deliberately deceptive) has no place on the 6x6 grid."""
    read = report(misp(Tag=tags('admiralty-scale:source-reliability="g"')))
    assert read.grade is None
    assert any("not on the 6x6 grid" in note for note in read.notes)


def test_facts_come_from_the_nis_taxonomies() -> None:
    """Cause, outlook and sectors, in the spelling of every taxonomy."""
    facts = report(
        misp(
            Tag=tags(
                'nis2:nature-root-cause="malicious-actions"',
                'nis:impact-outlook="worsening"',
                'nis2:impact-sectors-impacted="ict-services"',
                'nis2:impact-subsectors-impacted="rail"',
                'nis:impact-sectors-impacted="government"',
                'eu-nis-sector-and-subsectors:eu-nis-oes="water"',
                'eu-nis-sector-and-subsectors:eu-nis-oes-energy="gas-energy"',
                'nis2:important-entities="postal"',
                'nis2:impact-severity="red"',
            )
        )
    ).facts
    assert (facts.root_cause, facts.outlook) == (RootCause.MALICIOUS_ACTIONS, Outlook.WORSENING)
    assert facts.sectors == tuple(
        sorted(
            (
                Sector.ICT_SERVICES,
                Sector.TRANSPORT,
                Sector.PUBLIC_ADMINISTRATION,
                Sector.DRINKING_WATER,
                Sector.ENERGY,
                Sector.COURIER,
            )
        )
    )


@pytest.mark.parametrize(
    ("tag", "cause"),
    [
        ('rsit:malicious-code="c2-server"', RootCause.MALICIOUS_ACTIONS),
        ('rsit:availability="ddos"', RootCause.MALICIOUS_ACTIONS),
        ('rsit:availability="outage"', None),
        ('rsit:other="other"', None),
    ],
)
def test_rsit_classes_say_malice_only_where_they_cannot_mean_anything_else(tag: str, cause: RootCause | None) -> None:
    """An outage may be anything."""
    assert report(misp(Tag=tags(tag))).facts.root_cause == cause


TYPE_TAGS = {
    'rsit:fraud="phishing"': "fraud:phishing",
    'RSIT:Malicious-Code="C2-Server"': "malicious-code:c2-server",
    "rsit:intrusions": "intrusions",
    'rsit:vulnerable="weak-crypto"': "vulnerable:weak-crypto",
    'rsit:fraud="unauthorized-use-of-resources"': "fraud:unauthorised-use-of-resources",
    'common-taxonomy:information-gathering="phishing"': "fraud:phishing",
    'common-taxonomy:abusive-content="copyright"': "fraud:copyright",
    'common-taxonomy:malware="command-and-control"': "malicious-code:c2-server",
    "common-taxonomy:information-security": "information-content-security",
    'common-taxonomy:other="undetermined-incident"': "other:undetermined",
    'europol-incident:malware="c&c"': "malicious-code:c2-server",
    'europol-incident:malware="undetermined"': "malicious-code",
    'europol-incident:malware="infection"': "malicious-code:infected-system",
    'europol-incident:information-gathering="phishing"': "fraud:phishing",
    'europol-incident:intrusion="exploitation-vulnerability"': "intrusions:application-compromise",
    'europol-incident:information-security="unauthorized-modification"': (
        "information-content-security:unauthorised-information-modification"
    ),
    'europol-incident:fraud="illegitimate-use-resources"': "fraud:unauthorised-use-of-resources",
    'europol-incident:fraud="illegitimate-use-name"': "fraud:masquerade",
    'europol-incident:abusive-content="copyright"': "fraud:copyright",
    'europol-incident:other="other"': "other:other",
}


@pytest.mark.parametrize(("tag", "expected"), TYPE_TAGS.items())
def test_a_tag_of_three_taxonomies_is_a_type_of_incident(tag: str, expected: str) -> None:
    """In the spelling of RSIT, and with nothing left to note."""
    read = report(misp(Tag=tags("tlp:amber", tag)))
    assert (read.facts.types, read.notes) == ((expected,), ())


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('rsit:intrusions="teleportation"', "intrusions"),
        ('rsit:fraud="c2-server"', "fraud"),
        ('common-taxonomy:malware="virus"', "malicious-code"),
        ('common-taxonomy:malware="c&c"', "malicious-code"),
        ('common-taxonomy:malware="malicious-connection"', "malicious-code"),
        ('common-taxonomy:intrusion="account-compromise"', "intrusions"),
        ('common-taxonomy:availability="dos-ddos"', "availability"),
        ('common-taxonomy:abusive-content="cse-racism-violence-incitement"', "abusive-content"),
        ('europol-incident:intrusion="compromising-account"', "intrusions"),
        ('europol-incident:intrusion-attempt="exploitation-vulnerability"', "intrusion-attempts"),
        ('europol-incident:information-security="unauthorized-access"', "information-content-security"),
        ('europol-incident:abusive-content="content-forbidden-by-law"', "abusive-content"),
    ],
)
def test_a_value_that_is_no_single_type_leaves_the_class_and_a_note(tag: str, expected: str) -> None:
    """Unknown values, values that RSIT lacks, and values that stand for several of RSIT."""
    read = report(misp(Tag=tags("tlp:amber", tag)))
    note = f"1 x tag {tag.partition('=')[0]}: only the class was taken, for the value is no single type of RSIT"
    assert (read.facts.types, read.notes) == ((expected,), (note,))


@pytest.mark.parametrize(
    "tag", ['rsit:test="test"', 'common-taxonomy:vulnerable="x"', 'europol-incident:intrusions="x"']
)
def test_a_class_that_nobody_knows_is_no_type_and_noted(tag: str) -> None:
    """Not guessed, and not dropped in silence."""
    read = report(misp(Tag=tags("tlp:amber", tag)))
    assert (read.facts.types, read.notes) == ((), (f"1 x tag {tag.partition('=')[0]}: not mapped to a fact",))


def test_the_types_of_all_tags_are_united() -> None:
    """Each once; events of Europol are another taxonomy, which is not read."""
    names = ('rsit:fraud="phishing"', 'common-taxonomy:information-gathering="phishing"', 'rsit:availability="ddos"')
    read = report(misp(Tag=tags("tlp:amber", *names, 'europol-event:phishing="x"')))
    assert read.facts.types == ("availability:ddos", "fraud:phishing")
    assert read.notes == ("1 x tag europol-event: taxonomy not read",)


@pytest.mark.parametrize(
    ("tag", "cause"),
    [
        ('common-taxonomy:malware="infection"', RootCause.MALICIOUS_ACTIONS),
        ("common-taxonomy:intrusion", RootCause.MALICIOUS_ACTIONS),
        ('common-taxonomy:availability="dos-ddos"', RootCause.MALICIOUS_ACTIONS),
        ('common-taxonomy:information-gathering="phishing"', RootCause.MALICIOUS_ACTIONS),
        ('europol-incident:intrusion-attempt="login-attempt"', RootCause.MALICIOUS_ACTIONS),
        ('europol-incident:availability="sabotage"', RootCause.MALICIOUS_ACTIONS),
        ("common-taxonomy:availability", None),
        ('common-taxonomy:information-gathering="scanning"', None),
        ('common-taxonomy:information-security="unauthorised-access"', None),
        ('europol-incident:other="other"', None),
    ],
)
def test_the_common_taxonomy_says_malice_where_rsit_would(tag: str, cause: RootCause | None) -> None:
    """Only where every type of RSIT that it may stand for does."""
    assert report(misp(Tag=tags(tag))).facts.root_cause == cause


def test_a_named_cause_stands_before_a_class_that_implies_another() -> None:
    """The disagreement is noted for a person."""
    read = report(misp(Tag=tags('nis:nature-root-cause="human-errors"', 'rsit:fraud="phishing"')))
    assert read.facts.root_cause == RootCause.HUMAN_ERRORS
    assert any("a person should look" in note for note in read.notes)


def test_tags_that_say_nothing_to_us_are_counted_by_taxonomy() -> None:
    """Galaxies, workflow states and unmapped predicates; an exercise is said out loud."""
    names = ('misp-galaxy:tool="X"', 'misp-galaxy:tool="Y"', 'nis2:impact-severity="red"', "exercise:cyber-europe", "a")
    assert report(misp(Tag=tags("tlp:clear", "tlp:ex:chr", *names))).notes == (
        "tag tlp:ex:chr (Chatham House rule): the source must not be named to readers",
        "tag exercise:cyber-europe: this belongs to an exercise; make sure it is taken in as one",
        "2 x tag misp-galaxy: taxonomy not read",
        "1 x tag nis2:impact-severity: not mapped to a fact",
        "1 x tag a: taxonomy not read",
    )


def test_notes_never_exceed_their_limit_and_say_how_many_are_missing() -> None:
    """A file with many unknown types does not flood the desk."""
    notes = report(misp(*(attribute(f"t{number}", "x") for number in range(500)))).notes
    assert (len(notes), notes[-1]) == (MAX_NOTES, "301 more kinds of things were not read")


def test_an_event_never_published_is_reported_when_it_was_last_changed() -> None:
    """A publish_timestamp of 0 means never."""
    assert report(misp(publish_timestamp="0")).reported_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def test_an_event_without_times_is_reported_when_received() -> None:
    """The note says so."""
    read = report(misp(timestamp="", publish_timestamp=0, date=""))
    assert (read.reported_at, read.observed_at) == (NOW, None)
    assert "the event has no time stamp: it counts as reported when it was received" in read.notes


def test_a_day_that_has_begun_only_in_the_east_is_not_the_future() -> None:
    """A date has no zone: at noon in UTC it is already tomorrow in Kiribati."""
    read = report(misp(date="2026-11-23", timestamp=int(NOW.timestamp()), publish_timestamp=0))
    assert read.observed_at == NOW


def test_unknown_keys_of_misp_are_let_pass() -> None:
    """A new release of MISP must not make reports unreadable."""
    assert report(misp(attribute("md5", "a" * 32, brand_new={"x": 1}), brand_new=[1])).observables != ()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"uuid": "../../etc/passwd"}, "key uuid"),
        ({"uuid": None}, "key uuid"),
        ({"info": ["x"]}, "key info"),
        ({"timestamp": "soon"}, "key timestamp"),
        ({"timestamp": "99999999999999999999"}, "key timestamp"),
        ({"date": "2026-02-30"}, "key date"),
        ({"Attribute": {"type": "md5"}}, "key Attribute"),
        ({"Attribute": [{"value": "x"}]}, "key Attribute.0.type"),
        ({"Tag": [{"name": 1.5}, "x"]}, "key Tag.1"),
    ],
)
def test_a_wrong_part_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    """The sentence names the key."""
    assert f"report.json, {place}" in refusal(misp(**change))


def test_an_event_is_a_contribution_as_well() -> None:
    """Of who hands it in; facts and notes, for which a contribution has no field, are in its narrative."""
    read = contribution(misp(attribute("yara", "x"), Tag=tags("tlp:green", 'nis:impact-outlook="stable"')))
    assert (read.contributor, read.id, read.marking.tlp) == ("cert-ruritania", f"{UUID}.1795255200", Tlp.GREEN)
    assert read.narrative == (
        "Asserted in the file: outlook: stable\nNote of the reader: 1 x yara: attribute type not mapped"
    )
