"""Branches: injects that are played together or not at all, by what has happened until the first of them is due."""

from pydantic import model_validator

from exercises.conditions import Condition
from leerp.model import Identifier, Line, Model


class Branch(Model):
    """One way that an exercise may take. Settled once, when its first inject is due: by `when` or by `unless`."""

    id: Identifier
    text: Line
    when: Condition | None = None
    unless: Condition | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Branch":
        if (self.when is None) == (self.unless is None):
            raise ValueError("a branch says either when it is taken or unless what it is")
        return self
