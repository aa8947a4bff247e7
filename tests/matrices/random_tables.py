"""Small tables as hypothesis draws them, and every combination of facts walked through one by one."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import strategies as st

from leerp.facts import Facts
from matrices.schema import TableFile
from matrices.tables import Table, load_table

CONDITIONS: tuple[tuple[str, list[Any]], ...] = (
    ("activity", [{"at_least": "engage"}, {"at_least": "effect"}]),
    ("sectors", [{"any_of": ["energy", "food"]}, {"any_of": ["health"]}]),
    ("annex_i_sectors", [{"at_least": 1}, {"at_least": 3}]),
    ("victims", [{"at_least": 2}, {"at_least": 10}]),
    ("countries", [{"at_least": 2}]),
    ("eu_countries", [{"at_least": 1}, {"at_least": 3}]),
    ("loss_eur", [{"more_than": 500}, {"at_least": 500}]),
    ("political", [True]),
)
LEVELS = ("calm", "raised", "grave", "gravest")


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """One to three conditions."""
    chosen = st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3, unique_by=lambda one: one[0])
    return chosen.flatmap(lambda some: st.fixed_dictionaries({axis: st.sampled_from(there) for axis, there in some}))


def _head(method: str, **more: Any) -> dict[str, Any]:
    levels = [
        {"id": level, "name": level, "definition": level, "consequence": level}
        | ({"from_score": 25 * at} if method == "score" else {})
        for at, level in enumerate(LEVELS)
    ]
    return {
        "table": "drawn",
        "version": "1",
        "title": "drawn",
        "status": "drawn",
        "method": method,
        "sources": ["none"],
        "levels": levels,
        "recommendation": {"launch_from": "gravest", "watch_from": "grave"},
        **more,
    }


def _rule(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"rule-{number}", "why": "drawn", "source": "drawn", **more}


@st.composite
def row_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Tables of rows, some with triggers; rows that never count among them."""
    whens = draw(st.lists(conditions(), min_size=1, max_size=5))
    rows = [_rule(at, when=when, level=draw(st.sampled_from(LEVELS[1:]))) for at, when in enumerate(whens)]
    triggers = [
        _rule(100 + at, when=when, lifts_from=lower, lifts_to=upper)
        for at, (when, lower, upper) in enumerate(
            draw(
                st.lists(st.tuples(conditions(), st.sampled_from(LEVELS[:2]), st.sampled_from(LEVELS[2:])), max_size=2)
            )
        )
    ]
    return _head("rows", rows=rows, triggers=triggers)


@st.composite
def score_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Tables of points."""
    categories = []
    for number in range(draw(st.integers(min_value=1, max_value=3))):
        whens = draw(st.lists(conditions(), min_size=1, max_size=3))
        points = sorted(draw(st.sets(st.integers(0, 100), min_size=len(whens) + 1, max_size=len(whens) + 1)))
        options = [
            {"id": f"option-{at}", "points": one} | ({"when": whens[at - 1]} if at else {})
            for at, one in enumerate(points)
        ]
        categories.append(_rule(number, weight=draw(st.integers(1, 9)), options=options))
    return _head("score", categories=categories)


@st.composite
def count_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Tables that count."""

    def criteria(begin: int, least: int) -> list[dict[str, Any]]:
        several = draw(st.lists(st.lists(conditions(), min_size=1, max_size=2), min_size=least, max_size=3))
        return [_rule(begin + at, when_any=whens) for at, whens in enumerate(several)]

    counted = criteria(200, 1)
    counting = {
        "leads_to": draw(st.sampled_from(LEVELS[1:])),
        "gate": criteria(0, 1),
        "decisive": criteria(100, 0),
        "needed": draw(st.integers(1, len(counted))),
        "criteria": counted,
    }
    return _head("count", counting=counting)


def any_tables() -> st.SearchStrategy[dict[str, Any]]:
    """Tables of every method."""
    return st.one_of(row_tables(), score_tables(), count_tables())


def read(document: dict[str, Any]) -> Table:
    """The table of a document, as it would be read from a file."""
    return load_table(TableFile.model_validate(document).model_dump_json(exclude_none=True).encode(), name="drawn.yaml")


def every_combination(*tables: Table) -> Iterator[Facts]:
    """Facts for every value that any of the tables can tell from another, one combination after the other."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        for reader in table.rules.readers:
            steps.setdefault(reader.fact, []).extend(dict(value.facts) for value in reader.values)
    for chosen in product(*steps.values()):
        merged: dict[str, Any] = {}
        for facts in chosen:
            merged |= facts
        yield Facts(**merged)
