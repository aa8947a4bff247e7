"""Weigh: how far a level may be relied on, from the grades of the sources and the number of independent origins.

The same facts are classified again with less: with what sources judged reliable say, and with what enough independent
origins assert. What a person has settled counts each time. A level that does not move is a level to rely on.
"""

from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from pydantic import Field, model_validator

from leerp.confidence import Confidence, ConfidenceWord
from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from leerp.grades import UNGRADED
from leerp.model import Line, Model
from matrices.assertions import Asserted, Assertion
from matrices.classification import verdict
from matrices.corroboration import agreed
from matrices.grading import relied_on
from matrices.merging import merge
from matrices.table_head import TableHead
from matrices.tables import Table, content_of


class Need(StrEnum):
    """What a word may need of a level."""

    RELIABLE = "reliable"
    """It stands on what sources judged reliable say alone."""
    CORROBORATED = "corroborated"
    """It stands on what enough independent origins assert alone."""


class WordRule(Model):
    """A word, and what a level needs for it."""

    word: ConfidenceWord
    needs: tuple[Need, ...]
    meaning: Line


class ConfidenceTable(TableHead):
    """The file of the words. The first word whose needs are met is said; the last one needs nothing."""

    independent_origins: int = Field(ge=2, le=100)
    words: tuple[WordRule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _every_word_can_be_said(self) -> "ConfidenceTable":
        order = list(ConfidenceWord)
        if [order.index(rule.word) for rule in self.words] != sorted({order.index(rule.word) for rule in self.words}):
            raise ValueError(f"words: each once, in the order {', '.join(order)}")
        if self.words[-1].needs:
            raise ValueError(f"words: the last one, {self.words[-1].word}, is for every other level and needs nothing")
        for at, rule in enumerate(self.words):
            for earlier in self.words[:at]:
                if set(earlier.needs) <= set(rule.needs):
                    raise ValueError(f"words: {rule.word} is never said, for {earlier.word} needs no more")
        return self


class Words(NamedTuple):
    """A table of words, and the SHA-256 of its bytes in lower-case hex."""

    table: ConfidenceTable
    sha256: str


def load_words(content: bytes, *, name: str) -> Words:
    """The table in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return Words(yaml_model(ConfidenceTable, content, name=name), sha256(content).hexdigest())


@lru_cache(maxsize=1)
def shipped_words() -> Words:
    """The words that are shipped."""
    return load_words(content_of("confidence"), name="confidence.yaml")


def weigh(
    table: Table,
    asserted: Asserted,
    *,
    settled: Facts | None = None,
    words: Words | None = None,
    merged: Facts | None = None,
) -> Confidence:
    """How far the level of these assertions may be relied on. Pure, and the order of reports does not matter.

    `merged`: what `merge` makes of the same, where that is known already.
    """
    words = words or shipped_words()
    origins = words.table.independent_origins
    reliable = [one for one in asserted if relied_on(one.grade)]
    corroborated = [Assertion(agreed(asserted, origins=origins), UNGRADED, "several")]
    whole = merged or merge(asserted, settled=settled)
    levels = [verdict(table, whole).lowest, *(_level(table, some, settled) for some in (reliable, corroborated))]
    met = _met(table, levels, settled)
    return Confidence(
        word=next(rule.word for rule in words.table.words if met.issuperset(rule.needs)),
        reliable_level=table.levels[levels[1]],
        corroborated_level=table.levels[levels[2]],
        because=_because([table.levels[rank] for rank in levels], origins, grounded=bool(met) or levels[0] > 0),
        table_version=words.table.version,
        table_sha256=words.sha256,
    )


def _level(table: Table, asserted: Asserted, settled: Facts | None) -> int:
    return verdict(table, merge(asserted, settled=settled)).lowest


def _met(table: Table, levels: list[int], settled: Facts | None) -> set[Need]:
    """The needs that are met. The lowest level is also what remains where nothing is known, and so proves nothing.

    It may be relied on only where a person has settled enough to rule out every higher one.
    """
    level, *alone = levels
    if level == 0 and verdict(table, settled or Facts()).highest > 0:
        return set()
    return {need for need, rank in zip(Need, alone, strict=True) if rank == level}


def _because(levels: list[str], origins: int, *, grounded: bool) -> str:
    level, reliable, corroborated = levels
    if not grounded:
        return f"Nothing that is known raises the level above {level}, which is also where nothing is known."
    on_sources = f"on what sources judged reliable say alone it {_stands(level, reliable)}"
    on_origins = f"on what {origins} independent origins assert alone it {_stands(level, corroborated)}"
    return f"The level is {level}: {on_sources}, and {on_origins}; what a person settled counts in both."


def _stands(level: str, alone: str) -> str:
    return "stands" if alone == level else f"would be {alone}"
