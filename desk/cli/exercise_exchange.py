"""`leerp exercise import` and `export`: scenarios from and to the formats of other planners."""

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from pydantic import TypeAdapter, ValidationError

from desk.assembly import open_house
from desk.cli.exercise_replay import REFERENCE
from desk.cli.running import REFUSED, Answer, read_file, write_file
from exercises.exchange.cast_maps import CastMap, read_map
from exercises.exchange.formats import MAX_BYTES, Format
from exercises.exchange.remarks import Remarks, Verdict, lines_of
from exercises.exchange.writing import scenario_yaml
from exercises.library import load, names, read_scenario
from exercises.pseudonym_directory import directory_with
from exercises.pseudonyms import Pseudonymised, pseudonymised
from exercises.recorded import LeftOut, record
from exercises.runs import read_record, verify_journals
from exercises.scenario import Scenario
from exercises.setting import setting
from leerp.errors import BadInputError
from leerp.formats.strict import MAX_YAML_BYTES
from leerp.formats.texts import shown
from leerp.model import Instant
from leerp.settings import Settings
from leerp.stakeholders import Directory

MIN_KEY_BYTES = 16
_MAX_KEY_BYTES = 4_096
_START: TypeAdapter[Instant] = TypeAdapter(Instant)

Config = Annotated[Path | None, Parameter(help="The folder with the directory; the example without it.")]


def add_to(group: App) -> None:
    """Add these commands to `leerp exercise`."""
    group.command(import_scenario, name="import")
    group.command(export)


def import_scenario(
    file: str,
    *,
    out: Annotated[str, Parameter(help="The scenario file that is written.")],
    format: Annotated[  # noqa: A002 - the name of the option
        Format | None, Parameter(help="The format; without it, by what is in the file.")
    ] = None,
    cast: Annotated[
        str | None, Parameter(help="A map: people, columns, sheet, dates, utc_offset, start (docs/planner.md).")
    ] = None,
    start: Annotated[str | None, Parameter(help="When the exercise starts, as 2026-03-01T08:00:00+00:00.")] = None,
    config: Config = None,
) -> Answer:
    """Make a scenario of a planner's list or of another platform's exercise; nothing in it is lost in silence.

    Exit code 1 when something was refused or must be filled in; the answer, and the top of the file, say what.
    """
    from exercises.exchange.conversion import read_scenario_of  # noqa: PLC0415 - reads workbooks, only where asked to

    mapping = read_map(read_file(cast, limit=MAX_YAML_BYTES), name=cast) if cast else CastMap()
    if start:
        mapping = mapping.model_copy(update={"start": _moment(start)})
    done = read_scenario_of(
        read_file(file, limit=MAX_BYTES),
        name=file,
        form=format,
        mapping=mapping,
        directory=setting(config).directory,
        into=out,
    )
    write_file(out, done.content)
    playable = "can be played" if done.remarks.complete else "needs a planner"
    lines = [f"{file} ({done.form.value}): {done.injects} injects, written to {out}; it {playable}"]
    data = {"file": file, "format": done.form.value, "out": out, "injects": done.injects}
    return _answer(lines, data | {"complete": done.remarks.complete}, done.remarks)


async def export(  # noqa: PLR0913 - each is an option of its own
    scenario: Annotated[
        str,
        Parameter(help="A scenario of the library or a file; for --format scenario also a run's folder, an incident."),
    ],
    *,
    format: Annotated[Format, Parameter(help="The format of the other side.")],  # noqa: A002 - the name of the option
    out: Annotated[str, Parameter(help="The file that is written; openaev as an archive when it ends in .zip.")],
    keep_text: Annotated[bool, Parameter(help="Keep free texts, with all that is known replaced in them.")] = False,
    key: Annotated[
        str | None, Parameter(help="A file with the key of the pseudonyms; without it one that is forgotten.")
    ] = None,
    start: Annotated[
        str | None, Parameter(help="When the exercise starts instead, as 2026-03-01T08:00:00+00:00.")
    ] = None,
    directory_out: Annotated[str | None, Parameter(help="Also write a directory with the same pseudonyms.")] = None,
    config: Config = None,
) -> Answer:
    """Write a scenario in a format of other planners; what that format cannot hold is listed.

    With --format scenario, an incident or a scenario with names and technical values replaced by pseudonyms.
    """
    if format is Format.SCENARIO:
        found, directory, left_out = await _found(scenario, config)
        done = pseudonymised(
            found,
            key=_key(key),
            directory=directory,
            keep_text=keep_text,
            start=_moment(start) if start else None,
        )
        if directory_out:
            _write_directory(directory_out, directory, done)
        return _write_pseudonymised(out, done, left_out=left_out, keep_text=keep_text, shifted=start is not None)
    for option, given in (("keep-text", keep_text), ("key", key), ("start", start), ("directory-out", directory_out)):
        if given:
            raise BadInputError(f"--{option} belongs to --format scenario")
    return _write_as(scenario, format, out)


def _moment(start: str) -> datetime:
    try:
        return _START.validate_python(start)
    except ValidationError as error:
        raise BadInputError(
            f"--start {shown(start, limit=40)}: no time with its offset from UTC; write it as 2026-03-01T08:00:00+00:00"
        ) from error


def _write_as(scenario: str, form: Format, out: str) -> Answer:
    from exercises.exchange.conversion import write_scenario_as  # noqa: PLC0415 - writes workbooks

    read = load(scenario)
    done = write_scenario_as(read, form, into=out)
    write_file(out, done.content)
    lines = [f"{read.name} version {read.version}: {len(read.injects)} injects, written to {out} ({form.value})"]
    data = {"scenario": read.name, "format": form.value, "out": out, "injects": len(read.injects)}
    return _answer(lines, data, done.remarks, code=0)


# With pseudonyms


_Found = tuple[Scenario, Directory, tuple[LeftOut, ...]]
"""A scenario, whose names are known, and what of a record is not in it."""


async def _found(name: str, config: Path | None) -> _Found:
    """The scenario of a name, a file, the folder of a run or an incident."""
    found = _at_hand(name, config)
    if found:
        return found
    if not REFERENCE.fullmatch(name):
        raise BadInputError(
            f"{name}: no scenario of the library, no file, no folder and no reference of an incident; name one of them"
        )
    async with open_house(Settings()) as house:
        recorded = await record(house.store, [name])
        directory = setting(config).directory if config else house.rooms.directory()
    return recorded.scenario, directory, recorded.left_out


def _at_hand(name: str, config: Path | None) -> _Found | None:
    path = Path(name)
    if name in names() or path.is_file():
        return load(name), setting(config).directory, ()
    if not path.is_dir():
        return None
    verify_journals(path)
    recorded = read_record(path)
    return recorded.scenario, setting(config).directory, recorded.left_out


def _key(file: str | None) -> bytes:
    if file is None:
        return secrets.token_bytes(32)
    content = read_file(file, limit=_MAX_KEY_BYTES)
    if len(content) < MIN_KEY_BYTES:
        raise BadInputError(f"{file}: a key of fewer than {MIN_KEY_BYTES} bytes can be guessed; make a longer one")
    return content


def _write_directory(file: str, directory: Directory, done: Pseudonymised) -> None:
    replaced = directory_with(directory, people=done.people, values=done.values)
    write_file(file, replaced.model_dump_json(indent=2, exclude_defaults=True).encode() + b"\n")


def _write_pseudonymised(
    out: str, done: Pseudonymised, *, left_out: tuple[LeftOut, ...], keep_text: bool, shifted: bool
) -> Answer:
    remarks = Remarks()
    for one in left_out:
        remarks.not_carried(f"journal entry {one.seq}", one.kind, one.why)
    for identifier in done.dropped:
        remarks.not_carried(f"expectation {identifier}", "", "asked for a text that was left out")
    remarks.assumed("configuration", "", "channels, room services and decision tables have their names still")
    if not shifted:
        remarks.assumed("start", done.document["start"], "as it was; say --start for another time")
    if keep_text:
        remarks.assumed("texts", "", "kept, with what is known replaced; read them before you pass the file on")
    elif done.left_out:
        remarks.not_carried("texts", "", f"{done.left_out} free texts were left out; --keep-text keeps them")
    content = scenario_yaml(done.document, remarks=(), heading="Names and technical values are pseudonyms.")
    read_scenario(content, name=out)
    write_file(out, content)
    counts = ", ".join(f"{count} {what}" for what, count in done.replaced.items())
    lines = [f"{done.document['name']}: {len(done.document['injects'])} injects, written to {out}; replaced: {counts}"]
    data = {"scenario": done.document["name"], "format": "scenario", "out": out, "replaced": done.replaced}
    return _answer(lines, data | {"texts_left_out": done.left_out}, remarks, code=0)


def _answer(lines: list[str], data: Mapping[str, object], remarks: Remarks, *, code: int | None = None) -> Answer:
    counts = Counter(one.verdict for one in remarks)
    listed = [{"verdict": one.verdict.value, "place": one.place, "what": one.what, "why": one.why} for one in remarks]
    told = {**data, "counts": {verdict.value: counts[verdict] for verdict in Verdict}, "remarks": listed}
    if code is None:
        code = 0 if remarks.complete else REFUSED
    return Answer(data=told, lines=[*lines, *(f"  {line}" for line in lines_of(remarks))], code=code)
