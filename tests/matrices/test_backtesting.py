"""Past cases through a table."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.facts import Amount, Facts
from leerp.incidents import Choice
from matrices.backtesting import PastFacts, backtest
from matrices.casebook import shipped_casebook
from matrices.classification import verdict
from matrices.past_cases import of_book, of_casebook, of_csv
from matrices.tables import content_of, load_table, names, shipped
from tests.matrices.strategies import some_facts

TABLE = shipped("leerp-1")
LAUNCHING = "effect,health energy,lost,ES FR,20,fast"
HEADER = "case,at,label,activity,sectors,service_impact,countries,victims_min,spread"


def test_the_historic_cases_are_found_without_a_false_trigger() -> None:
    """Of the twelve cases, every one that should have been launched is, and none of the others."""
    result = backtest(TABLE, of_book(shipped_casebook()))
    assert (result.cases, result.labelled, result.recall, result.false_trigger_count) == (12, 12, 1.0, 0)
    assert result.years == 9
    assert sum(result.per_year.values()) == result.launched


def test_rates_recall_and_false_triggers_are_counted_by_case() -> None:
    """Moments of one case count once; a launch nobody asked for is a false trigger, one that is missing is missed."""
    rows = [
        HEADER,
        f"a-1,2020-03-01,launch,{LAUNCHING}",
        f"a-1,2020-03-02,launch,{LAUNCHING}",
        f"b-2,2021-01-01,normal,{LAUNCHING}",
        "c-3,2023-01-01,launch,prepare,,,,1,",
        f"d-4,2023-05-01,,{LAUNCHING}",
    ]
    result = backtest(TABLE, of_csv(iter(rows), name="cases.csv"))
    assert (result.cases, result.moments, result.launched) == (4, 5, 3)
    assert (result.labelled, result.expected, result.found, result.recall) == (3, 2, 1, 0.5)
    assert result.missed == ("c-3",)
    assert (result.false_triggers, result.false_trigger_count) == (("b-2",), 1)
    assert (result.years, result.launches_per_year) == (4, 0.75)
    assert result.per_year == {2020: 1, 2021: 1, 2023: 1}


def test_what_a_rule_matters_is_what_changes_without_it() -> None:
    """For each rule: how many cases come out otherwise when the table is read without it."""
    past = list(of_book(shipped_casebook()))
    result = backtest(TABLE, past)
    text = content_of("leerp-1").decode()
    start = text.index("  - id: lives-at-risk")
    end = text.index("\n# launch:", start)
    without = load_table((text[:start] + text[end:]).encode(), name="without.yaml")

    def launched(table: Any) -> set[str]:
        return {one.case for one in past if verdict(table, one.facts).recommendation is Choice.LAUNCH}

    matters = next(one for one in result.matters if one.rule == "lives-at-risk")
    assert matters.without == len(launched(TABLE) ^ launched(without)) > 0


def test_weights_are_tried_one_less_and_one_more() -> None:
    """A table that makes points says of each category's weight in how many cases it would matter."""
    result = backtest(shipped("nciss"), of_book(shipped_casebook()))
    weights = [one for one in result.matters if one.rule.startswith("weight of ")]
    assert len(weights) == len(shipped("nciss").document.categories)
    assert all(one.more is not None for one in weights)


@settings(max_examples=25, deadline=None)
@given(several=st.lists(some_facts(), max_size=8), table=st.sampled_from(names()))
def test_a_backtest_says_of_each_case_what_a_classification_says(several: list[Facts], table: str) -> None:
    """Cases that are judged together come out as each does alone, in any order."""
    past = [PastFacts(f"case-{at}", facts) for at, facts in enumerate(several)]
    alone = [verdict(shipped(table), facts).recommendation for facts in several]
    result = backtest(shipped(table), past)
    assert (result.launched, result.watched) == (alone.count(Choice.LAUNCH), alone.count(Choice.WATCH))
    shuffled = random.Random(1).sample(past, len(past))  # noqa: S311 - an order, not a secret
    assert backtest(shipped(table), shuffled) == result


def test_amounts_and_lists_are_read_from_cells() -> None:
    """An amount may stand exactly or in bounds, a list apart by spaces, and what is empty is unknown."""
    rows = [
        "case,loss_eur,outage_minutes_at_least,types,countries,life_threat",
        "x-1,500001,31,intrusions fraud,EL,true",
    ]
    (one,) = of_csv(iter(rows), name="cases.csv")
    assert one.facts.loss_eur == Amount(at_least=500001, at_most=500001)
    assert one.facts.outage_minutes == Amount(at_least=31)
    assert (one.facts.types, one.facts.countries) == (("fraud", "intrusions"), ("GR",))
    assert one.facts.life_threat is True
    assert one.facts.victims_min is None


BROKEN = {
    "no column for the case": (["activity", "effect"], "line 1: no column `case`"),
    "a typo in a column": (["case,activty", "a-1,effect"], "did you mean 'activity'"),
    "a column that stands twice": (["case,spread,spread", "a-1,fast,fast"], "'spread' stands twice"),
    "a value that is none": (["case,spread", "a-1,quick"], "line 2, column spread: Input should be 'contained'"),
    "a number that is none": (["case,victims_min", "a-1,many"], "line 2, column victims_min"),
    "a row that is too long": (["case,spread", "a-1,fast,slow"], "line 2: 3 cells under 2 columns"),
    "a row without its case": (["case,spread", ",fast"], "line 2: the cell of `case` is empty"),
    "a label that is none": (["case,label", "a-1,maybe"], "line 2: label is launch, watch or normal"),
    "a date that is none": (["case,at", "a-1,May 2017"], "at a date such as 2017-05-12"),
    "quotes that do not end": (["case,spread", 'a-1,"fast'], "not valid CSV"),
}


@pytest.mark.parametrize(("rows", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_of_cases_is_refused_with_its_line(rows: list[str], said: str) -> None:
    """A file of cases that cannot be read names the line and the column."""
    with pytest.raises(BadInputError) as refused:
        list(of_csv(iter(rows), name="cases.csv"))
    assert refused.value.sentence.startswith("cases.csv, line ")
    assert said in refused.value.sentence


def test_text_that_is_not_utf_8_is_refused() -> None:
    """A file in another encoding is named, and not read halfway."""

    def lines() -> Iterator[str]:
        yield "case,spread\n"
        yield b"caf\xe9-1,fast\n".decode()

    with pytest.raises(BadInputError, match=r"^cases.csv, after line 1: not UTF-8"):
        list(of_csv(lines(), name="cases.csv"))


def test_a_casebook_is_read_as_strictly_as_ever() -> None:
    """A typo in a casebook is refused with file and line."""
    with pytest.raises(BadInputError, match=r"^mine\.yaml, line 1, key casbook"):
        list(of_casebook(b"casbook: mine\n", name="mine.yaml"))
