"""Bursts: which reports are so alike that one of them speaks for the others, and when they are only counted.

Two reports are alike if they say the same in everything that a table, a reader or a search could tell apart: every
fact, every observable, the marking, the grade, what is quoted and what could not be read. Only their ids, their times
and the numbers in their texts may differ, and of a number only its digits: one digit more is news. What could be an
address, a name, a hash or a vulnerability is no number. Where no observable joins them to an incident, they are of one
source as well.
"""

import hashlib
import json
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from pydantic import Field

from leerp.formats.strict import yaml_model
from leerp.model import Identifier
from leerp.reports import Report
from matrices.table_head import TableHead
from matrices.tables import content_of

_OUTSIDE = {"source", "id", "reported_at", "observed_at", "title", "narrative", "notes", "observables"}
_SHORTEST_ID = 4
_HYPHENS_OF_UUID = 4

_UUID = r"(?P<id>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?Z\b|[+-]\d{2}:?\d{2}\b)?"
_TIME = rf"(?P<time>(?<![\w.:/-])(?:\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK})?|{_CLOCK})(?![\w:/-])(?!\.\d))"
_NUMBER = (
    r"(?P<number>(?<![\w.:/@\\-])(?<![.:][\])}])(?<!dot[\])}])"
    r"\d{1,15}(?:,\d{3})*(?:\.\d{1,6})?(?![\w@/\\]|[.,:-]\w|[\[({](?:[.:]|dot))%?)"
)


class BurstRules(TableHead):
    """The file of the thresholds. `from_the`: from the how-manyth on alike reports are counted.

    `settle_minutes`: a file without it, from before there was one, has the shipped one.
    """

    from_the: int = Field(ge=2, le=10_000)
    window_minutes: int = Field(ge=1, le=7 * 24 * 60)
    journal_minutes: int = Field(ge=1, le=24 * 60)
    settle_minutes: int | None = Field(default=None, ge=1, le=24 * 60)
    case_words: tuple[Identifier, ...] = Field(max_length=100)

    @property
    def window(self) -> timedelta:
        """How much may lie between two reports of one burst."""
        return timedelta(minutes=self.window_minutes)

    @property
    def quiet(self) -> timedelta:
        """After how long without another one the journal says how far a burst has come in the end."""
        minutes = self.settle_minutes or shipped_rules().settle_minutes
        return self.window if minutes is None else timedelta(minutes=minutes)


class Run(NamedTuple):
    """How far a burst has come: how many alike reports there were, the last one when, and of which sources."""

    seen: int
    last_at: datetime
    sources: Collection[str]


class Told(NamedTuple):
    """What the journal last said of a burst: how many were counted, and when; None if it has said nothing yet."""

    counted: int
    at: datetime | None


@lru_cache(maxsize=16)
def load_rules(content: bytes, *, name: str) -> BurstRules:
    """The thresholds in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(BurstRules, content, name=name)


@lru_cache(maxsize=1)
def shipped_rules() -> BurstRules:
    """The thresholds that are shipped."""
    return load_rules(content_of("bursts"), name="bursts.yaml")


def likeness(report: Report, *, joining: bool, rules: BurstRules | None = None) -> str:
    """The SHA-256, in lower-case hex, that alike reports share and others do not.

    `joining`: whether any of its observables can join it to an incident.
    """
    words = (rules or shipped_rules()).case_words
    said = report.model_dump_json(exclude=_OUTSIDE, exclude_defaults=True)
    observables = sorted({f"{one.kind}:{one.value}" for one in report.observables})
    texts = [_bare(text, report.id, words) for text in (report.title, report.narrative, *report.notes)]
    parts = ["" if joining else report.source, said, observables, texts]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def bare(text: str, *, rules: BurstRules | None = None) -> str:
    """A text without its times and ids, and with `#` for every digit of its numbers."""
    return _blanked(text, (rules or shipped_rules()).case_words)


def goes_on(run: Run, *, at: datetime, rules: BurstRules | None = None) -> bool:
    """Whether a report of that time still belongs to a burst, whoever brings it."""
    return at - run.last_at <= (rules or shipped_rules()).window


def is_counted(run: Run, *, source: str, at: datetime, rules: BurstRules | None = None) -> bool:
    """Whether one more alike report is counted and not handed on. What a source says for the first time never is."""
    rules = rules or shipped_rules()
    return goes_on(run, at=at, rules=rules) and source in run.sources and run.seen + 1 >= rules.from_the


def is_to_tell(told: Told, *, counted: int, at: datetime, rules: BurstRules | None = None) -> bool:
    """Whether the journal is to say how far a burst has come: at a power of ten, or after some minutes."""
    if counted <= told.counted:
        return False
    if told.at is None or len(str(counted)) > len(str(told.counted)):
        return True
    return at - told.at >= timedelta(minutes=(rules or shipped_rules()).journal_minutes)


def _bare(text: str, identifier: str, words: tuple[str, ...]) -> str:
    """The same; the report's own id may stand anywhere in it."""
    if len(identifier) >= _SHORTEST_ID:
        text = text.replace(identifier, "<id>")
    return _blanked(text, words)


def _blanked(text: str, words: tuple[str, ...]) -> str:
    if not _DIGIT.search(text) and text.count("-") < _HYPHENS_OF_UUID:
        return text  # it holds nothing of the kind, and to see that takes a tenth of the time
    return _pattern(words).sub(_blank, text)


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    case = rf"(?P<case>(?<![\w.-])(?i:{'|'.join(longest_first)})[-_#: ]{{0,3}}\d{{1,15}}(?![\w@/\\]|[.,:-]\w))"
    return re.compile("|".join([_UUID, _TIME, *([case] if words else []), _NUMBER]))


def _blank(found: re.Match[str]) -> str:
    if found.lastgroup in ("id", "time"):
        return f"<{found.lastgroup}>"
    return _DIGIT.sub("#", found[0])


_DIGIT = re.compile(r"\d")
