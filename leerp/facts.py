"""Facts: what is known of an incident, as the classification tables read it. None means nobody knows.

One set of facts serves every table: what one scheme asks for and another does not is simply a fact more.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from leerp.countries import Country
from leerp.incident_types import IncidentType
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


class Entity(StrEnum):
    """Kinds of entity with thresholds of their own: Implementing Regulation (EU) 2024/2690 Art. 5 to 14."""

    DNS = "dns"
    TLD = "tld"
    CLOUD = "cloud"
    DATA_CENTRE = "data-centre"
    CDN = "cdn"
    MANAGED_SERVICES = "managed-services"
    MARKETPLACE = "marketplace"
    SEARCH = "search"
    SOCIAL_NETWORK = "social-network"
    TRUST_SERVICES = "trust-services"


class VictimSize(StrEnum):
    """The largest victim, smallest first (UK NCSC, 2018). National: central government or essential services."""

    INDIVIDUAL = "individual"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    NATIONAL = "national"


class Location(StrEnum):
    """How far inside activity has been observed, mildest first (NCISS levels 0 to 7)."""

    UNSUCCESSFUL = "unsuccessful"
    BUSINESS_DMZ = "business-dmz"
    BUSINESS_NETWORK = "business-network"
    BUSINESS_MANAGEMENT = "business-management"
    CRITICAL_DMZ = "critical-dmz"
    CRITICAL_MANAGEMENT = "critical-management"
    CRITICAL_SYSTEMS = "critical-systems"
    SAFETY_SYSTEMS = "safety-systems"


class Actor(StrEnum):
    """What kind of actor it is, in the order of NCISS. Not an attribution: that names somebody."""

    HACKTIVIST = "hacktivist"
    UNWITTING_INSIDER = "unwitting-insider"
    CRIMINAL = "criminal"
    WITTING_INSIDER = "witting-insider"
    APT = "apt"
    APT_TARGETED = "apt-targeted"


class InformationImpact(StrEnum):
    """What happened to information, mildest first (NCISS)."""

    NONE = "none"
    SUSPECTED = "suspected"
    PRIVACY_LOSS = "privacy-loss"
    PROPRIETARY_LOSS = "proprietary-loss"
    DESTRUCTION_NON_CRITICAL = "destruction-non-critical"
    CRITICAL_BREACH = "critical-breach"
    CORE_CREDENTIALS = "core-credentials"
    DESTRUCTION_CRITICAL = "destruction-critical"


class PotentialImpact(StrEnum):
    """What the threat could still do, as a technical view of it, mildest first (NCISS)."""

    MINIMAL = "minimal"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    SEVERE = "severe"


Number = Annotated[int | float, Field(ge=0, le=10**15, allow_inf_nan=False)]


class Amount(Model):
    """A number of which only bounds may be known, both inclusive. A plain number is read as exactly that."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Amount":
        if self.at_least is None and self.at_most is None:
            raise ValueError("an amount needs at_least, at_most, or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is larger than at_most")
        return self


def _exactly(value: object) -> object:
    """A plain number is an amount whose bounds are equal."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"at_least": value, "at_most": value}
    return value


Measured = Annotated[Amount, BeforeValidator(_exactly)]


class Facts(Model):
    """What is asserted of an incident; a report asserts some, an assessment settles the rest.

    `victims_min`, `victims_max`: number of victim organisations, inclusive; either may be unknown.
    `rebuttal`: the evidence for a cause that is not criminal, needed wherever `root_cause` says so.
    Amounts are of the victim hit hardest and carry their unit: minutes, percent, EUR, or a number of users.
    """

    root_cause: RootCause | None = None
    rebuttal: Line | None = None
    types: tuple[IncidentType, ...] = Field(default=(), max_length=50)
    activity: Activity | None = None
    sectors: tuple[Sector, ...] = ()
    entities: tuple[Entity, ...] = ()
    service_impact: ServiceImpact | None = None
    countries: tuple[Country, ...] = ()
    victims_min: int | None = Field(default=None, ge=0)
    victims_max: int | None = Field(default=None, ge=0)
    largest_victim: VictimSize | None = None
    spread: Spread | None = None
    outlook: Outlook | None = None
    recoverability: Recoverability | None = None
    life_threat: bool | None = None
    political: bool | None = None
    location: Location | None = None
    actor: Actor | None = None
    information_impact: InformationImpact | None = None
    potential_impact: PotentialImpact | None = None
    outage_minutes: Measured | None = None
    limited_minutes: Measured | None = None
    users_affected: Measured | None = None
    users_percent: Measured | None = None
    counterparts_percent: Measured | None = None
    transactions_percent: Measured | None = None
    loss_eur: Measured | None = None
    loss_turnover_percent: Measured | None = None
    critical_functions: bool | None = None
    data_compromised: bool | None = None
    trade_secrets: bool | None = None
    physical_access: bool | None = None
    relevant_client: bool | None = None
    reputation: bool | None = None
    recurring: bool | None = None
    health_damage: bool | None = None
    deaths: bool | None = None

    @field_validator("types", "countries", "sectors", "entities", mode="after")
    @classmethod
    def _sorted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _victims_in_order(self) -> "Facts":
        if self.victims_min is not None and self.victims_max is not None and self.victims_min > self.victims_max:
            raise ValueError("victims_min is larger than victims_max")
        return self
