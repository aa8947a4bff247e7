"""The MISP event: loaded by pymisp, of types and categories MISP knows, and read back by leerp."""

import json
from pathlib import Path
from typing import Any

import pymisp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.facts import Facts
from leerp.grades import Grade, Scale
from leerp.marking import Level, Marking, Pap, Tlp
from leerp.notices import Form, Mode, NoticeKind, Portion, Relation, Said, Section
from leerp.observables import Observable, ObservableKind
from notifications.forms.misp import event_uuid
from tests.notifications import cast, machine_forms
from tests.notifications.machine_forms import (
    ALL_KINDS,
    HOSTILE,
    TIGHT,
    event,
    notice,
    observed,
    portion,
    read_back,
    telling,
)

DESCRIBED = json.loads((Path(pymisp.__file__).parent / "data" / "describeTypes.json").read_text())["result"]
"""MISP's own table of types and categories."""

WALLETS = (
    ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "btc"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "btc"),
    ("4" + "A" * 94, "xmr"),
    ("X" + "a" * 33, "dash"),
    ("0x" + "ab" * 20, "other"),
)


def names(tagged: dict[str, object]) -> list[str]:
    """The names of the tags."""
    tags = tagged["Tag"]
    assert isinstance(tags, list)
    return [tag["name"] for tag in tags]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_event_is_loaded(kind: NoticeKind, mode: Mode) -> None:
    """Every event is loaded by pymisp with all its attributes and its report, and gives it out again."""
    made = notice(telling(*ALL_KINDS, grade=machine_forms.B2), telling(*ALL_KINDS, marking=TIGHT), kind=kind, mode=mode)
    raw = machine_forms.content(made, Form.MISP)
    loaded = pymisp.MISPEvent()
    loaded.load(raw.decode())
    assert len(loaded.attributes) == 2 * len(ALL_KINDS)
    assert len(loaded.event_reports) == 1
    again = json.loads(loaded.to_json())
    ours = json.loads(raw)["Event"]
    assert (ours["uuid"], ours["info"], ours["date"]) == (again["uuid"], again["info"], again["date"])


def test_types_and_categories_are_known_to_misp() -> None:
    """Each kind becomes a type of MISP's table under a category that has it, looked for only where MISP would."""
    wallets = tuple(observed(ObservableKind.WALLET, value) for value, _ in WALLETS)
    found = event(notice(telling(*ALL_KINDS, *wallets)))["Attribute"]
    for one in found:
        assert one["type"] in DESCRIBED["category_type_mappings"][one["category"]]
        assert one["to_ids"] is bool(DESCRIBED["sane_defaults"][one["type"]]["to_ids"])
    assert dict(WALLETS) == {one["value"]: one["type"] for one in found if one["category"] == "Financial fraud"}


@given(
    st.lists(machine_forms.observables, min_size=1, max_size=8),
    st.sampled_from([level for level in Level if level is not Level.PUBLIC]),
    st.sampled_from(Tlp),
    st.sampled_from(Pap),
)
def test_leerp_reads_it_back(observables: list[Observable], level: Level, tlp: Tlp, pap: Pap) -> None:
    """The same observables and the same level, TLP and PAP come back."""
    marking = Marking(level=level, tlp=tlp, pap=pap)
    report = read_back(machine_forms.content(notice(telling(*observables, marking=marking)), Form.MISP))
    assert set(observables) == set(report.observables)
    assert marking == report.marking


def test_attributes_have_the_marking_of_their_portion() -> None:
    """Tags of each attribute are those of its own portion; what no tag can say stands in the comment."""
    made = event(
        notice(
            telling(observed(ObservableKind.IPV4), marking=Marking(level=Level.PUBLIC)),
            telling(observed(ObservableKind.DOMAIN), marking=TIGHT, grade=cast.B2),
        )
    )
    loose, tight = sorted(made["Attribute"], key=lambda one: str(one["type"]), reverse=True)
    assert names(loose) == ["tlp:clear", "PAP:CLEAR"]
    limited = [
        "tlp:amber+strict",
        "PAP:AMBER",
        "euci:S-UE/EU-S",
        'leerp:handling="H1"',
        'leerp:handling="H3"',
        'leerp:releasability="limited"',
    ]
    assert [*limited, 'leerp:grade="B2 (4x4)"'] == names(tight)
    assert limited == names(made)
    for words in ("SECRET UE/EU SECRET", "H3 set by officer: Call first; TLP:CLEAR", "reader:csirt-fr", "B2 (4x4)"):
        assert words in tight["comment"]
    assert "SECRET" not in loose["comment"]


def test_admiralty_grades_are_tags_of_the_taxonomy() -> None:
    """An Admiralty grade is tagged as MISP does it; a 4x4 grade never is."""
    grades = (Grade(scale=Scale.ADMIRALTY, code="F6"), cast.B2)
    admiralty, ours = (
        names(event(notice(telling(observed(ObservableKind.IPV4), grade=grade)))["Attribute"][0]) for grade in grades
    )
    expected = ['admiralty-scale:source-reliability="f"', 'admiralty-scale:information-credibility="6"']
    assert expected == admiralty[-2:]
    assert not any(name.startswith("admiralty-scale") for name in ours)


@pytest.mark.parametrize(("rank", "expected"), [(4, "1"), (3, "1"), (2, "2"), (1, "3"), (0, "3"), (None, "4")], ids=str)
def test_the_threat_level_is_inverted(rank: int | None, expected: str) -> None:
    """1 is the highest; where the reader may not see the level it is undefined."""
    said = Said() if rank is None else Said(level="x", level_rank=rank, levels=5)
    assert expected == event(notice(portion(said)))["threat_level_id"]


def test_a_level_that_is_not_seen_sets_nothing() -> None:
    """A reader who may not see the classification gets an undefined threat level."""
    made = notice(
        portion(Said(level="x", level_rank=4, levels=5), marking=TIGHT), telling(observed(ObservableKind.IPV4))
    )
    assert event(made, reader=cast.PARTNER)["threat_level_id"] == "4"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NoticeKind.LAUNCH_EXTERNAL, "0"),
        (NoticeKind.EARLY_WARNING, "0"),
        (NoticeKind.UPDATE, "1"),
        (NoticeKind.CLOSURE, "2"),
    ],
)
def test_the_analysis_follows_the_kind(kind: NoticeKind, expected: str) -> None:
    """Initial until there is an update, complete with the closure."""
    assert expected == event(notice(telling(observed(ObservableKind.IPV4)), kind=kind))["analysis"]


def test_the_event_stays_in_its_organisation() -> None:
    """It is not published, goes no further than the receiver, and all its parts follow it."""
    made = event(notice(telling(observed(ObservableKind.IPV4)), portion(Said(facts=Facts(types=("fraud:phishing",))))))
    assert (made["distribution"], made["published"]) == ("0", False)
    assert {"5"} == {one["distribution"] for one in (*made["Attribute"], *made["EventReport"])}
    assert made["Orgc"]["name"] == "European Cybercrime Centre"
    assert 'rsit:fraud="phishing"' in names(made)


def test_a_later_notice_extends_the_earlier_event() -> None:
    """A correction names the event of the notice that it corrects, but only to readers who were sent that one."""
    first = event(notice(id="n-0001"))
    later = notice(relation=Relation.CORRECTS, earlier="n-0001", earlier_at=cast.AT)
    made = event(later)
    assert first["uuid"] == made["extends_uuid"] == event_uuid("n-0001")
    assert 'leerp:relation="corrects"' in names(made)
    assert event(notice()) == event(later, told_earlier=False)


@pytest.mark.parametrize(
    ("changes", "marking"),
    [
        ({"mode": Mode.EXERCISE}, Marking()),
        (machine_forms.RECALLED, Marking()),
        ({}, Marking(pap=Pap.RED)),
    ],
    ids=["exercise", "recalled", "PAP:RED"],
)
def test_no_sensor_acts_on_it(changes: dict[str, Any], marking: Marking) -> None:
    """An exercise, what was recalled and PAP:RED are not for sensors."""
    found = event(notice(telling(*ALL_KINDS, marking=marking), **changes))["Attribute"]
    assert not any(one["to_ids"] for one in found)


def test_a_title_is_one_line_of_256_characters() -> None:
    """A title of several lines and too many characters becomes what MISP takes as `info`."""
    title = Portion(section=Section.TITLE, text="long\r\n" + HOSTILE * 10, marking=Marking())
    made = event(notice(title))
    assert len(made["info"]) <= 256
    assert len(made["info"].splitlines()) == 1
    assert made["info"] == made["EventReport"][0]["name"]


def test_the_report_is_one_block_of_code() -> None:
    """Nothing in the text ends the block: its fence is longer than every run of back-ticks in it."""
    text = Portion(section=Section.FACT, text=HOSTILE + "\n``````\n![x](http://evil.example/x.png)", marking=Marking())
    made = notice(text)
    content = event(made)["EventReport"][0]["content"]
    fence, *lines, last = content.split("\n")
    assert fence == last == "`" * 7
    assert "\n".join(lines) == machine_forms.content(made, Form.TEXT).decode()
    assert not any(line.strip().startswith(fence) for line in lines)
