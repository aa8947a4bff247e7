"""Facts: what is known of an incident, as the classification tables read it. None means nobody knows."""

from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from leerp.countries import Country
from leerp.model import Line, Model


class RootCause(StrEnum):
    """Root causes of the NIS Cooperation Group taxonomy (CG Publication 04/2018)."""

    SYSTEM_FAILURES = "system-failures"
    NATURAL_PHENOMENA = "natural-phenomena"
    HUMAN_ERRORS = "human-errors"
    MALICIOUS_ACTIONS = "malicious-actions"
    THIRD_PARTY_FAILURES = "third-party-failures"


class Activity(StrEnum):
    """Observed activity, mildest first (US NCISS)."""

    NONE = "none"
    PREPARE = "prepare"
    ENGAGE = "engage"
    PRESENCE = "presence"
    EFFECT = "effect"


class ServiceImpact(StrEnum):
    """What happened to the services of the victims, mildest first."""

    NONE = "none"
    DEGRADED = "degraded"
    DISRUPTED = "disrupted"
    LOST = "lost"


class Spread(StrEnum):
    """How the number of victims moves, mildest first."""

    CONTAINED = "contained"
    SLOW = "slow"
    FAST = "fast"


class Outlook(StrEnum):
    """How severity is expected to move in the next 6 hours, mildest first (NIS CG taxonomy)."""

    IMPROVING = "improving"
    STABLE = "stable"
    WORSENING = "worsening"


class Recoverability(StrEnum):
    """How hard recovery is, mildest first (NCISS)."""

    REGULAR = "regular"
    SUPPLEMENTED = "supplemented"
    EXTENDED = "extended"
    NOT_RECOVERABLE = "not-recoverable"


class Sector(StrEnum):
    """Sectors of NIS2 Annexes I and II, in the spelling of the `nis2` taxonomy."""

    ENERGY = "energy"
    TRANSPORT = "transport"
    BANKING = "banking"
    FINANCIAL = "financial"
    HEALTH = "health"
    DRINKING_WATER = "drinking-water"
    WASTE_WATER = "waste-water"
    DIGITAL_INFRASTRUCTURE = "digital-infrastructure"
    ICT_SERVICES = "ict-services"
    PUBLIC_ADMINISTRATION = "public-administration"
    SPACE = "space"
    COURIER = "courier"
    WASTE_MANAGEMENT = "waste-management"
    CHEMICAL = "chemical"
    FOOD = "food"
    MANUFACTURING = "manufacturing"
    DIGITAL_PROVIDERS = "digital-providers"
    RESEARCH = "research"


class Facts(Model):
    """What is asserted of an incident; a report asserts some, an assessment settles the rest.

    `victims_min`, `victims_max`: number of victim organisations, inclusive; either may be unknown.
    `rebuttal`: the evidence for a cause that is not criminal, needed wherever `root_cause` says so.
    """

    root_cause: RootCause | None = None
    rebuttal: Line | None = None
    activity: Activity | None = None
    sectors: tuple[Sector, ...] = ()
    service_impact: ServiceImpact | None = None
    countries: tuple[Country, ...] = ()
    victims_min: int | None = Field(default=None, ge=0)
    victims_max: int | None = Field(default=None, ge=0)
    spread: Spread | None = None
    outlook: Outlook | None = None
    recoverability: Recoverability | None = None
    life_threat: bool | None = None
    political: bool | None = None

    @field_validator("countries", "sectors", mode="after")
    @classmethod
    def _sorted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _victims_in_order(self) -> "Facts":
        if self.victims_min is not None and self.victims_max is not None and self.victims_min > self.victims_max:
            raise ValueError("victims_min is larger than victims_max")
        return self
