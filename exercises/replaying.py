"""Replaying: what was recorded is played again through the very workflows, with another table, directory or team.

The record is never changed. What comes out is laid beside it: what would have been classified when, who would have been
told, which deadlines and which seats, and because of which rows of the table.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exercises import artefacts
from exercises.conditions import time_of_entry
from exercises.counterfactual import SAID, Decide, IncidentChange, Undone, incident_change
from exercises.measures import Measures, measures
from exercises.particulars import Used
from exercises.player import BuildWorker, Outcome, play
from exercises.recorded import LeftOut, Recorded, record
from exercises.redeciding import classifying, redecided, without_tables
from exercises.runs import Report, Run, measured, read_record, read_run
from exercises.scenario import Scenario
from exercises.setting import EXAMPLE, Setting, setting
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.journal import DESK, JournalKind
from leerp.model import Message, Model
from leerp.protocol import Policy
from leerp.stakeholders import Directory, Officer
from matrices.tables import Table, load_table
from notifications.configuration import load_directory
from records import journal
from records.store import Store


@dataclass(frozen=True)
class Source:
    """What is replayed. `before`: what counts of each incident; `notes`: what its reader should know beforehand."""

    name: str
    recorded: Recorded
    centre: Setting
    before: tuple[Measures, ...]
    notes: tuple[str, ...] = ()


class Replay(Message):
    """The answer. `changed`: what was another than in the record; `undone`: acts that could not be done again."""

    record: str
    changed: tuple[str, ...]
    decide: Decide
    decide_in_words: str
    same: bool
    incidents: tuple[IncidentChange, ...]
    further_incidents: tuple[str, ...]
    undone: tuple[Undone, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    out: str | None


class _Officers(Model):
    """A roster by itself: the officers, as a directory has them."""

    officers: tuple[Officer, ...]


def source_of_run(folder: Path, *, config: Path | None = None) -> Source:
    """What the folder of a run holds; `config`: the folder of its centre, where that is not where it was any more.

    Raises BadInputError when it is no such folder, its journal does not verify, or its centre cannot be read.
    """
    run = read_run(folder)
    recorded = read_record(folder)
    centre = setting(config or _centre_of(run))
    return Source(
        name=str(folder),
        recorded=recorded,
        centre=_as_recorded(centre, recorded),
        before=measured(run, recorded.rotas),
        notes=tuple(_otherwise(run, centre)),
    )


def _centre_of(run: Run) -> Path | None:
    place = run.particulars.started_from
    return None if place == EXAMPLE else Path(place)


def _otherwise(run: Run, centre: Setting) -> Iterator[str]:
    """What is not as it was when the run was played, where that changes the answer."""
    was = run.particulars
    now = {"directory": centre.sha256_of_directory(), "team": centre.sha256_of_team()}
    then: dict[str, Used] = {"directory": was.directory, "team": was.team}
    for what, sha256 in now.items():
        if then[what].sha256 != sha256:
            yield f"The {what} in {centre.origin} has changed since the record; differences may come from that."


async def source_of_incident(store: Store, reference: str, *, centre: Setting) -> Source:
    """A real incident (or an exercise at the desk) by its reference. `centre`: as it stands now.

    Raises BadInputError when there is no such incident, or nothing of it can be played.
    """
    recorded = await record(store, [reference])
    kept = await artefacts.keep(store, reference)
    notes = [f"The directory is that of today, {centre.directory.version}: what it was then is not kept."]
    begun, ended = (time_of_entry(kept.journal[place]) for place in (0, -1))
    async with store.reading() as connection:
        noted = await journal.entries(connection, DESK, kinds={JournalKind.DELIVERY_CHANNEL_DOWN})
    away = {str(one.data["channel"]) for one in noted if begun <= time_of_entry(one) <= ended}
    notes += [f"Channel {one} was away for a while; in the replay it is there." for one in sorted(away)]
    return Source(
        name=reference,
        recorded=recorded,
        centre=_as_recorded(centre, recorded),
        before=(measures(reference, kept.journal, kept.ledger, recorded.rotas),),
        notes=tuple(notes),
    )


def _as_recorded(centre: Setting, recorded: Recorded) -> Setting:
    """The centre with the policy of the record, and with its tables by the bytes that classified."""
    own = {name: load_table(text.encode(), name=f"{name}.yaml") for name, text in recorded.tables.items()}
    tables = replace(centre.tables, own={**centre.tables.own, **own})
    return replace(centre, tables=tables, policy=recorded.policy)


@dataclass(frozen=True)
class Other:
    """What is to be another than in the record; None stays as it was."""

    matrix: Table | None = None
    directory: Directory | None = None
    team: tuple[Officer, ...] | None = None
    policy: Policy | None = None

    def of(self, centre: Setting) -> Setting:
        """The centre with what is another."""
        if self.policy is not None:
            centre = centre.with_policy(self.policy)
        if self.directory is not None:
            centre = centre.with_directory(self.directory)
        if self.team is not None:
            centre = centre.with_team(self.team)
        return centre.with_matrix(self.matrix) if self.matrix is not None else centre

    def words(self, centre: Setting) -> Iterator[str]:
        """What changes in a centre, in words."""
        if self.policy is not None:
            yield "policy"
        if self.matrix is not None or (self.policy is not None and self.policy.table != centre.policy.table):
            table, before = self.of(centre).matrix, centre.matrix
            yield f"decision table {table.name} {table.version}, recorded {before.name} {before.version}"
        if self.directory is not None:
            yield f"directory {self.directory.version}, recorded {centre.directory.version}"
        if self.team is not None:
            yield f"team of {len(self.team)} officers, recorded {len(centre.team)}"


def other_team(path: Path) -> tuple[Officer, ...]:
    """The officers of a file: `officers:` alone, or a whole directory. Raises BadInputError with file, line and key."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror}); name a file of officers") from error
    if re.search(rb"""^(?:stakeholders|\s*"stakeholders")\s*:""", content, re.MULTILINE):
        return load_directory(path).officers
    return yaml_model(_Officers, content, name=str(path)).officers


async def replay(
    source: Source,
    other: Other,
    *,
    build_worker: BuildWorker,
    decide: Decide = Decide.RECORDED,
    out: Path | None = None,
) -> Replay:
    """Play a record again with what is another, and say what became different. The record itself stays as it is.

    `out`: where the run is left, as every run is; without it, nowhere. Raises BadInputError where somebody of the
    record is not in the other directory or team.
    """
    centre = other.of(source.centre)
    scenario = source.recorded.scenario
    if other.matrix is not None:
        scenario = without_tables(scenario)
    with tempfile.TemporaryDirectory(prefix="leerp-replay-") as folder:
        if decide is Decide.RECOMMENDED:
            undecided = Path(folder) / "undecided"
            first = await play(classifying(scenario), out=undecided, build_worker=build_worker, centre=centre)
            classified = measured(read_run(first.out))
            scenario = redecided(scenario, source.before, classified, incidents=_places(source.recorded), centre=centre)
        where = out or Path(folder) / "replay"
        outcome = await play(
            scenario, out=where, build_worker=build_worker, centre=centre, replay_of=source.recorded.incidents[0]
        )
        return _answer(source, other, outcome, scenario, decide=decide, out=out)


def _places(recorded: Recorded) -> dict[int, int]:
    """By the number of an inject, which incident of the record it is of."""
    return {number: recorded.incidents.index(reference) for number, (reference, _) in recorded.injects_of.items()}


def _answer(
    source: Source,
    other: Other,
    outcome: Outcome,
    scenario: Scenario,
    *,
    decide: Decide,
    out: Path | None,
) -> Replay:
    run = read_run(outcome.out)
    after = measured(run)
    paired = [*after, *[None] * (len(source.before) - len(after))]
    changes = tuple(incident_change(before, then) for before, then in zip(source.before, paired, strict=False))
    undone = tuple(_undone(run.report, scenario))
    further = tuple(one.incident for one in after[len(source.before) :])
    return Replay(
        record=source.name,
        changed=tuple(other.words(source.centre)),
        decide=decide,
        decide_in_words=SAID[decide],
        same=all(one.same for one in changes) and not undone and not further,
        incidents=changes,
        further_incidents=further,
        undone=undone,
        left_out=source.recorded.left_out,
        notes=source.notes,
        out=str(out) if out else None,
    )


def _undone(report: Report, scenario: Scenario) -> Iterator[Undone]:
    """What the replay could not do, in the words in which the centre refused it."""
    said = {one.number: one.description for one in scenario.injects}
    for inject in report.injects:
        for one in inject.played:
            if not one.as_expected:
                yield Undone(at=one.at, who=one.sender, what=said.get(inject.number, inject.kind), why=one.became)
