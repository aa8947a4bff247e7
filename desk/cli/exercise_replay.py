"""`leerp exercise replay` and `compare`: what would have happened otherwise, and runs side by side."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from desk.assembly import open_house
from desk.cli.matrix import read_table
from desk.cli.running import Answer
from exercises.counterfactual import Decide, IncidentChange, LevelChange, Telling, ToldChange
from leerp.errors import BadInputError
from leerp.settings import Settings

if TYPE_CHECKING:
    from exercises.comparing import Comparison, Moment
    from exercises.replaying import Replay, Source

SHOWN = 12
"""How many lines of each part a person is shown; --json has them all."""

SHOWN_OF_AN_INJECT = 4
"""The same of what differed after one inject."""

REFERENCE = re.compile(r"[A-Z]+-\d{4}-\d+")
"""How the reference of an incident is written, which no folder and no scenario is called."""

Given = Annotated[str, Parameter(help="The reference of an incident, or the folder that a run has left.")]
Matrix = Annotated[str | None, Parameter(help="Another decision table: its name, or a file.")]
DirectoryFile = Annotated[Path | None, Parameter(name="--directory", help="Another directory.yaml.")]
Team = Annotated[Path | None, Parameter(help="Another roster: a file with `officers:`, or a directory.yaml.")]
PolicyFile = Annotated[Path | None, Parameter(name="--policy", help="Another policy.yaml.")]
Decides = Annotated[
    Decide,
    Parameter(name="--decide", help="Whose decisions: those of the record, or what is recommended when it first is."),
]
Config = Annotated[
    Path | None, Parameter(help="Of a run: the folder of its centre, where it is not where the run found it.")
]
Out = Annotated[Path | None, Parameter(help="Where to leave the replay, as a run is left; nowhere without it.")]


def add_to(group: App) -> None:
    """Add these commands to the group `exercise`."""
    group.command(replay)
    group.command(compare)


async def replay(  # noqa: PLR0913 - a command has its options
    record: Given,
    *,
    matrix: Matrix = None,
    directory: DirectoryFile = None,
    team: Team = None,
    policy: PolicyFile = None,
    decide: Decides = Decide.RECORDED,
    config: Config = None,
    out: Out = None,
) -> Answer:
    """Play what was recorded again with another table, directory, team or policy, and say what becomes different.

    What would have been classified when, who would have been told, which deadlines and seats, and because of which
    rows. Reports, contributions, confirmations and acts come as they came; what cannot be played again is listed.
    """
    from desk.worker import build_worker  # noqa: PLC0415 - the engine's client loads only where something is played
    from exercises import replaying  # noqa: PLC0415 - the same
    from notifications.configuration import load_directory, load_policy  # noqa: PLC0415 - the same

    if out is not None:
        _need_another_folder(Path(record), out)
    source = await _source(record, config)
    other = replaying.Other(
        matrix=read_table(matrix, source.centre.tables) if matrix else None,
        directory=load_directory(directory) if directory else None,
        team=replaying.other_team(team) if team else None,
        policy=load_policy(policy) if policy else None,
    )
    found = await replaying.replay(source, other, build_worker=build_worker, decide=decide, out=out)
    return Answer(data=found, lines=list(_lines(found)))


def _need_another_folder(record: Path, out: Path) -> None:
    if record.exists() and out.exists() and out.samefile(record):
        raise BadInputError(f"{out}: holds the record that is to be replayed; name another folder with --out")


async def _source(record: str, config: Path | None) -> "Source":
    from exercises.replaying import source_of_incident, source_of_run  # noqa: PLC0415 - as above
    from exercises.setting import setting  # noqa: PLC0415 - as above

    if not REFERENCE.fullmatch(record):
        return source_of_run(Path(record), config=config)
    async with open_house(Settings()) as house:
        return await source_of_incident(house.store, record, centre=setting(config or house.settings.config))


def _lines(found: "Replay") -> Iterator[str]:
    otherwise = f"with another {'; '.join(found.changed)}" if found.changed else "with nothing changed"
    yield f"{found.record} played again {otherwise}"
    yield f"  {found.decide_in_words}"
    yield from (f"  {note}" for note in found.notes)
    if found.same:
        yield "  no difference: the same classifications, the same readers told, at the same times"
    for incident in found.incidents:
        yield from _incident_lines(incident)
    if found.further_incidents:
        yield f"  reports open further incidents: {', '.join(found.further_incidents)}"
    undone = [f"{one.at:%Y-%m-%d %H:%MZ} {one.who}: {one.what} {one.why}" for one in found.undone]
    yield from _part("of the record, could not be done", undone)
    left_out = [f"{one.incident} entry {one.seq}, {one.kind} by {one.actor}: {one.why}" for one in found.left_out]
    yield from _part("of the record, is not played again", left_out)
    if found.out:
        yield f"  read {found.out}/after-action.html"


def _incident_lines(one: IncidentChange) -> Iterator[str]:
    if one.same:
        return
    yield f"  {one.incident}, in the replay {one.replayed_as or 'not opened at all'}"
    moved = [
        f"{milestone.what}: {_gained(milestone.minutes_gained, milestone.recorded_at, milestone.replayed_at)}"
        for milestone in one.milestones
        if milestone.minutes_gained != 0
    ]
    yield from _part("when", moved, indent=4)
    yield from _part("classified otherwise", [_level_line(level) for level in one.levels], indent=4)
    rows = [f"{row.row} [only in the {row.only_in}, {row.classifications} times]" for row in one.rows]
    yield from _part("because of", rows, indent=4)
    yield f"    readers told: {one.told_replayed} of notices, recorded {one.told_recorded}"
    for became in Telling:
        told = [_told_line(change) for change in one.told if change.became is became]
        yield from _part(f"told {became.value}", told, indent=6)
    missed = [
        f"{each.who}, {each.what}: {_gained(each.minutes_gained, each.recorded_at, each.replayed_at)}"
        for each in one.deadlines
    ]
    yield from _part("deadlines missed otherwise", missed, indent=4)
    for what, seats in (("record", one.seats_recorded), ("replay", one.seats_replayed)):
        lines = [f"{seat.shift} {seat.role}: {', '.join(name or 'NOBODY' for name in seat.officers)}" for seat in seats]
        yield from _part(f"seats of the rota in the {what} only", lines, indent=4)


def _part(title: str, lines: Sequence[str], *, indent: int = 2, shown: int = SHOWN) -> Iterator[str]:
    if not lines:
        return
    yield f"{' ' * indent}{title}:"
    yield from (f"{' ' * indent}  {line}" for line in lines[:shown])
    if len(lines) > shown:
        yield f"{' ' * indent}  and {len(lines) - shown} more (--json has all)"


def _gained(minutes: float | None, recorded: object, replayed: object) -> str:
    if minutes is None:
        return "in the record only" if replayed is None else "in the replay only" if recorded is None else "at once"
    return f"{abs(minutes):g} minutes {'gained' if minutes > 0 else 'lost'}"


def _level_line(change: LevelChange) -> str:
    before = change.recorded.words if change.recorded else "not classified"
    after = change.replayed.words if change.replayed else "not classified"
    return f"by {change.because}: {after}; recorded {before}"


def _told_line(change: ToldChange) -> str:
    words = f"{change.reader}, {change.kind}"
    if change.minutes_gained:
        words += f": {_gained(change.minutes_gained, change.recorded_at, change.replayed_at)}"
    return f"{words}: {change.reason}" if change.reason else words


def compare(*folders: Path) -> Answer:
    """Lay two or more runs side by side: what differed first, inject by inject, levels, decisions, readers told."""
    from exercises.comparing import compare as lay_side_by_side  # noqa: PLC0415 - as above
    from exercises.runs import read_run  # noqa: PLC0415 - as above

    found = lay_side_by_side([read_run(folder) for folder in folders])
    return Answer(data=found, lines=list(_side_by_side(found)))


def _side_by_side(found: "Comparison") -> Iterator[str]:
    for number, (name, one) in enumerate(zip(found.runs, found.particulars, strict=True), start=1):
        yield f"{number}: {name}, {one.scenario} version {one.version}, seed {one.seed}, {one.matrix.name}"
    yield from _part("played with another", found.played_otherwise)
    if found.same:
        yield "no difference"
        return
    if found.first_difference:
        yield f"first difference: {found.first_difference}"
    for inject in found.injects[:SHOWN]:
        lines = [f"{_times(one.times)} {_short(one.what)}" for one in inject.happened]
        yield from _part(f"{inject.at:%Y-%m-%d %H:%MZ}, {inject.inject}", lines, shown=SHOWN_OF_AN_INJECT)
    if len(found.injects) > SHOWN:
        yield f"  and {len(found.injects) - SHOWN} more injects (--json has all)"
    levels = [f"{one.because}: {' | '.join(level or '-' for level in one.levels)}" for one in found.levels]
    yield from _part("levels", levels)
    for title, moments in (("decisions", found.decisions), ("notices, first reader", found.notices)):
        yield from _part(title, [moment_line(one) for one in moments])
    yield from _part("readers told otherwise", [moment_line(one) for one in found.told if not one.same])
    met = [
        f"{one.expectation} {one.text} {' | '.join(_MET[value] for value in one.met)}"
        for one in found.expectations
        if len(set(one.met)) > 1
    ]
    yield from _part("expectations", met)


_MET = {True: "met", False: "not met", None: "-"}


def _times(times: Sequence[int]) -> str:
    return "[" + " ".join(str(number) for number in times) + "]"


def _short(words: str) -> str:
    from exercises.comparing import shortened  # noqa: PLC0415 - as above

    return shortened(words)


def moment_line(one: "Moment") -> str:
    """When something happened in each run, and how much later than in the first (with a minus: earlier)."""
    at = " | ".join(f"{moment:%Y-%m-%d %H:%M:%SZ}" if moment else "-" for moment in one.at)
    later = [f"{minutes:+g} min" for minutes in one.minutes[1:] if minutes]
    return f"{one.what}: {at}" + (f" ({', '.join(later)})" if later else "")
