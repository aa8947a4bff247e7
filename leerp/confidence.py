"""Confidence: how well the facts of a classification are supported, counted and in words, never as a number.

Only counts and the ids of sources stand here. The name of an origin is content of the report that quotes it.
"""

from enum import StrEnum

from leerp.model import Message


class Corroboration(Message):
    """How many independent origins assert one fact that stands, or one member of a list.

    `fact`: the key of the fact. `value`: what stands of it, in words: `effect`, `ES`, `yes`, `at least 16`.
    `origins`: those who say so, or say more, through a source that is not in doubt; the same origin counts once.
    `doubted`: further origins that say so only through sources graded as mostly unreliable.
    `contradicted_by`: the ids of the sources that say the opposite, sorted. `settled`: a person has settled it.
    """

    fact: str
    value: str
    origins: int
    doubted: int = 0
    contradicted_by: tuple[str, ...] = ()
    settled: bool = False


class ConfidenceWord(StrEnum):
    """How far a level may be relied on, highest first (the words of ICD 203)."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


class Confidence(Message):
    """How far the level of a classification may be relied on.

    `reliable_level`: the level from what sources judged reliable say, and what people settled, alone.
    `corroborated_level`: the level from what enough independent origins assert, and what people settled, alone.
    `because`: one sentence. `table_version`, `table_sha256`: of `matrices/tables/confidence.yaml`.
    """

    word: ConfidenceWord
    reliable_level: str
    corroborated_level: str
    because: str
    table_version: str
    table_sha256: str
