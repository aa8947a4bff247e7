"""The facts of an incident as controls of a form, each with "unknown" beside its values."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.rooms import Rooms
from activities.triage import TriageActivities
from desk.web.acting.fields import Option, Values
from leerp.errors import BadInputError
from leerp.facts import Amount, Entity, Facts, RootCause, Sector
from leerp.incident_types import RSIT
from matrices.questions import question
from matrices.readers import AMOUNTS, FLAGS, ORDERED

_FIRST = ("activity", "service_impact", "spread", "outlook", "recoverability")
_LISTS: dict[str, type[StrEnum]] = {"sectors": Sector, "entities": Entity}
_TYPES = tuple(f"{kind}:{value}" if value else kind for kind, values in RSIT.items() for value in ("", *values))
_SLIDES = {"victims_min": 500, "victims_max": 500, "users_affected": 1_000_000, "loss_eur": 10_000_000}
"""Where a slider ends whose fact has no end; the number beside it takes more. Project assumption."""

_PERCENT, _MINUTES = 100, 1_440


class Control(NamedTuple):
    """One fact. `shape`: words, flag, boxes, line, number or amount. `now`: what stands, in words.

    `given`: what the control shows at first; of an amount at least and at most. `settled`: a person has settled it.
    """

    fact: str
    label: str
    shape: str
    options: tuple[Option, ...] = ()
    given: tuple[str, ...] = ()
    now: str = "unknown"
    settled: bool = False
    slides_to: int = 0
    help: str = ""


class FactGroup(NamedTuple):
    """Facts that are asked for together. `open`: shown without being asked for."""

    title: str
    controls: tuple[Control, ...]
    open: bool = False


async def settled_facts(c: AsyncConnection, rooms: Rooms, reference: str) -> frozenset[str]:
    """The facts that people have settled."""
    settled = await TriageActivities(rooms).settled(c, reference)
    return frozenset(name for name, value in settled if value not in (None, ()))


def fact_groups(
    facts: Facts | None, *, settled: frozenset[str] = frozenset(), filled: bool = False
) -> tuple[FactGroup, ...]:
    """All facts as controls. `filled`: the controls show what stands, to be changed; else they are left at unknown."""
    stands = facts or Facts()

    def control(fact: str) -> Control:
        return _control(fact, stands, settled=settled, filled=filled)

    rest = [fact for fact in ORDERED if fact not in _FIRST]
    return (
        FactGroup("What is happening", tuple(control(one) for one in _FIRST), open=True),
        FactGroup(
            "Who is hit",
            tuple(control(one) for one in ("victims_min", "victims_max", "countries", "sectors", "entities")),
            open=True,
        ),
        FactGroup("Cause", tuple(control(one) for one in ("root_cause", "rebuttal", "types")), open=True),
        FactGroup("Yes or no", tuple(control(one) for one in FLAGS), open=True),
        FactGroup("How deep, how far, who", tuple(control(one) for one in rest)),
        FactGroup("Amounts, of the victim hit hardest", tuple(control(one) for one in AMOUNTS)),
    )


def _control(fact: str, facts: Facts, *, settled: frozenset[str], filled: bool) -> Control:
    value = getattr(facts, fact)
    shape, options = _shape(fact)
    label = _LABELS.get(fact, fact.replace("_", " ").capitalize())
    given = _written(value) if filled else ()
    slides_to = _slides_to(fact) if shape in ("amount", "number") else 0
    return Control(
        fact, label, shape, options, given, _in_words(value), fact in settled, slides_to, help=_help(fact, facts)
    )


def _shape(fact: str) -> tuple[str, tuple[Option, ...]]:
    """How a fact is asked for, and what may be chosen."""
    if fact in ORDERED or fact == "root_cause":
        return "words", _options(ORDERED.get(fact, RootCause))
    if fact in FLAGS:
        return "flag", (Option("yes", "yes"), Option("no", "no"))
    if fact in _LISTS:
        return "boxes", _options(_LISTS[fact])
    if fact == "types":
        return "boxes", tuple(Option(one, one) for one in _TYPES)
    if fact in AMOUNTS:
        return "amount", ()
    return ("number" if fact.startswith("victims_") else "line"), ()


_LABELS = {"victims_min": "Victims, at least", "victims_max": "Victims, at most", "loss_eur": "Loss in EUR"}


def _slides_to(fact: str) -> int:
    return _SLIDES.get(fact, _PERCENT if fact.endswith("percent") else _MINUTES)


def _help(fact: str, facts: Facts) -> str:
    if fact == "countries":
        return "Two letters each, with spaces between, such as ES FR GB."
    if fact == "rebuttal":
        return "The evidence that the cause is not criminal; needed where the root cause says so."
    if fact in ("victims_min", "victims_max", "root_cause", "types"):
        return ""
    return question(fact, facts).capitalize() + "."


def _options(kind: type[StrEnum]) -> tuple[Option, ...]:
    return tuple(Option(one.value, one.value.replace("-", " ")) for one in kind)


def _written(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - the value of any fact
    """A value as its control has it."""
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, Amount):
        return tuple("" if end is None else f"{end:g}" if end < 10**6 else str(end) for end in _ends(value))
    if isinstance(value, tuple):
        return tuple(str(one) for one in value)
    return (str(value),)


def _ends(amount: Amount) -> Sequence[float | None]:
    return amount.at_least, amount.at_most


def _in_words(value: Any) -> str:  # noqa: ANN401 - the value of any fact
    if isinstance(value, Amount):
        least, most = _written(value)
        return f"at least {least or '?'}, at most {most or '?'}"
    return ", ".join(_written(value)).replace("-", " ") or "unknown"


def facts_of(values: Values) -> Facts:
    """The facts given in a form; what is left at unknown is none. Raises ValidationError or BadInputError."""
    given: dict[str, Any] = {}
    for fact in Facts.model_fields:
        value = _read(fact, values)
        if value not in (None, "", ()):
            given[fact] = value
    return Facts.model_validate(given)


def _read(fact: str, values: Values) -> object:
    name = f"fact-{fact}"
    if fact in AMOUNTS:
        ends = {end: _amount(values.text(f"{name}-{end}"), fact) for end in ("at_least", "at_most")}
        known = {end: value for end, value in ends.items() if value is not None}
        return known or None
    if fact in FLAGS:
        return {"yes": True, "no": False}.get(values.text(name))
    if fact in ("sectors", "entities", "types", "countries"):
        return values.several(name)
    if fact.startswith("victims_"):
        return values.number(name, label=_LABELS[fact])
    return values.text(name)


def _amount(typed: str, fact: str) -> float | int | None:
    if not typed:
        return None
    try:
        return int(typed[:20]) if typed.isdecimal() else float(typed[:20])
    except ValueError as error:
        raise BadInputError(f"{fact.replace('_', ' ').capitalize()}: write a number") from error
