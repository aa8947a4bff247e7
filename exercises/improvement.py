"""The table of improvement, `improvement.yaml`: what an exercise recommends about what it finds, and how it rates."""

from enum import StrEnum
from functools import cache
from importlib import resources

from pydantic import Field, model_validator

from leerp.formats.strict import shipped_model
from leerp.model import Line, Model


class Finding(StrEnum):
    """What a recommendation can follow from: the closed list."""

    OBJECTIVE_MISSED = "objective_missed"
    EXPECTATION_MISSED = "expectation_missed"
    INJECT_OTHERWISE = "inject_otherwise"
    ALERT_UNANSWERED = "alert_unanswered"
    READER_SILENT = "reader_silent"
    READER_LATE = "reader_late"
    READER_TOLD_LATE = "reader_told_late"
    DELIVERY_FAILED = "delivery_failed"
    TEAM_SHORTFALL = "team_shortfall"
    ROTA_SHORTFALL = "rota_shortfall"
    AGAINST_RECOMMENDATION = "against_recommendation"
    ALARM = "alarm"


class Rating(StrEnum):
    """How well an objective was met, after HSEEP."""

    P = "P"
    S = "S"
    M = "M"
    U = "U"


class Measure(Model):
    """What is to be done about a kind of finding: by when, and by whom where the scenario names nobody."""

    days: int = Field(ge=1, le=3_650)
    owner: Line
    text: Line


class RatingRule(Model):
    """A rating, and from when on it holds: so many expectations are met, and perhaps every inject went as it must."""

    rating: Rating
    name: Line
    met_percent: int = Field(ge=0, le=100)
    in_order: bool


class ImprovementTable(Model):
    """`improvement.yaml`. The order of `kinds` is the order of an improvement plan; of `ratings`, best first."""

    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    kinds: dict[Finding, Measure]
    ratings: tuple[RatingRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "ImprovementTable":
        if missing := [one.value for one in Finding if one not in self.kinds]:
            raise ValueError(f"nothing stands there for {', '.join(missing)}")
        return self

    def name(self, rating: Rating) -> str:
        """What a rating means."""
        return next((one.name for one in self.ratings if one.rating is rating), "")

    def rate(self, *, met: int, of: int, in_order: bool) -> Rating | None:
        """The rating of an objective with so many expectations met; None where it has none."""
        if not of:
            return None
        holds = (one for one in self.ratings if met * 100 >= one.met_percent * of and in_order >= one.in_order)
        return next((one.rating for one in holds), None)


@cache
def table() -> ImprovementTable:
    """The table that comes with leerp."""
    content = (resources.files("exercises") / "improvement.yaml").read_bytes()
    return shipped_model(ImprovementTable, content, name="improvement.yaml")
