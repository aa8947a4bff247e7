"""Runs side by side: what differed first, inject by inject, and levels, decisions, readers told and expectations.

Two runs of the same scenario, seed and setting differ in nothing: times count to the second, because the parts of it
are the machine's, and so is the order within it.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from pydantic import JsonValue

from exercises import artefacts
from exercises.conditions import time_of_entry
from exercises.counterfactual import minutes_gained
from exercises.measures import Measures, causes
from exercises.offsets import second
from exercises.particulars import Particulars
from exercises.runs import RanIncident, Run, measured
from leerp.errors import BadInputError
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Instant, Message
from leerp.notices import Delivery, DeliveryState

_FRACTION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
_OPAQUE = re.compile(r"\b([A-Z]{1,3})-[0-9a-f]{12,20}\b")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")

SHOWN_WORDS = 300
"""How much of an entry is told of a difference."""


class Happened(Message):
    """Something that not all runs have alike: what, and how often in each run, in their order."""

    what: str
    times: tuple[int, ...]


class InjectDifference(Message):
    """What differed from one inject on. `inject`: the last one that was due by then, and what it is."""

    at: Instant
    inject: str
    happened: tuple[Happened, ...]


class Moment(Message):
    """When something happened in each run; None where it did not. `minutes`: later than in the first run."""

    what: str
    at: tuple[Instant | None, ...]
    minutes: tuple[float | None, ...]

    @property
    def same(self) -> bool:
        """Whether it was at one time in all of them."""
        return len({second(at) if at else None for at in self.at}) == 1


class Standing(Message):
    """What stood at one classification in each run, by what caused it."""

    because: str
    levels: tuple[str | None, ...]


class Met(Message):
    """An expectation, and whether it was met in each run; None where a run does not have it."""

    expectation: str
    text: str
    met: tuple[bool | None, ...]


class Comparison(Message):
    """Runs side by side; every tuple of values is in the order of `runs`. `first_difference`: in a sentence."""

    runs: tuple[str, ...]
    particulars: tuple[Particulars, ...]
    same: bool
    first_difference: str | None
    played_otherwise: tuple[str, ...]
    injects: tuple[InjectDifference, ...]
    levels: tuple[Standing, ...]
    decisions: tuple[Moment, ...]
    notices: tuple[Moment, ...]
    told: tuple[Moment, ...]
    expectations: tuple[Met, ...]


class _Side:
    """One run, as it is compared. `with_hashes`: whether equal words have equal hashes in all the runs."""

    def __init__(self, run: Run, *, with_hashes: bool) -> None:
        self.run = run
        self._with_hashes = with_hashes
        self.measures = measured(run)

    @cached_property
    def happened(self) -> Counter[tuple[datetime, str]]:
        """Everything that is on record, by the second; ids that mean nothing outside the run left out."""
        found: Counter[tuple[datetime, str]] = Counter()
        for number, incident in enumerate(self.run.incidents):
            where = "" if number == 0 else f"incident {number + 1}: "
            for at, words in self._lines(incident):
                found[(at, where + words)] += 1
        return found

    def _lines(self, incident: RanIncident) -> Iterator[tuple[datetime, str]]:
        names, caused = _notices(incident), causes(incident.journal)
        for entry in incident.journal:
            told = json.dumps(_told_by(entry, caused), ensure_ascii=False)
            words = self._plain(f"{entry.kind.value} by {entry.actor}: {told}", names)
            yield second(time_of_entry(entry)), words
        for line in incident.ledger:
            state = DeliveryState.SENT if line.sent_at else line.state  # that it was confirmed stands in the journal
            parts = [state.value, line.reason or "", line.marking, *self._texts(line, names)]
            words = f"{line.notice} to {line.reader} over {line.channel}: {', '.join(filter(None, parts))}"
            yield second(line.sent_at or line.planned_at), self._plain(words, names)

    def _texts(self, line: Delivery, names: Mapping[str, str]) -> Iterator[str]:
        """A sign of what the reader could read: equal words have equal signs."""
        mine = self.run.folder / artefacts.NOTICES / line.notice
        for path in sorted((*mine.glob(f"{line.reader}/*.txt"), *mine.glob(f"{line.reader}+{line.channel}/*.txt"))):
            text = self._plain(path.read_text(encoding="utf-8"), names)
            yield f"text {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def _plain(self, words: str, names: Mapping[str, str]) -> str:
        words = re.sub(r"N-[0-9a-f]{20}", lambda found: names.get(found[0], found[0]), words)
        words = _OPAQUE.sub(r"\1-…", _FRACTION.sub(_to_second, words))
        return words if self._with_hashes else _HASH.sub("…", words)

    def inject_at(self, at: datetime) -> str:
        """The last inject that was played by a time."""
        played = [(one.at, inject) for inject in self.run.report.injects for one in inject.played if one.at <= at]
        if not played:
            return "before the first inject"
        last = max(moment for moment, _ in played)
        named = {inject.number: inject.description for moment, inject in played if moment == last}
        return "; ".join(f"inject {number}: {words}" for number, words in sorted(named.items()))


_CLASSIFIED = ("because", "table", "table_version", "level", "lowest", "highest", "recommendation")
_CLASSIFIED_BY = ("presumption", "score", "trace", "triggers", "ask_for")


def _told_by(entry: JournalEntry, caused: Mapping[str, str]) -> dict[str, JsonValue]:
    """What an entry says; of a classification the level and what led there, and its cause in words."""
    if entry.kind is not JournalKind.TRIAGE_INCIDENT_CLASSIFIED:
        return {name: value for name, value in sorted(entry.data.items()) if name != "tool"}
    said = {name: entry.data.get(name) for name in (*_CLASSIFIED, *_CLASSIFIED_BY)}
    because = str(entry.data["because"])
    return said | {"because": caused.get(because, because)}


def _to_second(found: re.Match[str]) -> str:
    return second(datetime.fromisoformat(found[0])).isoformat()


def _notices(incident: RanIncident) -> dict[str, str]:
    """The notices of an incident in words: their kind, and the how-manieth it is; of one second, by their readers."""
    readers: dict[str, list[str]] = {}
    for line in incident.ledger:
        readers.setdefault(line.notice, []).append(line.reader)
    drafted: dict[str, JournalEntry] = {}
    for entry in incident.journal:
        if "notice" in entry.data and "kind" in entry.data:
            drafted.setdefault(str(entry.data["notice"]), entry)
    ordered = sorted(
        drafted.items(),
        key=lambda item: (second(time_of_entry(item[1])), sorted(readers.get(item[0], ()))),
    )
    counts: Counter[str] = Counter()
    names = {}
    for notice, entry in ordered:
        kind = str(entry.data["kind"])
        counts[kind] += 1
        names[notice] = f"{kind} {counts[kind]}"
    return names


def compare(runs: Sequence[Run]) -> Comparison:
    """The runs beside one another, all against the first. Raises BadInputError for fewer than two."""
    if len(runs) < 2:  # noqa: PLR2004 - two to lay side by side
        raise BadInputError("name the folders of two or more runs, to lay them side by side")
    alike = len({(run.particulars.scenario, run.particulars.version, run.particulars.seed) for run in runs}) == 1
    sides = [_Side(run, with_hashes=alike) for run in runs]
    injects = tuple(_inject_differences(sides))
    expectations = tuple(_expectations(runs))
    return Comparison(
        runs=tuple(run.name for run in runs),
        particulars=tuple(run.particulars for run in runs),
        same=not injects and all(len(set(one.met)) == 1 for one in expectations),
        first_difference=_first(injects, [run.name for run in runs]),
        played_otherwise=tuple(_otherwise([run.particulars for run in runs])),
        injects=injects,
        levels=tuple(_levels([side.measures for side in sides])),
        decisions=tuple(_moments([_decisions(side.measures) for side in sides])),
        notices=tuple(_moments([_first_sent(side.measures) for side in sides])),
        told=tuple(_moments([_told(side.measures) for side in sides])),
        expectations=expectations,
    )


def _inject_differences(sides: Sequence[_Side]) -> Iterator[InjectDifference]:
    """By the last inject before it, everything that is not in all runs alike."""
    everything = sorted(set().union(*(side.happened for side in sides)))
    found: dict[str, list[tuple[datetime, Happened]]] = {}
    for at, words in everything:
        times = tuple(side.happened[(at, words)] for side in sides)
        if len(set(times)) > 1:
            whose = next(side for side, number in zip(sides, times, strict=True) if number)
            found.setdefault(whose.inject_at(at), []).append((at, Happened(what=words, times=times)))
    for inject, happened in found.items():
        yield InjectDifference(at=happened[0][0], inject=inject, happened=tuple(one for _, one in happened))


def _first(injects: Sequence[InjectDifference], names: Sequence[str]) -> str | None:
    if not injects:
        return None
    first = min(injects, key=lambda one: one.at)
    told = first.happened[0]
    has = ", ".join(name for name, number in zip(names, told.times, strict=True) if number)
    at = first.at.strftime("%Y-%m-%d %H:%M:%SZ")
    return f"At {at}, after {first.inject}: {shortened(told.what)} (in {has})"


def shortened(words: str) -> str:
    """So much of an entry as a person is told."""
    return words if len(words) <= SHOWN_WORDS else f"{words[:SHOWN_WORDS]} …"


def _otherwise(all_of: Sequence[Particulars]) -> Iterator[str]:
    """With what the runs were played that was not the same."""
    for name in ("scenario", "version", "seed", "mode"):
        values = [str(getattr(one, name)) for one in all_of]
        if len(set(values)) > 1:
            yield f"{name}: {', '.join(values)}"
    for name in ("directory", "matrix", "policy", "team"):
        used = [getattr(one, name) for one in all_of]
        if len({one.sha256 for one in used}) > 1:
            yield f"{name}: {', '.join(f'{one.name} ({one.sha256[:12]})' for one in used)}"


def _levels(all_of: Sequence[Sequence[Measures]]) -> Iterator[Standing]:
    """Every classification, in the order of the runs."""
    told = [{one.because: one.words for measured in mine for one in measured.levels} for mine in all_of]
    for because in dict.fromkeys(because for mine in told for because in mine):
        yield Standing(because=because, levels=tuple(mine.get(because) for mine in told))


def _decisions(measured: Sequence[Measures]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for one in measured:
        for decision in one.decisions:
            found.setdefault(f"{decision.what} by {' and '.join(decision.by)}", decision.at)
    return found


def _first_sent(measured: Sequence[Measures]) -> dict[str, datetime]:
    """When each kind of notice reached its first reader."""
    found: dict[str, datetime] = {}
    for told in (told for one in measured for told in one.told):
        if told.sent_at is not None:
            found[told.kind] = min(found.get(told.kind, told.sent_at), told.sent_at)
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _told(measured: Sequence[Measures]) -> dict[str, datetime]:
    """When each reader was first told by each kind of notice."""
    sent = [(told.sent_at, told) for one in measured for told in one.told]
    return {f"{told.kind} to {told.reader}": at for at, told in sent if at is not None}


def _moments(all_of: Sequence[Mapping[str, datetime]]) -> Iterator[Moment]:
    for what in dict.fromkeys(what for mine in all_of for what in mine):
        at = tuple(mine.get(what) for mine in all_of)
        later = [minutes_gained(one, at[0]) for one in at]  # by which the first one was earlier
        yield Moment(what=what, at=at, minutes=tuple(later))


def _expectations(runs: Sequence[Run]) -> Iterator[Met]:
    told = [{one.id: one for one in run.report.expectations} for run in runs]
    for name in dict.fromkeys(name for mine in told for name in mine):
        text = next(mine[name].text for mine in told if name in mine)
        met = tuple(mine[name].met if name in mine else None for mine in told)
        yield Met(expectation=name, text=text, met=met)
