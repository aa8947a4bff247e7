"""Past cases: what was known at which hour, and what a table is expected to say of it."""

from functools import lru_cache
from importlib import resources

from pydantic import Field

from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from leerp.incidents import Choice, Presumption
from leerp.model import Identifier, Line, Model


class Expectation(Model):
    """What the table named in the file is expected to say."""

    lowest: Identifier
    highest: Identifier
    presumption: Presumption = Presumption.RAISED
    recommendation: Choice


class Moment(Model):
    """What was known `hour` hours after the first report."""

    hour: int = Field(ge=0, le=24 * 365)
    facts: Facts
    expect: Expectation


class Case(Model):
    """A past case. `negative`: at none of its hours may a launch be recommended."""

    id: Identifier
    title: Line
    lesson: Line
    negative: bool = False
    moments: tuple[Moment, ...] = Field(min_length=1)


class Casebook(Model):
    """A file of cases with the table that its expectations are about."""

    casebook: Identifier
    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    table: Identifier
    cases: tuple[Case, ...] = Field(min_length=1)


def load_casebook(content: bytes, *, name: str) -> Casebook:
    """The cases in the bytes of a YAML file; raises BadInputError."""
    return yaml_model(Casebook, content, name=name)


@lru_cache(maxsize=1)
def shipped_casebook() -> Casebook:
    """The twelve historic cases."""
    content = (resources.files("matrices") / "cases" / "historic.yaml").read_bytes()
    return load_casebook(content, name="historic.yaml")
