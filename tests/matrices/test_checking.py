"""What a search finds wrong with a table, and what reading it refuses."""

from typing import Any

import pytest
from hypothesis import given

from leerp.errors import BadInputError
from leerp.facts import Facts
from matrices.checking import FaultKind, check
from matrices.implication import implies
from matrices.rules import Rules
from matrices.tables import content_of, load_table, names, shipped
from tests.matrices.random_tables import any_tables, every_combination, read, row_tables
from tests.matrices.test_combinations import examples, readable

TEXT = content_of("leerp-1").decode()


def matched(rules: Rules, facts: Facts) -> int:
    """The rules that match facts that are all known."""
    bits = -1
    for reader in rules.readers:
        bits &= reader.read(facts).mild
    return bits


@pytest.mark.parametrize("name", names())
def test_nothing_is_wrong_with_a_shipped_table(name: str) -> None:
    """Each rule of each shipped table counts somewhere, and each level is reached."""
    assert check(shipped(name)).faults == ()


@examples
@given(document=any_tables())
def test_a_rule_is_idle_exactly_if_no_combination_needs_it(document: dict[str, Any]) -> None:
    """The search calls those rules idle, or impossible, without which every single combination comes out the same."""
    table = readable(document)
    rules, combinations = table.rules, list(every_combination(table))

    def result(bits: int) -> object:
        points = rules.judge.score(bits)
        return rules.rank(bits) if points is None else (points, rules.rank(bits))

    idle = set()
    for at, name in enumerate(rules.names()):
        always = at < len(rules.judge.whens) and rules.judge.whens[at] is None
        needed = any(result(bits := matched(rules, facts)) != result(bits & ~(1 << at)) for facts in combinations)
        if not always and not needed:
            idle.add(name)
    said = {fault.subject for fault in check(table).faults if fault.kind is not FaultKind.GAP}
    assert said <= set(rules.names())
    counts = [name for name in rules.names() if rules.names().count(name) > 1]
    assert said - set(counts) == idle - set(counts)


@examples
@given(document=row_tables())
def test_a_level_is_a_gap_exactly_if_nothing_comes_to_it(document: dict[str, Any]) -> None:
    """The levels that are called gaps are those at which no combination stands."""
    table = readable(document)
    reached = {table.levels[table.rules.rank(matched(table.rules, facts))] for facts in every_combination(table)}
    gaps = {fault.subject for fault in check(table).faults if fault.kind is FaultKind.GAP}
    assert gaps == set(table.levels) - reached


@examples
@given(document=row_tables())
def test_what_brings_another_row_with_it_always_does(document: dict[str, Any]) -> None:
    """Where one set of conditions is said to imply another one, no combination meets the first and not the second."""
    table = readable(document)
    whens = [when for when in table.rules.judge.whens if when is not None]
    for facts in every_combination(table):
        held = [bool(matched(table.rules, facts) >> at & 1) for at in range(len(whens))]
        for at, when in enumerate(whens):
            for other, wanted in enumerate(whens):
                assert not (implies(when, wanted) and held[at] and not held[other])


def refused(text: str) -> str:
    """The sentence with which a table is refused."""
    with pytest.raises(BadInputError) as error:
        load_table(text.encode(), name="mine.yaml")
    return error.value.sentence


EXTRA = "\n  - id: mine\n    level: {level}\n    when: {when}\n    why: mine\n    source: mine\n\n# Criteria that lift"


def with_row(level: str, when: str) -> str:
    """The table leerp-1 with a row more, the last one."""
    marker = "\n# Criteria that lift"
    assert marker in TEXT
    return TEXT.replace(marker, EXTRA.format(level=level, when=when), 1)


def test_two_rows_that_contradict_each_other_are_refused() -> None:
    """A row that asks for more than another one and leads lower can never count; file, line, key and both are named."""
    said = refused(with_row("moderate", "{activity: {at_least: effect}, service_impact: {at_least: lost}}"))
    line = 1 + with_row("moderate", "x").split("id: mine")[0].count("\n") + 2
    assert said.startswith(f"mine.yaml, line {line}, key rows.20.when: the row 'mine' overlaps with ")
    assert "never counts" in said


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("{eu_countries: {at_least: 28}}", "there are 27 Member States"),
        ("{annex_i_sectors: {at_least: 12}}", "there are 11 sectors of NIS2 Annex I"),
        ("{countries: {at_least: 300}}", "countries"),
        ("{users_percent: {more_than: 100}}", "no more than 100 percent"),
    ],
)
def test_a_condition_that_nothing_can_meet_is_refused(when: str, reason: str) -> None:
    """What can never hold is refused with its place and the reason."""
    said = refused(with_row("severe", when))
    assert "key rows.20.when." in said
    assert "can never hold" in said
    assert reason in said


def test_rows_that_only_together_outdo_another_one_are_found() -> None:
    """No single row outdoes it, but two together do: the search finds that, and reading does not."""
    document = {
        "table": "t",
        "version": "1",
        "title": "t",
        "status": "t",
        "method": "rows",
        "sources": ["t"],
        "levels": [{"id": one, "name": one, "definition": one, "consequence": one} for one in ("calm", "raised")],
        "rows": [
            {**row, "why": "t", "source": "t"}
            for row in (
                {"id": "food", "level": "raised", "when": {"sectors": {"any_of": ["food"]}, "political": True}},
                {"id": "health", "level": "raised", "when": {"sectors": {"any_of": ["health"]}, "political": True}},
                {
                    "id": "both",
                    "level": "raised",
                    "when": {"sectors": {"any_of": ["food", "health"]}, "political": True, "life_threat": True},
                },
            )
        ],
        "recommendation": {"launch_from": "raised", "watch_from": "raised"},
    }
    faults = check(read(document)).faults
    assert [(fault.kind, fault.subject) for fault in faults] == [(FaultKind.IDLE, "both")]
    assert faults[0].sentence.startswith("both never counts: ")
