"""The trace of a classification says enough to come to its level again, by hand."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.incidents import Classification
from matrices.classification import classify
from matrices.schema import Method
from matrices.tables import Table, names, shipped
from tests.matrices.strategies import some_facts_for

POINTS = re.compile(r"(?P<category>[^:]+): (?P<option>[^,]+), (?P<points>\d+) points, weight (?P<weight>\d+)\.")
LIFTS = re.compile(r"Lifts (?P<before>\S+) to (?P<after>\S+)\.$")


def again(table: Table, result: Classification) -> str:
    """The level that the lines of a trace lead to, read as a person would read them."""
    base = {Method.ROWS: by_rows, Method.SCORE: by_points, Method.COUNT: by_count}[table.document.method](table, result)
    lifts = [found["after"] for line in result.triggers if (found := LIFTS.search(line)) and found["before"] == base]
    return max([base, *lifts], key=table.levels.index)


def by_rows(table: Table, result: Classification) -> str:
    """The highest level that a line names."""
    named = [line.partition(": ")[2].partition(".")[0] for line in result.trace]
    return max(named, key=table.levels.index, default=table.levels[0])


def by_points(table: Table, result: Classification) -> str:
    """Points times weights, put on the scale, and the last level that begins at or below."""
    lines = [POINTS.match(line) for line in result.trace]
    reached = sum(int(line["points"]) * int(line["weight"]) for line in lines if line)
    ends = [
        (one.weight * one.options[0].points, one.weight * one.options[-1].points) for one in table.document.categories
    ]
    least, most = sum(low for low, _ in ends), sum(high for _, high in ends)
    begun = [
        level for level in table.document.levels if 100 * (reached - least) >= (level.from_score or 0) * (most - least)
    ]
    return begun[-1].id


def by_count(table: Table, result: Classification) -> str:
    """A line of the gate, and with it a decisive one or as many others as are needed."""
    parts = [line.partition(": ")[2].partition(".")[0] for line in result.trace]
    counting = table.document.counting
    assert counting is not None
    enough = "decisive" in parts or parts.count("criterion") >= counting.needed
    return counting.leads_to if "gate" in parts and enough else table.levels[0]


@pytest.mark.parametrize("name", names())
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_the_trace_leads_to_the_level_again(name: str, data: st.DataObject) -> None:
    """From its own lines alone, whoever reads them comes to the level that the result names."""
    table = shipped(name)
    result = classify(table, data.draw(some_facts_for(table)))
    assert again(table, result) == result.level
