"""A live run in its state folder: which scenario it plays, how, who plays, and how far it is."""

import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from exercises.diary import Diary
from exercises.library import content_of, read_scenario
from exercises.live_places import DESCRIPTION, DIARY, FOLDER, RUNS, SCENARIO, write_whole
from exercises.particulars import RunMode
from exercises.scenario import Scenario
from exercises.setting import EXAMPLE, setting
from leerp.errors import BadInputError
from leerp.model import Identifier, Message
from notifications.configuration import lay_out_example


class LiveRun(Message):
    """How a run was begun; it never changes.

    `source`: the name by which the scenario was asked for, without folder and ending. `people`: whose injects are not
    played, because people play them. `namespace`: of the run alone in its engine. `out`: where its files are left at
    the end. `origin`: where its configuration comes from.
    """

    name: Identifier
    scenario: str
    source: str
    mode: RunMode
    seed: int = 0
    people: tuple[Identifier, ...] = ()
    namespace: str
    out: str
    origin: str = EXAMPLE

    @property
    def out_folder(self) -> Path:
        """Where its files are left at the end."""
        return Path(self.out)


def folder_of(home: Path, name: str) -> Path:
    """The state folder of a run of a leerp whose state folder is `home`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BadInputError(f"--run {name}: name the run with letters, digits, dots and hyphens")
    return home / RUNS / name


def begun_in(home: Path) -> LiveRun | None:
    """The run of a state folder; None if it is not one of a run."""
    try:
        return LiveRun.model_validate_json((home / FOLDER / DESCRIPTION).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def scenario_of(home: Path) -> Scenario:
    """The scenario of a run, as it was when the run was begun."""
    path = home / FOLDER / SCENARIO
    return read_scenario(path.read_bytes(), name=str(path))


def diary_of(home: Path, *, mine: bool = False) -> Diary:
    """How far a run is. `mine`: it is this process that writes it."""
    return Diary(home / FOLDER / DIARY, mine=mine)


def lay_out(  # noqa: PLR0913 - what a run is begun with
    home: Path,
    scenario: str,
    *,
    mode: RunMode = RunMode.LIVE,
    people: Sequence[str] = (),
    seed: int = 0,
    out: Path | None = None,
    config: Path | None = None,
) -> LiveRun:
    """Lay out the state folder of a new run; nothing in it leads to what is real.

    Raises BadInputError for a scenario that cannot be read or does not fit, and for people who are not in it.
    """
    centre = setting(config)
    directory = centre.directory
    content = content_of(scenario)
    read = read_scenario(content, name=scenario, directory=directory)
    for person in people:
        if directory.officer(person) is None and directory.stakeholder(person) is None:
            raise BadInputError(f"--people {person}: nobody in the directory {directory.version} has that id")
    run = LiveRun(
        name=home.name,
        scenario=read.name,
        source=Path(scenario).stem,
        mode=mode,
        seed=seed,
        people=tuple(people),
        namespace=f"exercise-{secrets.token_hex(6)}",
        out=str((out or home / "out").absolute()),
        origin=centre.origin,
    )
    own = home / FOLDER
    own.mkdir(parents=True, exist_ok=True)
    _copy_configuration(config, home / "config")
    (own / SCENARIO).write_bytes(content)
    write_whole(own / DESCRIPTION, run.model_dump_json())
    return run


def _copy_configuration(config: Path | None, to: Path) -> None:
    """Copy what a centre is: its files and keys, but nothing secret that a channel would need to send."""
    to.mkdir(parents=True, exist_ok=True)
    if config is not None:
        for name in ("directory.yaml", "channels.yaml", "policy.yaml"):
            shutil.copyfile(config / name, to / name)
        for name in ("tables", "keys"):
            if (config / name).is_dir():
                shutil.copytree(config / name, to / name, dirs_exist_ok=True)
    lay_out_example(to)
