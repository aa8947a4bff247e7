"""Runs as they lie in their folders: read back, whatever played them, and refused where they are not whole."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from exercises import artefacts
from exercises.measures import Measures, measures
from exercises.particulars import Particulars
from exercises.played import Played
from exercises.recorded import RECORD, Recorded
from leerp.errors import BadInputError
from leerp.formats.strict import text_of
from leerp.incidents import IncidentView
from leerp.journal import JournalEntry, lines_of, verify
from leerp.model import Instant, Message
from leerp.notices import Delivery
from leerp.rota import Rota

MAX_FILE_BYTES = 512 * 1024 * 1024
"""The largest file of a run that is read."""

Read = TypeVar("Read", bound=BaseModel)

_LEDGER = TypeAdapter(tuple[Delivery, ...])


class InjectNote(Message):
    """An inject and what became of it, as `after-action.json` has it."""

    number: int
    at: Instant
    kind: str
    senders: tuple[str, ...] = ()
    description: str = ""
    as_expected: bool = True
    played: tuple[Played, ...] = ()


class ExpectationNote(Message):
    """An expectation and whether it was met, as `after-action.json` has it."""

    id: str
    text: str
    met: bool
    because: str = ""


class ObjectiveNote(Message):
    """An objective with its expectations, as `after-action.json` has it."""

    id: str
    expectations: tuple[ExpectationNote, ...] = ()


class Report(Message):
    """What is needed here of `after-action.json`."""

    injects: tuple[InjectNote, ...] = ()
    objectives: tuple[ObjectiveNote, ...] = ()
    other_expectations: tuple[ExpectationNote, ...] = ()

    @property
    def expectations(self) -> Iterator[ExpectationNote]:
        """All of them, in the order of the report."""
        for objective in self.objectives:
            yield from objective.expectations
        yield from self.other_expectations


@dataclass(frozen=True)
class RanIncident:
    """One incident of a run, as it was left."""

    reference: str
    journal: tuple[JournalEntry, ...]
    ledger: tuple[Delivery, ...]


@dataclass(frozen=True)
class Run:
    """A run in its folder. `name`: as the folder was named. `incidents`: the run's own first."""

    name: str
    folder: Path
    particulars: Particulars
    incidents: tuple[RanIncident, ...]
    report: Report


def read_run(folder: Path) -> Run:
    """The run in a folder. Raises BadInputError when there is none, or its journal does not verify."""
    if not (folder / artefacts.RUN).is_file():
        raise BadInputError(f"{folder}: is not the folder of a run; name one that `leerp exercise run` has left")
    return Run(
        name=str(folder),
        folder=folder,
        particulars=_model(Particulars, folder / artefacts.RUN),
        incidents=tuple(_incident(place) for place in _places(folder)),
        report=_model(Report, folder / f"{artefacts.REPORT}.json"),
    )


def verify_journals(folder: Path) -> None:
    """Raise BadInputError with file and line where a journal in the folder of a run was changed since."""
    for place in _places(folder):
        if (place / artefacts.JOURNAL).is_file():
            _verified(place / artefacts.JOURNAL)


def _places(folder: Path) -> list[Path]:
    others = folder / artefacts.OTHERS
    return [folder, *(sorted(others.iterdir()) if others.is_dir() else [])]


def _verified(path: Path) -> list[str]:
    lines = lines_of(text_of(_content(path), name=str(path)))
    verify(lines, name=str(path))
    return lines


def read_record(folder: Path) -> Recorded:
    """The record that a run has left in its folder, to be played again. Raises BadInputError when there is none."""
    return _model(Recorded, folder / RECORD)


def measured(run: Run, rotas: Iterable[Rota] | None = None) -> tuple[Measures, ...]:
    """What counts of each incident of a run, in their order. `rotas`: of its record, where that was read already."""
    kept = tuple(read_record(run.folder).rotas if rotas is None else rotas)
    return tuple(measures(one.reference, one.journal, one.ledger, kept) for one in run.incidents)


def _incident(folder: Path) -> RanIncident:
    lines = _verified(folder / artefacts.JOURNAL)
    ledger = _content(folder / artefacts.LEDGER)
    try:
        deliveries = _LEDGER.validate_json(ledger)
    except ValidationError as error:
        raise _strange(folder / artefacts.LEDGER) from error
    return RanIncident(
        reference=_model(IncidentView, folder / artefacts.INCIDENT).reference,
        journal=tuple(JournalEntry.model_validate(json.loads(line)) for line in lines),
        ledger=deliveries,
    )


def _model(model: type[Read], path: Path) -> Read:
    try:
        return model.model_validate_json(_content(path))
    except ValidationError as error:
        raise _strange(path) from error


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInputError(f"{path}: larger than {MAX_FILE_BYTES // 2**20} MiB, which no run leaves")
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror}); name the folder of a whole run") from error


def _strange(path: Path) -> BadInputError:
    return BadInputError(f"{path}: is not what a run leaves; run the exercise again")
