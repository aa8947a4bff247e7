"""When one set of conditions always brings another one with it, and when a set can never hold at all."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from leerp.countries import ALL, EU_MEMBER_STATES
from leerp.facts import Sector

if TYPE_CHECKING:
    from matrices.schema import When

PERCENT = 100
ANNEX_I = frozenset(
    {
        Sector.ENERGY,
        Sector.TRANSPORT,
        Sector.BANKING,
        Sector.FINANCIAL,
        Sector.HEALTH,
        Sector.DRINKING_WATER,
        Sector.WASTE_WATER,
        Sector.DIGITAL_INFRASTRUCTURE,
        Sector.ICT_SERVICES,
        Sector.PUBLIC_ADMINISTRATION,
        Sector.SPACE,
    }
)
"""The sectors of high criticality: Directive (EU) 2022/2555 (NIS2), Annex I."""

_MOST = {
    "countries": (len(ALL), "countries"),
    "eu_countries": (len(EU_MEMBER_STATES), "Member States"),
    "annex_i_sectors": (len(ANNEX_I), "sectors of NIS2 Annex I"),
}


def impossible(when: "When") -> Iterator[tuple[str, str]]:
    """The conditions that no facts can meet, each with the reason."""
    for axis, (most, what) in _MOST.items():
        condition = getattr(when, axis)
        if condition is not None and condition.at_least > most:
            yield axis, f"there are {most} {what}"
    for axis in when.asked:
        condition = getattr(when, axis)
        if axis.endswith("_percent") and (condition.threshold > (PERCENT, 0)) and axis != "loss_turnover_percent":
            yield axis, "there is no more than 100 percent"


def implies(when: "When", other: "When") -> bool:
    """Whether all facts that meet the first set of conditions meet the other one, as far as single conditions show.

    True is certain. False may be wrong only where several conditions together, none of them alone, bring another one.
    """
    return all(_brings(when, axis, getattr(other, axis)) for axis in other.asked)


def _brings(when: "When", axis: str, wanted: Any) -> bool:  # noqa: ANN401 - a different condition for each axis
    own = getattr(when, axis)
    if own is not None and _as_strict(own, wanted):
        return True
    if axis == "countries" and when.eu_countries is not None:
        return bool(when.eu_countries.at_least >= wanted.at_least)
    if axis == "annex_i_sectors" and when.sectors is not None:
        return bool(wanted.at_least == 1 and ANNEX_I.issuperset(when.sectors.any_of))
    if axis == "sectors" and when.annex_i_sectors is not None:
        return len(ANNEX_I.difference(wanted.any_of)) < when.annex_i_sectors.at_least
    return False


def _as_strict(own: Any, wanted: Any) -> bool:  # noqa: ANN401 - a different condition for each axis
    if own is True:
        return True
    if hasattr(own, "any_of"):
        return set(own.any_of) <= set(wanted.any_of)
    if hasattr(own, "threshold"):
        return bool(own.threshold >= wanted.threshold)
    if isinstance(own.at_least, int):
        return bool(own.at_least >= wanted.at_least)
    kind: type[StrEnum] = type(own.at_least)
    steps = list(kind)
    return bool(steps.index(own.at_least) >= steps.index(wanted.at_least))
