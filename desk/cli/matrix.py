"""`leerp matrix`: the decision tables."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TextIO

from cyclopts import App

from desk.cli.running import REFUSED, Answer, read_file
from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from leerp.incidents import Classification
from leerp.settings import Settings
from matrices.backtesting import Backtest, PastFacts
from matrices.backtesting import backtest as run_backtest
from matrices.casebook import shipped_casebook
from matrices.checking import Checked
from matrices.checking import check as search
from matrices.classification import classify
from matrices.differences import Change, difference
from matrices.past_cases import of_book, of_casebook, of_csv
from matrices.tables import Table, Tables, load_table
from notifications.configuration import load_tables

MAX_TABLE_BYTES = 4 * 1024 * 1024
MAX_CASES_BYTES = 4 * 1024 * 1024 * 1024
"""The largest file of past cases; it is read line by line."""

SHIPPED_CASES = "historic"
SHOWN = 12
"""How many changes, or rules, a person is shown; --json has them all."""


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="matrix", help="The decision tables: list, check, explain, diff, backtest.")
    group.command(list_tables, name="list")
    group.command(check)
    group.command(explain)
    group.command(diff)
    group.command(backtest)
    app.command(group)


def _tables() -> Tables:
    return load_tables(Settings().config / "tables")


def read_table(name: str, tables: Tables) -> Table:
    """A table by its name, or from a file."""
    return tables.named(name) if name in tables.names() else load_table(_content(name, tables), name=name)


def _content(name: str, tables: Tables) -> bytes:
    if not os.path.lexists(name) and Path(name).suffix != ".yaml":
        return tables.named(name).content  # there is none of that name; the refusal says which ones there are
    return read_file(name, limit=MAX_TABLE_BYTES)


def list_tables() -> Answer:
    """List the tables there are: those shipped, and the centre's own in config/tables."""
    tables = _tables()
    found = [tables.named(name) for name in tables.names()]
    data = [
        {"name": one.name, "version": one.version, "title": one.document.title, "sha256": one.sha256} for one in found
    ]
    rows = [(one["name"], one["version"], one["title"], one["sha256"][:12]) for one in data]
    return Answer(data=data, header=("name", "version", "title", "sha256"), rows=rows)


def check(*names: str) -> Answer:
    """Search tables (names or files; all there are by default) for rules that never count and levels nothing reaches.

    The search covers every combination of facts that a table can tell apart. Exit code 1 where something is found.
    """
    tables = _tables()
    asked = [read_table(name, tables) for name in names or tables.names()]
    checked = [search(table) for table in asked]
    lines = list(chain.from_iterable(_checked_lines(one) for one in checked))
    return Answer(data=checked, lines=lines, code=REFUSED if any(one.faults for one in checked) else 0)


def _checked_lines(one: Checked) -> Iterator[str]:
    fault = "nothing is wrong" if not one.faults else f"{len(one.faults)} to look at"
    yield f"{one.table} version {one.version}: {one.combinations:,} combinations of facts, {fault}"
    yield from (f"  {fault.kind.value}: {fault.sentence}" for fault in one.faults)
    yield from (f"  {level.combinations:>14,} come to {level.level}" for level in one.levels)


def explain(facts: str, *, table: str = "leerp-1") -> Answer:
    """Classify a file of facts (YAML or JSON) and show the whole chain, and what would change it."""
    result = classify(
        read_table(table, _tables()), yaml_model(Facts, read_file(facts, limit=MAX_TABLE_BYTES), name=facts)
    )
    return Answer(data=result, lines=list(_explained(result)))


def _explained(result: Classification) -> Iterator[str]:
    score = "" if result.score is None else f", score {result.score:g} of 100"
    yield f"level {result.level}, between {result.lowest} and {result.highest}{score}"
    yield f"recommended: {result.recommendation.value}"
    yield from (f"because {row}" for row in (*result.trace, *result.triggers))
    told = zip(result.ask_for, result.questions, strict=True)
    yield from (f"ask for {fact}: {words}" for fact, words in told)
    yield f"presumption of criminal origin {result.presumption.value}: {result.presumed_because}"
    yield from (f"with {change}" for change in result.would_change)
    for one in result.types:
        yield f"type {one}"


def diff(first: str, second: str) -> Answer:
    """Show which combinations of facts come to another result by a second table: how many, and the mildest of each."""
    tables = _tables()
    found = difference(read_table(first, tables), read_table(second, tables))
    compared = "levels and recommendations" if found.same_levels else "recommendations (the levels are not the same)"
    lines = [
        f"{found.first} against {found.second}: {compared}",
        f"{found.changed:,} of {found.combinations:,} combinations change",
        *(line for change in found.changes[:SHOWN] for line in _change_lines(change)),
    ]
    return Answer(data=found, lines=lines)


def _change_lines(change: Change) -> Iterator[str]:
    before, after = change.recommended_before.value, change.recommended_after.value
    yield f"  {change.combinations:>12,} from {change.before} ({before}) to {change.after} ({after}), the mildest:"
    facts = change.example.model_dump(mode="json", exclude_defaults=True)
    yield "               " + ", ".join(f"{fact} {_short(value)}" for fact, value in facts.items() if value)


def _short(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def backtest(table: str, cases: str = SHIPPED_CASES) -> Answer:
    """Run past cases through a table: a casebook, a CSV file, a folder of them, or the twelve that are shipped."""
    with ExitStack() as files:
        result = run_backtest(read_table(table, _tables()), _past(cases, files))
    return Answer(data=result, lines=list(_backtest_lines(result)))


def _past(cases: str, files: ExitStack) -> Iterator[PastFacts]:
    path = Path(cases)
    if cases == SHIPPED_CASES and not path.exists():
        yield from of_book(shipped_casebook())
        return
    found = sorted(path.iterdir()) if path.is_dir() else [path]
    readable = [one for one in found if one.suffix in (".yaml", ".yml", ".csv")]
    if not readable:
        raise BadInputError(f"{cases}: no casebook (.yaml) and no table of cases (.csv) there; name one of these")
    for one in readable:
        if one.suffix == ".csv":
            yield from of_csv(files.enter_context(_lines(one)), name=str(one))
        else:
            yield from of_casebook(read_file(str(one), limit=MAX_TABLE_BYTES), name=str(one))


def _lines(path: Path) -> TextIO:
    try:
        if path.stat().st_size > MAX_CASES_BYTES:
            raise BadInputError(f"{path}: larger than {MAX_CASES_BYTES // 2**30} GiB; split the file")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror}); name a file that can") from error


def _backtest_lines(one: Backtest) -> Iterator[str]:
    yield f"{one.table} version {one.version}: {one.cases:,} cases, {one.moments:,} moments"
    yield f"  launch recommended for {one.launched:,}, watching for {one.watched:,}"
    yield f"  presumption rebutted in {one.rebutted:,}"
    if one.launches_per_year is not None:
        yield f"  {one.launches_per_year:g} launches a year over {one.years} years"
    if one.recall is not None:
        yield f"  recall {one.recall:.1%}: {one.found:,} of {one.expected:,} that should have been launched"
        yield from (f"    missed: {case}" for case in one.missed)
    if one.labelled:
        others = one.labelled - one.expected
        yield f"  false triggers: {one.false_trigger_count:,} of {others:,} that should not have been launched"
        yield from (f"    launched: {case}" for case in one.false_triggers)
    yield "  what matters: rule, cases it matches in, cases whose recommendation changes without it"
    for rule in one.matters[:SHOWN]:
        more = "" if rule.more is None else f", {rule.more:,} with one more"
        yield f"    {rule.rule}: {rule.matched:,}, {rule.without:,}{more}"
