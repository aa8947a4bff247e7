"""Searching every combination of facts: nothing is forgotten, and nothing is counted twice."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from pydantic import ValidationError

from leerp.facts import Facts
from matrices.classification import verdict
from matrices.combinations import outcomes
from matrices.tables import Table, names, shipped
from tests.matrices.random_tables import any_tables, every_combination, read, row_tables

examples = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def readable(document: dict[str, Any]) -> Table:
    """The table, unless it was drawn with rows that overlap and are refused."""
    try:
        return read(document)
    except ValidationError:
        assume(condition=False)
        raise


@examples
@given(document=any_tables())
def test_the_search_counts_what_walking_through_counts(document: dict[str, Any]) -> None:
    """For every method, the search finds each level as often as walking through all combinations does."""
    table = readable(document)
    walked = Counter(verdict(table, facts).lowest for facts in every_combination(table))
    assert {rank: found.number for (rank,), found in outcomes((table.rules,)).items()} == dict(walked)


@examples
@given(document=any_tables())
def test_an_example_comes_to_the_level_it_stands_for(document: dict[str, Any]) -> None:
    """The mildest facts that are named for a level come to that level when they are classified."""
    table = readable(document)
    for (rank,), found in outcomes((table.rules,)).items():
        assert verdict(table, found.example.model()).lowest == rank


@examples
@given(first=row_tables(), second=any_tables())
def test_two_tables_are_compared_over_all_that_either_tells_apart(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Searching two tables together finds each pair of levels, with an example that comes to both."""
    tables = readable(first), readable(second)
    found = outcomes([table.rules for table in tables])
    for ranks, one in found.items():
        facts = one.example.model()
        assert ranks == tuple(verdict(table, facts).lowest for table in tables)
    walked = {tuple(verdict(table, facts).lowest for table in tables) for facts in every_combination(*tables)}
    assert walked <= set(found)


@pytest.mark.parametrize("name", names())
def test_every_level_of_a_shipped_table_has_an_example(name: str) -> None:
    """In each shipped table, something comes to each level, and its example does."""
    table = shipped(name)
    found = {rank: one.example.model() for (rank,), one in outcomes((table.rules,)).items()}
    assert {rank: verdict(table, facts).lowest for rank, facts in found.items()} == {
        rank: rank for rank in range(len(table.levels))
    }


def test_nothing_known_is_as_mild_as_the_mildest_combination() -> None:
    """What is wholly unknown stands at the first level, as the mildest combination does."""
    for name in names():
        assert verdict(shipped(name), Facts()).lowest == 0
