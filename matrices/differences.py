"""What changes between two tables: which combinations of facts come to another level or recommendation."""

from collections.abc import Iterator, Mapping

from leerp.facts import Facts
from leerp.incidents import Choice
from leerp.model import Message
from matrices.combinations import Found, outcomes
from matrices.tables import Table


class Change(Message):
    """Combinations that come to one result by the first table and to another by the second.

    `example`: the mildest of them; everything in it is known.
    """

    before: str
    after: str
    recommended_before: Choice
    recommended_after: Choice
    combinations: int
    example: Facts


class Difference(Message):
    """What two tables say differently. `combinations`: all there are, of facts that either table can tell apart.

    `changed`: those whose recommendation differs, or, where both tables have the same levels, whose level does.
    """

    first: str
    first_sha256: str
    second: str
    second_sha256: str
    same_levels: bool
    combinations: int
    changed: int
    changes: tuple[Change, ...]


def difference(first: Table, second: Table) -> Difference:
    """Every change between two tables, the most frequent first. Exhaustive over everything they can tell apart."""
    found = outcomes((first.rules, second.rules))
    same_levels = first.levels == second.levels
    changes = tuple(
        sorted(_changes(first, second, found, same_levels=same_levels), key=lambda one: (-one.combinations, one.before))
    )
    return Difference(
        first=f"{first.name} {first.version}",
        first_sha256=first.sha256,
        second=f"{second.name} {second.version}",
        second_sha256=second.sha256,
        same_levels=same_levels,
        combinations=sum(one.number for one in found.values()),
        changed=sum(one.combinations for one in changes),
        changes=changes,
    )


def _changes(
    first: Table, second: Table, outcomes_: Mapping[tuple[int, ...], Found], *, same_levels: bool
) -> Iterator[Change]:
    for (before, after), found in outcomes_.items():
        recommended = first.rules.known(before), second.rules.known(after)
        if recommended[0] is recommended[1] and (not same_levels or before == after):
            continue
        yield Change(
            before=first.levels[before],
            after=second.levels[after],
            recommended_before=recommended[0],
            recommended_after=recommended[1],
            combinations=found.number,
            example=found.example.model(),
        )
