"""The faults of a table that only show when it is read whole: names, order, and rows that can never count.

A row that can never match, or that another row always outdoes, is refused when the table is read: its author meant
something by it. What takes a search over every combination of facts is left to `matrices.checking`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from matrices.implication import implies, impossible

if TYPE_CHECKING:
    from matrices.schema import Category, TableFile, When

Location = tuple[str | int, ...]
Fault = tuple[Location, str]


def refuse_faults(table: "TableFile") -> None:
    """Raise a ValidationError that carries the place of the first fault."""
    searches: Sequence[Callable[[TableFile], Iterator[Fault]]] = (
        _sections,
        _names_of_levels,
        _repeated,
        _out_of_order,
        _scores,
        _counts,
        _impossible,
        _outdone,
    )
    refuse_first(chain.from_iterable(search(table) for search in searches))


def refuse_first(faults: Iterator[Fault]) -> None:
    """Raise a ValidationError for the first of these, if there is one: its place and its sentence."""
    fault = next(faults, None)
    if fault:
        location, message = fault
        # A ValueError would point at the whole table; only a ValidationError carries the place, and with it the line.
        detail = InitErrorDetails(type="value_error", loc=location, input=None, ctx={"error": message})
        raise ValidationError.from_exception_data("table", [detail])


def _sections(table: "TableFile") -> Iterator[Fault]:
    """Each method has its section, and no other one stands beside it unread."""
    section = {"rows": "rows", "score": "categories", "count": "counting"}
    for method, name in section.items():
        if method == table.method and not getattr(table, name):
            yield ("method",), f"the method {method} needs {name}; add them, or name another method"
        if method != table.method and getattr(table, name):
            yield (name,), f"the method {table.method} does not read {name}; leave it out, or name another method"


def _names_of_levels(table: "TableFile") -> Iterator[Fault]:
    named: list[tuple[Location, str]] = [(("rows", at, "level"), row.level) for at, row in enumerate(table.rows)]
    if table.counting:
        named.append((("counting", "leads_to"), table.counting.leads_to))
    for at, trigger in enumerate(table.triggers):
        named.append((("triggers", at, "lifts_from"), trigger.lifts_from))
        named.append((("triggers", at, "lifts_to"), trigger.lifts_to))
    named.append((("recommendation", "launch_from"), table.recommendation.launch_from))
    named.append((("recommendation", "watch_from"), table.recommendation.watch_from))
    for location, level in named:
        if level not in table.level_ids:
            yield location, f"there is no level {level!r}; the levels are {', '.join(table.level_ids)}"


def _repeated(table: "TableFile") -> Iterator[Fault]:
    yield from _twice([(("levels", at, "id"), one) for at, one in enumerate(table.level_ids)])
    rules: list[tuple[Location, str]] = [(("rows", at, "id"), row.id) for at, row in enumerate(table.rows)]
    rules += [(("categories", at, "id"), one.id) for at, one in enumerate(table.categories)]
    if table.counting:
        for part in ("gate", "decisive", "criteria"):
            criteria = getattr(table.counting, part)
            rules += [(("counting", part, at, "id"), one.id) for at, one in enumerate(criteria)]
    yield from _twice(rules + [(("triggers", at, "id"), one.id) for at, one in enumerate(table.triggers)])
    for number, category in enumerate(table.categories):
        options = enumerate(category.options)
        yield from _twice([(("categories", number, "options", at, "id"), one.id) for at, one in options])


def _twice(places: Sequence[tuple[Location, str]]) -> Iterator[Fault]:
    times = Counter(one for _, one in places)
    for place, one in reversed(places):
        if times[one] > 1:
            yield place, f"the id {one!r} stands twice; a trace must name one rule"


def _out_of_order(table: "TableFile") -> Iterator[Fault]:
    rank = table.level_ids.index
    for at, row in enumerate(table.rows):
        if rank(row.level) == 0:
            yield ("rows", at, "level"), f"{row.level} is where an incident stands without any row; leave the row out"
    for at, trigger in enumerate(table.triggers):
        if rank(trigger.lifts_from) >= rank(trigger.lifts_to):
            yield (
                ("triggers", at, "lifts_to"),
                f"a trigger lifts, and {trigger.lifts_to} is not above {trigger.lifts_from}",
            )
    if rank(table.recommendation.watch_from) > rank(table.recommendation.launch_from):
        yield ("recommendation", "watch_from"), "watch_from stands above launch_from; watching is the lesser step"


def _scores(table: "TableFile") -> Iterator[Fault]:
    """Levels begin at rising scores, the first at 0, and only where scores are made."""
    for at, level in enumerate(table.levels):
        if (level.from_score is None) == (table.method == "score"):
            needed = "needs" if level.from_score is None else "does not read"
            yield ("levels", at, "from_score"), f"the method {table.method} {needed} from_score"
    starts = [level.from_score or 0 for level in table.levels] if table.method == "score" else []
    if starts and starts[0] != 0:
        yield ("levels", 0, "from_score"), "the first level begins at 0; below it there would be no level at all"
    for at, (lower, upper) in enumerate(pairwise(starts)):
        if upper <= lower:
            yield ("levels", at + 1, "from_score"), f"levels stand mildest first; {upper} is not above {lower}"
    for number, category in enumerate(table.categories):
        yield from _options(number, category)


def _options(number: int, category: "Category") -> Iterator[Fault]:
    """The first option stands without conditions, every other one has some, and points rise."""
    place: Location = ("categories", number, "options")
    for at, option in enumerate(category.options):
        if (option.when is None) != (at == 0):
            right = "the first option stands without `when`" if at == 0 else "only the first option has no `when`"
            yield (*place, at), f"{right}; it is what counts while nothing else is known"
    for at, (lower, upper) in enumerate(pairwise(category.options)):
        if upper.points <= lower.points:
            yield (
                (*place, at + 1, "points"),
                f"options stand mildest first; {upper.points} is not above {lower.points}",
            )


def _counts(table: "TableFile") -> Iterator[Fault]:
    counting = table.counting
    if counting and counting.needed > len(counting.criteria):
        yield ("counting", "needed"), f"{counting.needed} are needed and there are {len(counting.criteria)} criteria"
    if counting and table.level_ids.index(counting.leads_to) == 0:
        yield (
            ("counting", "leads_to"),
            f"{counting.leads_to} is where an incident stands anyway; name a higher level",
        )


def conditions(table: "TableFile") -> Iterator[tuple[Location, "When"]]:
    """Every set of conditions of a table with its place, triggers last."""
    for at, row in enumerate(table.rows):
        yield ("rows", at, "when"), row.when
    for number, category in enumerate(table.categories):
        for at, option in enumerate(category.options):
            if option.when:
                yield ("categories", number, "options", at, "when"), option.when
    for part in ("gate", "decisive", "criteria") if table.counting else ():
        for number, criterion in enumerate(getattr(table.counting, part)):
            for at, when in enumerate(criterion.when_any):
                yield ("counting", part, number, "when_any", at), when
    for at, trigger in enumerate(table.triggers):
        yield ("triggers", at, "when"), trigger.when


def _impossible(table: "TableFile") -> Iterator[Fault]:
    for place, when in conditions(table):
        for axis, reason in impossible(when):
            yield (*place, axis), f"this can never hold: {reason}"


def _outdone(table: "TableFile") -> Iterator[Fault]:
    """A row, or an option, that never makes a difference because another one always holds where it does."""
    rank = table.level_ids.index
    for at, row in enumerate(table.rows):
        for other in table.rows:
            if other is not row and rank(other.level) >= rank(row.level) and implies(row.when, other.when):
                yield ("rows", at, "when"), _never_counts("row", row.id, other.id)
    for number, category in enumerate(table.categories):
        for at, option in enumerate(category.options):
            for higher in category.options[at + 1 :]:
                if option.when and higher.when and implies(option.when, higher.when):
                    place = ("categories", number, "options", at, "when")
                    yield place, _never_counts("option", option.id, higher.id)


def _never_counts(kind: str, idle: str, other: str) -> str:
    return (
        f"the {kind} {idle!r} overlaps with {other!r} and never counts: whenever it holds, {other!r} holds too "
        f"and leads at least as high; ask for less in {idle!r}, for more in {other!r}, or leave one out"
    )
