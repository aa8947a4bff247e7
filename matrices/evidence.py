"""What facts say to a set of conditions, as a person would read it."""

from leerp.countries import EU_MEMBER_STATES
from leerp.facts import Amount, Facts
from matrices.implication import ANNEX_I
from matrices.readers import AMOUNTS, FLAGS, ORDERED
from matrices.schema import When

_UNITS = {"percent": " percent", "minutes": " minutes", "eur": " EUR"}


def evidence(when: When, facts: Facts) -> tuple[str, ...]:
    """The facts that the conditions look at, in the order of the conditions. Empty where no condition is set."""
    return tuple(_said(axis, when, facts) for axis in when.asked)


def _said(axis: str, when: When, facts: Facts) -> str:
    if axis in ORDERED:
        return f"{_words(axis)} {getattr(facts, axis)}"
    if axis in FLAGS:
        return {"life_threat": "life in danger", "political": "political reasons given"}.get(axis, _words(axis))
    if axis in AMOUNTS:
        return amount_text(axis, getattr(facts, axis))
    member_states = sorted(set(EU_MEMBER_STATES).intersection(facts.countries))
    return {
        "sectors": f"sectors {', '.join(_meant(facts.sectors, when.sectors.any_of if when.sectors else ()))}",
        "entities": f"entities {', '.join(_meant(facts.entities, when.entities.any_of if when.entities else ()))}",
        "annex_i_sectors": f"NIS2 Annex I sectors {', '.join(sorted(ANNEX_I.intersection(facts.sectors)))}",
        "victims": f"at least {facts.victims_min or 0} victims",
        "countries": f"{len(facts.countries)} countries",
        "eu_countries": f"Member States {', '.join(member_states)}",
    }[axis]


def _meant(listed: tuple[str, ...], wanted: tuple[str, ...]) -> list[str]:
    return [one for one in listed if one in wanted]


def _words(axis: str) -> str:
    return axis.replace("_", " ")


def amount_text(fact: str, amount: Amount | float | None) -> str:
    """An amount with its unit: `outage at least 31 minutes`; a plain number is exactly that."""
    name, _, last = fact.rpartition("_")
    unit = _UNITS.get(last, "")
    words = _words(name if unit else fact)
    if amount is None:
        return f"{words} unknown"
    if not isinstance(amount, Amount):
        return f"{words} {amount:,}{unit}"
    if amount.at_least == amount.at_most:
        return f"{words} {amount.at_least:,}{unit}"
    bounds = (("at least", amount.at_least), ("at most", amount.at_most))
    return f"{words} {' and '.join(f'{word} {bound:,}' for word, bound in bounds if bound is not None)}{unit}"
