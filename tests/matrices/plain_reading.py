"""Every table read as a person would, rule by rule, and facts made more severe or completed: to compare with."""

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Facts, Spread
from matrices.implication import ANNEX_I
from matrices.readers import ORDERED as EVERY_ORDERED
from matrices.schema import Category, Counting, Criterion, When
from matrices.tables import Table
from tests.matrices.strategies import AMOUNTS, COUNTS, EVERY_LIST

FAR_BEYOND = 10**12


def raised(facts: Facts, axis: str, data: st.DataObject) -> Facts:
    """The same facts, no milder on one axis; what is unknown on it stays unknown."""
    values = facts.model_dump()
    if axis == "victims":
        _raise_bounds(values, ("victims_min", "victims_max"), COUNTS, data)
    elif values[axis] in (None, ()):
        pass
    elif axis in AMOUNTS:
        _raise_bounds(values[axis], ("at_least", "at_most"), AMOUNTS[axis], data)
    elif axis in EVERY_LIST:
        values[axis] = (*values[axis], *data.draw(st.lists(st.sampled_from(EVERY_LIST[axis]))))
    elif axis in EVERY_ORDERED:
        steps = list(EVERY_ORDERED[axis])
        values[axis] = data.draw(st.sampled_from(steps[steps.index(values[axis]) :]))
    else:
        values[axis] = True
    return Facts(**values)


def _raise_bounds(
    values: dict[str, Any], bounds: tuple[str, str], numbers: tuple[float, ...], data: st.DataObject
) -> None:
    least, most = bounds
    for bound in bounds:
        if values[bound] is not None:
            values[bound] = data.draw(st.sampled_from([one for one in numbers if one >= values[bound]]))
    if values[least] is not None and values[most] is not None:
        values[most] = max(values[least], values[most])


def completed(facts: Facts, *, severe: bool) -> Facts:
    """The facts with every unknown at its mildest or most severe."""
    values = facts.model_dump()
    for fact, kind in EVERY_ORDERED.items():
        values[fact] = values[fact] or list(kind)[-1 if severe else 0]
    for fact in AMOUNTS:
        bounds = values[fact] or {}
        least, most = bounds.get("at_least") or 0, bounds.get("at_most")
        values[fact] = least if not severe else FAR_BEYOND if most is None else most
    for fact, everything in EVERY_LIST.items():
        complete = values[fact] and facts.spread is Spread.CONTAINED
        values[fact] = everything if severe and not complete else values[fact]
    for fact, value in values.items():
        if value is None and fact not in {"root_cause", "rebuttal", "victims_min", "victims_max"}:
            values[fact] = severe
    most = max(COUNTS) if facts.victims_max is None else facts.victims_max
    values["victims_min"] = values["victims_max"] = most if severe else facts.victims_min or 0
    return Facts(**values)


def plain_level(table: Table, facts: Facts) -> str:
    """The level by the method and the triggers of the table, counting what is unknown as mild."""
    document, rank = table.document, table.levels.index
    if document.counting:
        base = rank(document.counting.leads_to) if counted(document.counting, facts) else 0
    elif document.categories:
        score = plain_score(document.categories, facts)
        base = max(at for at, one in enumerate(document.levels) if score >= (one.from_score or 0))
    else:
        base = max((rank(row.level) for row in document.rows if holds(row.when, facts)), default=0)
    fired = [one for one in document.triggers if holds(one.when, facts) and base >= rank(one.lifts_from)]
    return table.levels[max([base, *(rank(one.lifts_to) for one in fired)])]


def counted(counting: Counting, facts: Facts) -> bool:
    """Whether the gate is open, and something decisive or enough criteria are met."""

    def met(criteria: tuple[Criterion, ...]) -> int:
        return sum(any(holds(when, facts) for when in one.when_any) for one in criteria)

    return bool(met(counting.gate) and (met(counting.decisive) or met(counting.criteria) >= counting.needed))


def plain_score(categories: tuple[Category, ...], facts: Facts) -> Fraction:
    """The exact score: the weighted sum between the least and the most that there are."""
    reached = sum(
        one.weight * max(option.points for option in one.options if not option.when or holds(option.when, facts))
        for one in categories
    )
    least = sum(one.weight * min(option.points for option in one.options) for one in categories)
    most = sum(one.weight * max(option.points for option in one.options) for one in categories)
    return Fraction(100 * (reached - least), most - least)


def holds(when: When, facts: Facts) -> bool:
    """Whether all conditions hold, counting what is unknown as mild."""
    counts = {
        "annex_i_sectors": len(ANNEX_I & set(facts.sectors)),
        "victims": facts.victims_min or 0,
        "countries": len(facts.countries),
        "eu_countries": len(set(EU_MEMBER_STATES) & set(facts.countries)),
    }
    return all(_holds(axis, getattr(when, axis), facts, counts) for axis in when.asked)


def _holds(axis: str, condition: Any, facts: Facts, counts: dict[str, int]) -> bool:
    if axis in counts:
        return bool(counts[axis] >= condition.at_least)
    value = getattr(facts, axis)
    if axis in EVERY_LIST:
        return not set(condition.any_of).isdisjoint(value)
    if axis in EVERY_ORDERED:
        steps = list(EVERY_ORDERED[axis])
        return value is not None and steps.index(value) >= steps.index(condition.at_least)
    if axis in AMOUNTS:
        least = value.at_least or 0 if value else 0
        return bool(least > condition.more_than if condition.at_least is None else least >= condition.at_least)
    return value is True
