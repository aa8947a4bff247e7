"""The table of actions that do not go together, and how long their owners have to answer."""

from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from pydantic import Field, field_validator

from leerp.formats.strict import yaml_model
from leerp.model import Identifier, Line, Model
from leerp.plans import ActionType, AlertLevel
from matrices.table_head import TableHead
from matrices.tables import content_of


class Timing(StrEnum):
    """How two windows must lie for a rule to speak."""

    OVERLAPPING = "overlapping"
    ONE_FIRST = "one_first"
    """An action of `one` begins before an action of `other` has ended."""


class TargetRelation(StrEnum):
    """What two actions must have in common for a rule to speak."""

    SAME = "same"
    """They name the same target."""
    SHARED = "shared"
    """A target of one is, holds or lies under a target of the other."""
    ACTOR = "actor"
    """They name the same registrant or handle."""
    DEPENDENCY = "dependency"
    """The action of `one` waits for the action of `other`."""
    ANY = "any"
    """Nothing but the incident."""


class Incompatibility(Model):
    """Types of action that do not go together, and what their owners are told. An empty list stands for every type.

    `margin_minutes`: how far apart two windows may lie and still count as overlapping; between two actions of which
    one waits for the other the order is settled, and they must overlap.
    """

    id: Identifier
    one: tuple[ActionType, ...]
    other: tuple[ActionType, ...]
    timing: Timing
    target: TargetRelation
    margin_minutes: int = Field(default=0, ge=0, le=7 * 24 * 60)
    alert: AlertLevel
    why: Line
    source: Line


class IncompatibleActions(TableHead):
    """The file of incompatible actions. The first rule that speaks is the one the owners hear.

    `answer_within_minutes`: how long both owners have to say that they have heard, for each level of alert.
    """

    rules: tuple[Incompatibility, ...] = Field(min_length=1)
    answer_within_minutes: dict[AlertLevel, int]

    @field_validator("answer_within_minutes", mode="after")
    @classmethod
    def _each_level(cls, minutes: dict[AlertLevel, int]) -> dict[AlertLevel, int]:
        missing = [level.value for level in AlertLevel if minutes.get(level, 0) < 1]
        if missing:
            raise ValueError(f"give at least one minute for {' and '.join(missing)}")
        return minutes

    def answer_within(self, level: AlertLevel) -> timedelta:
        """How long both owners have."""
        return timedelta(minutes=self.answer_within_minutes[level])


def load_incompatibilities(content: bytes, *, name: str) -> IncompatibleActions:
    """The table in the bytes of a YAML file; raises BadInputError."""
    return yaml_model(IncompatibleActions, content, name=name)


@lru_cache(maxsize=1)
def shipped_incompatibilities() -> IncompatibleActions:
    """The shipped table of incompatible actions."""
    return load_incompatibilities(content_of("incompatible-actions"), name="incompatible-actions.yaml")
