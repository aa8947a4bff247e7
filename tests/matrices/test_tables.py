"""Reading tables: strictly, with the place of every fault."""

import hashlib

import pytest

from leerp.errors import BadInputError
from matrices.correlation import load_common
from matrices.deconfliction import load_incompatibilities
from matrices.tables import content_of, load_table, names, shipped

CONTENT = content_of("leerp-1")
TEXT = CONTENT.decode()

BROKEN = {
    "a typo in a key of a condition": (
        "activity: {at_least: presence}}",
        "activty: {at_least: presence}}",
        "rows.0.when.activty",
        "did you mean 'activity'",
    ),
    "a typo in a key of the table": ("method: rows", "metod: rows", "metod", "did you mean 'method'"),
    "a number as text": (
        "victims: {at_least: 10}}",
        'victims: {at_least: "10"}}',
        "rows.2.when.victims.at_least",
        "integer",
    ),
    "a number that is none": (
        "victims: {at_least: 10}}",
        "victims: {at_least: ten}}",
        "rows.2.when.victims.at_least",
        "int",
    ),
    "a value that is not on the axis": (
        "at_least: presence}}",
        "at_least: present}}",
        "rows.0.when.activity",
        "'presence'",
    ),
    "a condition that is always so": ("at_least: presence}}", "at_least: none}}", "rows.0.when.activity", "always so"),
    "a row without a level": ("    level: moderate\n", "", "rows.0.level", "Field required"),
    "a row with an unknown level": (
        "level: moderate\n",
        "level: middling\n",
        "rows.0.level",
        "the levels are localised",
    ),
    "a row for the first level": ("level: moderate\n", "level: localised\n", "rows.0.level", "leave the row out"),
    "a level that is missing": ("  - id: severe\n", "  - id: grave\n", "rows.8.level", "no level 'severe'"),
    "an id that stands twice": ("id: foothold", "id: service-suffers", "rows.1.id", "stands twice"),
    "a trigger that does not lift": ("lifts_to: emergency", "lifts_to: moderate", "triggers.0.lifts_to", "not above"),
    "a rule about an unknown level": (
        "launch_from: emergency",
        "launch_from: alarm",
        "recommendation.launch_from",
        "alarm",
    ),
    "watching above launching": (
        "launch_from: emergency",
        "launch_from: moderate",
        "recommendation.watch_from",
        "lesser",
    ),
    "no condition at all": ("when: {activity: {at_least: presence}}", "when: {}", "rows.0.when", "no condition"),
    "a flag asked to be false": ("life_threat: true}", "life_threat: false}", "rows.13.when.life_threat", "True"),
}


@pytest.mark.parametrize(("old", "new", "key", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_with_its_place(old: str, new: str, key: str, right: str) -> None:
    """A broken table names file, line and key, and what would be right."""
    assert old in TEXT
    with pytest.raises(BadInputError) as refused:
        load_table(TEXT.replace(old, new, 1).encode(), name="mine.yaml")
    assert refused.value.sentence.startswith("mine.yaml, line ")
    assert f", key {key}" in refused.value.sentence
    assert right in refused.value.sentence


def test_the_line_of_a_fault_is_the_line_in_the_file() -> None:
    """The line that is named is the one an editor shows."""
    broken = TEXT.replace("level: moderate\n", "level: middling\n", 1)
    line = 1 + broken[: broken.index("middling")].count("\n")
    with pytest.raises(BadInputError, match=f"^mine.yaml, line {line}, key rows.0.level: "):
        load_table(broken.encode(), name="mine.yaml")


def test_a_table_carries_the_hash_of_its_bytes() -> None:
    """SHA-256 is over the file as it is: a changed comment is another hash and the same rules."""
    table, commented = shipped("leerp-1"), load_table(CONTENT + b"# a remark\n", name="leerp-1.yaml")
    assert table.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert commented.sha256 != table.sha256
    assert commented.document == table.document


def test_the_shipped_tables_are_named() -> None:
    """The names are those of the classification tables alone, and each file names itself as it is called."""
    assert names() == (
        "dora-2024-1772",
        "leerp-1",
        "nciss",
        "nis-cg-impact",
        "nis-cg-nature",
        "nis2-2690",
        "uk-ncsc-2018",
    )
    assert [shipped(name).name for name in names()] == list(names())


def test_an_unknown_table_is_bad_input() -> None:
    """Asking for a table that is not there says which ones are."""
    with pytest.raises(BadInputError, match="the shipped tables are dora-2024-1772, leerp-1"):
        shipped("leerp-2")


def test_every_rule_says_where_it_comes_from() -> None:
    """What no source settles is labelled a project assumption, rule by rule."""
    document = shipped("leerp-1").document
    assert all("project assumption" in rule.source for rule in document.rows)
    assert all("project assumption" in trigger.source for trigger in document.triggers)
    assert document.status.startswith("project assumption")


def test_the_other_tables_are_read_as_strictly() -> None:
    """A typo in the other tables is refused with file, line and key too."""
    common = content_of("common-observables").replace(b"resolvers:", b"resolver:")
    with pytest.raises(BadInputError, match=r"^common.yaml, line \d+, key resolver"):
        load_common(common, name="common.yaml")
    wrong = content_of("common-observables").replace(b"- 8.8.8.8", b"- 8.8.8.888")
    with pytest.raises(BadInputError, match=r"8\.8\.8\.888"):
        load_common(wrong, name="common.yaml")
    actions = content_of("incompatible-actions").replace(b"takedown", b"take-down")
    with pytest.raises(BadInputError, match=r"^actions.yaml, line \d+, key rules.0.one"):
        load_incompatibilities(actions, name="actions.yaml")
