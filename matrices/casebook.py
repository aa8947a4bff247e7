"""Past cases: what was known at which hour, and what a table is expected to say of it."""

from functools import lru_cache
from importlib import resources
from itertools import pairwise

from pydantic import Field, field_validator, model_validator

from leerp.facts import Facts
from leerp.formats.strict import shipped_model, yaml_model
from leerp.incidents import Choice, Presumption
from leerp.model import Identifier, Line, Model


class Expectation(Model):
    """What the table named in the file is expected to say."""

    lowest: Identifier
    highest: Identifier
    presumption: Presumption = Presumption.RAISED
    recommendation: Choice


class Moment(Model):
    """What was known `hour` hours after the first report. `note`: the same in one line, for people."""

    hour: int = Field(ge=0, le=24 * 365)
    note: Line | None = None
    facts: Facts
    expect: Expectation


class Case(Model):
    """A past case, hour by hour.

    `label`: what an emergency protocol should have done at the worst hour of the case, in hindsight; None where nobody
    has judged it. `negative`: at none of its hours may a launch be recommended.
    """

    id: Identifier
    title: Line
    lesson: Line
    sources: tuple[Line, ...] = Field(default=(), max_length=20)
    label: Choice | None = None
    negative: bool = False
    moments: tuple[Moment, ...] = Field(min_length=1)

    @field_validator("moments", mode="after")
    @classmethod
    def _in_order(cls, moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
        for earlier, later in pairwise(moments):
            if later.hour <= earlier.hour:
                raise ValueError(
                    f"hour {later.hour} stands after hour {earlier.hour}; put each hour once, earliest first"
                )
        return moments

    @model_validator(mode="after")
    def _label_fits(self) -> "Case":
        if self.negative and self.label is Choice.LAUNCH:
            raise ValueError("a negative case cannot carry the label launch; take one of the two away")
        return self


class Casebook(Model):
    """A file of cases with the table that its expectations are about."""

    casebook: Identifier
    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    table: Identifier
    cases: tuple[Case, ...] = Field(min_length=1)

    @field_validator("cases", mode="after")
    @classmethod
    def _each_once(cls, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        ids = [case.id for case in cases]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"the id {twice[0]} stands there twice; give every case its own")
        return cases


def load_casebook(content: bytes, *, name: str) -> Casebook:
    """The cases in the bytes of a YAML file; raises BadInputError."""
    return yaml_model(Casebook, content, name=name)


@lru_cache(maxsize=1)
def shipped_casebook() -> Casebook:
    """The twelve historic cases."""
    content = (resources.files("matrices") / "cases" / "historic.yaml").read_bytes()
    return shipped_model(Casebook, content, name="historic.yaml")
