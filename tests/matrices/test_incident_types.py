"""Types of incident: both taxonomies assigned, and offences suggested."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.incident_types import (
    COMMON,
    COMMON_CLASSES,
    KNOWN,
    RSIT,
    Offence,
    TypeAssignment,
    from_common,
    meant_by_common,
)
from matrices.classification import classify
from matrices.incident_types import assign, load_incident_types, shipped_incident_types
from matrices.tables import content_of, names, shipped

TEXT = content_of("incident-types").decode()
TYPES = sorted(KNOWN)
COMMON_TYPES = sorted((common, value) for common, values in COMMON.items() for value in ("", *values))

TRAPS = {
    "fraud:phishing": "information-gathering:phishing",
    "fraud:copyright": "abusive-content:copyright",
    "information-content-security:unauthorised-information-modification": (
        "information-security:unauthorised-modification-or-deletion"
    ),
    "abusive-content:violence": "abusive-content:cse-racism-violence-incitement",
    "abusive-content:harmful-speech": "abusive-content:cse-racism-violence-incitement",
    "intrusions:privileged-account-compromise": "intrusion:account-compromise",
    "malicious-code": "malware",
    "vulnerable": None,
    "vulnerable:vulnerable-system": None,
    "other:other": "other:unclassified-incident",
}

SUGGESTED = {
    "intrusions:system-compromise": ["2013/40/EU Art. 3", "Convention Art. 2"],
    "intrusion-attempts:brute-force": [
        "2013/40/EU Art. 3",
        "2013/40/EU Art. 8",
        "Convention Art. 2",
        "Convention Art. 11",
    ],
    "information-gathering:sniffing": ["2013/40/EU Art. 6", "Convention Art. 3"],
    "availability:ddos": ["2013/40/EU Art. 4", "Convention Art. 5"],
    "information-content-security:unauthorised-information-modification": ["2013/40/EU Art. 5", "Convention Art. 4"],
    "malicious-code:c2-server": ["2013/40/EU Art. 7", "Convention Art. 6"],
    "fraud:phishing": ["2019/713 Art. 6", "Convention Art. 7", "Convention Art. 8"],
    "abusive-content:violence": ["Convention Art. 9"],
    "abusive-content:harmful-speech": [],
    "fraud:copyright": ["Convention Art. 10"],
    "availability:outage": [],
    "intrusions:burglary": [],
}

BROKEN = {
    "a typo in a key": ("    common: malware\n", "    comon: malware\n", "types.4.comon", "not permitted"),
    "a type that is none": ("type: fraud:phishing", "type: fraud:fishing", "types.38.type", "masquerade, phishing"),
    "a class that is none": ("type: other\n", "type: others\n", "types.45.type", "a class of RSIT: abusive-content"),
    "a common class that is none": (
        "common: malware:infection",
        "common: virus:infection",
        "types.5.common",
        "write one of abusive-content, malware",
    ),
    "a common value that is none": (
        "common: malware:infection",
        "common: malware:infected",
        "types.5.common",
        "write one of infection, distribution",
    ),
    "an offence that is none": (
        "[eu-interception, budapest-interception]",
        "[eu-interception, budapest-bugging]",
        "types.11.offences.1",
        "there is no offence 'budapest-bugging'",
    ),
    "an offence that claims to be more than derived": ("derived: true", "derived: false", "offences.0.derived", "True"),
    "an offence that does not say it is derived": ("    derived: true\n", "", "offences.0.derived", "required"),
    "a type that stands twice": ("type: fraud:masquerade", "type: fraud:copyright", "types.37.type", "stands 2 times"),
    "an offence that stands twice": ("id: eu-tools", "id: eu-interception", "offences.4.id", "stands 2 times"),
    "a type that is missing": (
        "  - type: abusive-content:spam\n    common: abusive-content:spam\n",
        "",
        "types",
        "abusive-content:spam is missing (1 in all)",
    ),
}


def rsit(assigned: TypeAssignment) -> str:
    """The type in RSIT as it is written."""
    return ":".join(part for part in (assigned.rsit_class, assigned.rsit_value) if part)


def common(assigned: TypeAssignment) -> str | None:
    """The type in the Common Taxonomy as it is written."""
    return ":".join(part for part in (assigned.common_class, assigned.common_value) if part) or None


def offences(kind: str) -> list[str]:
    """The offences of a type, as short as they can be told."""
    return [f"{one.instrument.split()[-1]} {one.article}" for one in assign((kind,))[0].offences]


def test_the_table_holds_every_type_once() -> None:
    """38 values and ten classes alone; 17 offences of three instruments."""
    table = shipped_incident_types()
    assert sorted(entry.type for entry in table.types) == TYPES
    assert (len(RSIT), len(table.types), len(COMMON), len(COMMON_TYPES)) == (10, 48, 9, 31)
    assert Counter(one.instrument for one in table.offences) == {
        "Directive 2013/40/EU": 6,
        "Directive (EU) 2019/713": 1,
        "Budapest Convention": 10,
    }
    assert table.status.startswith("project assumption")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_assigned_in_both_taxonomies(kind: str) -> None:
    """As itself in RSIT, and in the Common Taxonomy in the class beside its own, unless it has none or is a trap."""
    (assigned,) = assign((kind,))
    crossing = {"fraud:phishing": "information-gathering", "fraud:copyright": "abusive-content"}
    beside = {rsit_class: common_class for common_class, rsit_class in COMMON_CLASSES.items()}
    assert (rsit(assigned), assigned.stated) == (kind, True)
    assert assigned.common_class == crossing.get(kind, beside.get(assigned.rsit_class))


@pytest.mark.parametrize(("kind", "expected"), TRAPS.items())
def test_the_traps_between_the_taxonomies_are_known(kind: str, expected: str | None) -> None:
    """Types that stand in another class there, share a value there, or have no counterpart."""
    assert common(assign((kind,))[0]) == expected


def test_the_second_column_is_optional() -> None:
    """A class alone is a type and has no value; a value alone is none."""
    (assigned,) = assign(("intrusions",))
    assert (assigned.rsit_class, assigned.rsit_value) == ("intrusions", None)
    with pytest.raises(ValidationError, match="not a type of incident"):
        Facts(types=("system-compromise",))


@pytest.mark.parametrize(("kind", "expected"), SUGGESTED.items())
def test_a_type_suggests_its_offences(kind: str, expected: list[str]) -> None:
    """By article, in the order of the file."""
    assert offences(kind) == expected


def test_every_offence_is_marked_derived_and_used() -> None:
    """In the file and in what is assigned; none stands in the file for nothing."""
    assigned = [one for kind in assign(TYPES) for one in kind.offences]
    entries = shipped_incident_types().offences
    assert ({one.derived for one in assigned}, {entry.derived for entry in entries}) == ({True}, {True})
    assert len(set(assigned)) == len(entries)
    with pytest.raises(ValidationError, match="derived"):
        Offence.model_validate({"instrument": "x", "article": "x", "title": "x", "derived": False})


def test_where_no_type_is_known_that_is_said() -> None:
    """Undetermined in both taxonomies and not stated; the same type, named by somebody, is stated."""
    (unknown,) = assign(())
    (named,) = assign(("other:undetermined",))
    assert (rsit(unknown), common(unknown)) == ("other:undetermined", "other:undetermined-incident")
    assert (unknown.stated, named.stated) == (False, True)
    assert named == unknown.model_copy(update={"stated": True})


@settings(deadline=None)
@given(st.lists(st.sampled_from(TYPES), min_size=1))
def test_the_order_of_types_does_not_matter(types: list[str]) -> None:
    """Each type is assigned once, by itself, whatever stands beside it."""
    expected = tuple(assign((kind,))[0] for kind in sorted(set(types)))
    assert assign(types) == expected
    assert assign([*reversed(types), *types]) == expected


@pytest.mark.parametrize(("there", "value"), COMMON_TYPES)
def test_what_is_read_and_what_is_written_agree(there: str, value: str) -> None:
    """The types that a Common Taxonomy type is read as are exactly those that the file calls by it."""
    name = f"{there}:{value}" if value else there
    called = {kind for kind in TYPES if common(assign((kind,))[0]) == name}
    if name == "malware:malicious-connection":  # the one value that RSIT lacks
        assert (meant_by_common(there, value), called) == (("malicious-code",), set())
    elif value:
        assert set(meant_by_common(there, value)) == called
    else:  # a class is also what values without a counterpart are called by
        assert set(meant_by_common(there)) == {kind for kind in called if ":" not in kind}


@pytest.mark.parametrize(("there", "value"), COMMON_TYPES)
def test_a_common_type_is_read_as_one_type_of_rsit(there: str, value: str) -> None:
    """The one it stands for, or their class where there are several."""
    meant = meant_by_common(there, value)
    expected = meant[0] if len(meant) == 1 else meant[0].split(":")[0]
    assert {one.split(":")[0] for one in meant} == {expected.split(":")[0]}
    assert from_common(there, value) == expected
    assert expected in KNOWN


@pytest.mark.parametrize(
    ("there", "value", "expected"),
    [
        ("intrusion", "account-compromise", "intrusions"),
        ("information-gathering", "phishing", "fraud:phishing"),
        ("availability", "dos-ddos", "availability"),
        ("malware", "", "malicious-code"),
        ("malware", "virus", None),
        ("vulnerable", "", None),
        ("intrusions", "account-compromise", None),
    ],
)
def test_a_common_type_that_is_none_is_not_guessed(there: str, value: str, expected: str | None) -> None:
    """Several values are read as their class, and what does not exist as nothing."""
    assert from_common(there, value) == expected


@pytest.mark.parametrize(("old", "new", "key", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_with_its_place(old: str, new: str, key: str, right: str) -> None:
    """File, line and key, and what would be right."""
    assert old in TEXT
    with pytest.raises(BadInputError) as refused:
        load_incident_types(TEXT.replace(old, new, 1).encode(), name="mine.yaml")
    assert refused.value.sentence.startswith("mine.yaml, line ")
    assert f", key {key}: " in refused.value.sentence
    assert right in refused.value.sentence


def test_the_line_of_a_fault_is_the_line_in_the_file() -> None:
    """The line that is named is the one an editor shows."""
    broken = TEXT.replace("common: malware:infection", "common: malware:infected")
    line = 1 + broken[: broken.index("malware:infected")].count("\n")
    with pytest.raises(BadInputError, match=f"^mine.yaml, line {line}, key types.5.common: "):
        load_incident_types(broken.encode(), name="mine.yaml")


def test_another_table_is_followed_where_one_is_given() -> None:
    """What an expert changes in the file changes what is assigned."""
    changed = TEXT.replace(
        "type: fraud:phishing\n    common: information-gathering:phishing", "type: fraud:phishing\n    common: fraud"
    )
    table = load_incident_types(changed.encode(), name="mine.yaml")
    assert common(assign(("fraud:phishing",), table=table)[0]) == "fraud"


def test_a_classification_carries_the_types() -> None:
    """Those of the facts, or that nobody knows one; the table of types is no classification table."""
    table = shipped("leerp-1")
    assert classify(table, Facts(types=("fraud:phishing",))).types == assign(("fraud:phishing",))
    assert classify(table, Facts()).types == assign(())
    assert "incident-types" not in names()
