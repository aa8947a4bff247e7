"""What is wrong with a table that can be read: rules that never count and levels that nothing reaches.

The search covers every combination of facts that the table can tell apart; nothing here goes by example.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from leerp.facts import Facts
from leerp.model import Message
from matrices.combinations import Found, outcomes
from matrices.readers import FactReader, Value
from matrices.schema import Method
from matrices.tables import Table


class FaultKind(StrEnum):
    """NEVER: no facts can meet it. IDLE: without it, every result is the same. GAP: nothing leads to this level."""

    NEVER = "never"
    IDLE = "idle"
    GAP = "gap"


class TableFault(Message):
    """One fault of a table: what it is about, by id, and one sentence on what is wrong and what would be right."""

    kind: FaultKind
    subject: str
    sentence: str


class LevelFound(Message):
    """How many combinations come to a level, and the mildest of them; everything in it is known."""

    level: str
    combinations: int
    example: Facts


class Checked(Message):
    """What a search over every combination found. `faults` empty: the table says what it seems to say."""

    table: str
    version: str
    sha256: str
    combinations: int
    levels: tuple[LevelFound, ...]
    faults: tuple[TableFault, ...]


def check(table: Table) -> Checked:
    """Search a table for rules that can never match or never count, and for levels that nothing reaches."""
    found = outcomes((table.rules,))
    return Checked(
        table=table.name,
        version=table.version,
        sha256=table.sha256,
        combinations=sum(one.number for one in found.values()),
        levels=tuple(
            LevelFound(level=table.levels[rank], combinations=one.number, example=one.example.model())
            for (rank,), one in found.items()
        ),
        faults=(*_rule_faults(table), *_gaps(table, {rank: one for (rank,), one in found.items()})),
    )


def _rule_faults(table: Table) -> Iterator[TableFault]:
    names = table.rules.names()
    whens = table.rules.judge.whens
    for at, name in enumerate(names):
        bit = 1 << at
        if at < len(whens) and whens[at] is None:
            continue  # the first option of a category: it stands for not knowing better, and may always be outdone
        if not all(any(value.mask & bit for value in reader.values) for reader in table.rules.readers):
            yield TableFault(
                kind=FaultKind.NEVER, subject=name, sentence=f"{name} can never match: no facts meet all its conditions"
            )
        elif not _counts(table, bit):
            yield TableFault(kind=FaultKind.IDLE, subject=name, sentence=_idle(table, at, names))


def _counts(table: Table, bit: int) -> bool:
    """Whether any combination comes to another result without this rule."""
    found = outcomes(
        (table.rules, table.rules),
        without=(0, bit),
        by_points=table.document.method is Method.SCORE and bit < 1 << len(table.rules.judge.whens),
        values=lambda reader: _meeting(reader, bit, mildest=_mildest_suffice(table)),
    )
    return any(first != second for first, second in found)


def _mildest_suffice(table: Table) -> bool:
    """Whether a rule that counts anywhere counts in one of the mildest combinations in which it matches.

    Every other rule that matches in a mild combination matches in each more severe one as well. So it is, unless rules
    help each other: criteria that are counted, or triggers that start from what rows lead to.
    """
    return table.document.method is not Method.COUNT and not table.rules.lifts


def _meeting(reader: FactReader, bit: int, *, mildest: bool) -> Sequence[Value]:
    """The values with which a rule can match; all of them, or the mildest alone."""
    meeting = [value for value in reader.values if value.mask & bit]
    if not mildest:
        return meeting
    masks = {value.mask for value in meeting}
    return [value for value in meeting if not any(mask != value.mask and mask & value.mask == mask for mask in masks)]


def _idle(table: Table, at: int, names: Sequence[str]) -> str:
    """What to say of a rule that never counts: which others hold wherever it holds."""
    bit = 1 << at
    meeting = [_meeting(reader, bit, mildest=True) for reader in table.rules.readers]
    always = -1
    for values in meeting:
        allowed = 0
        for value in values:
            allowed |= value.mask
        always &= allowed
    others = [name for other, name in enumerate(names) if other != at and always >> other & 1]
    outdone = f"wherever it matches, {' or '.join(others)} leads at least as high" if others else "others outdo it"
    return f"{names[at]} never counts: {outdone}; ask for less in it, or leave it out"


def _gaps(table: Table, found: dict[int, Found]) -> Iterator[TableFault]:
    for rank, level in enumerate(table.levels):
        if rank not in found:
            yield TableFault(
                kind=FaultKind.GAP,
                subject=level,
                sentence=f"no combination of facts comes to the level {level}; add a rule that does, or leave it out",
            )
