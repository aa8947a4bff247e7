"""`leerp matrix`: the decision tables."""

from cyclopts import App

from desk.cli.running import Answer, read_file
from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from matrices.classification import classify
from matrices.tables import Table, load_table, names, shipped

MAX_TABLE_BYTES = 4 * 1024 * 1024


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="matrix", help="The decision tables: list, check, explain.")
    group.command(list_tables, name="list")
    group.command(check)
    group.command(explain)
    app.command(group)


def list_tables() -> Answer:
    """List the tables that are shipped."""
    tables = [shipped(name) for name in names()]
    data = [{"name": one.name, "version": one.version, "sha256": one.sha256} for one in tables]
    return Answer(data=data, header=("name", "version", "sha256"), rows=[tuple(one.values()) for one in data])


def check(table: str = "leerp-1") -> Answer:
    """Read a table (a shipped name or a file) as strictly as it is read at start."""
    read = _table(table)
    data = {"name": read.name, "version": read.version, "sha256": read.sha256, "valid": True}
    return Answer(data=data, lines=[f"{read.name} version {read.version} can be read; sha256 {read.sha256}"])


def explain(facts: str, *, table: str = "leerp-1") -> Answer:
    """Classify a file of facts (YAML or JSON) and show the whole chain."""
    result = classify(_table(table), yaml_model(Facts, read_file(facts, limit=MAX_TABLE_BYTES), name=facts))
    lines = [
        f"level {result.level}, between {result.lowest} and {result.highest}",
        f"recommended: {result.recommendation.value}",
        *(f"because {row}" for row in (*result.trace, *result.triggers)),
        *(f"ask for {fact}" for fact in result.ask_for),
        f"presumption of criminal origin {result.presumption.value}",
    ]
    return Answer(data=result, lines=lines)


def _table(name: str) -> Table:
    return shipped(name) if name in names() else load_table(read_file(name, limit=MAX_TABLE_BYTES), name=name)
