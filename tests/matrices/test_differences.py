"""What changes between two tables."""

from collections import Counter
from typing import Any

from hypothesis import given

from leerp.incidents import Choice
from matrices.checking import check
from matrices.classification import classify, verdict
from matrices.differences import difference
from matrices.tables import content_of, load_table, shipped
from tests.matrices.random_tables import every_combination, read, row_tables
from tests.matrices.test_combinations import examples, readable

TEXT = content_of("leerp-1").decode()
OLD = shipped("leerp-1")


def test_a_table_differs_from_itself_in_nothing() -> None:
    """The same table twice: every combination is looked at and none changes."""
    found = difference(OLD, load_table(f"# a remark\n{TEXT}".encode(), name="same.yaml"))
    assert (found.changed, found.changes) == (0, ())
    assert found.combinations == sum(level.combinations for level in check(OLD).levels)
    assert found.first_sha256 != found.second_sha256


def test_one_changed_number_is_found_with_the_mildest_example() -> None:
    """Twenty victims instead of ten for an emergency: what lies between is named, with facts that show it."""
    old = "      spread: {at_least: fast}\n      victims: {at_least: 10}"
    assert TEXT.count(old) == 1
    new = load_table(TEXT.replace(old, old.replace("10", "20")).encode(), name="new.yaml")
    found = difference(OLD, new)
    assert {(one.before, one.after) for one in found.changes} == {("emergency", "severe")}
    for change in found.changes:
        assert (change.recommended_before, change.recommended_after) == (Choice.LAUNCH, Choice.WATCH)
        assert 10 <= (change.example.victims_min or 0) < 20
        assert classify(OLD, change.example).level == change.before
        assert classify(new, change.example).level == change.after
    assert found.changed == sum(one.combinations for one in found.changes) > 0


def test_tables_with_other_levels_are_compared_by_what_they_recommend() -> None:
    """Where the levels are not the same, a change is another recommendation, and each example shows it."""
    found = difference(OLD, shipped("uk-ncsc-2018"))
    assert not found.same_levels
    assert all(one.recommended_before is not one.recommended_after for one in found.changes)
    for change in found.changes:
        assert verdict(OLD, change.example).lowest == OLD.levels.index(change.before)


@examples
@given(document=row_tables(), other=row_tables())
def test_as_much_changes_as_walking_through_shows(document: dict[str, Any], other: dict[str, Any]) -> None:
    """A table against one with a row less: the changes counted are those met when walking through all combinations."""
    added = {**other["rows"][0], "id": "added"}
    first = readable({**document, "rows": [*document["rows"], added]})
    second = read(document)
    walked: Counter[tuple[str, str]] = Counter()
    for facts in every_combination(first):
        pair = first.levels[verdict(first, facts).lowest], second.levels[verdict(second, facts).lowest]
        walked[pair] += pair[0] != pair[1]
    found = {(one.before, one.after): one.combinations for one in difference(first, second).changes}
    assert found == {pair: number for pair, number in walked.items() if number}
