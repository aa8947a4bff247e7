"""`run.json`: what a run was played with, so that it can be repeated, or told apart from another."""

from enum import StrEnum

from exercises.scenario import Scenario
from exercises.setting import Setting
from leerp.model import Message
from leerp.notices import EXERCISE_MARK


class RunMode(StrEnum):
    """How a run was played."""

    FAST = "fast"
    LIVE = "live"
    TABLE_TOP = "table_top"


class Used(Message):
    """A file that a run was played with: what it calls itself, and the SHA-256 of what it says."""

    name: str
    sha256: str


class Particulars(Message):
    """What a run was played with. Nothing in it depends on the real clock. `mark`: what every file of a run says.

    `team`: the officers, whose ids are `officers`. `started_from`: where the setting comes from, a folder or `example`.
    `replay_of`: the record that was played again, where it was.
    """

    scenario: str
    version: str
    seed: int
    directory: Used
    matrix: Used
    policy: Used
    team: Used
    officers: tuple[str, ...]
    mode: RunMode
    started_from: str
    replay_of: str | None = None
    mark: str = EXERCISE_MARK


def particulars(
    scenario: Scenario, centre: Setting, *, seed: int, mode: RunMode = RunMode.FAST, replay_of: str | None = None
) -> Particulars:
    """What a run of this scenario in this centre is played with; BadInputError when its decision table is not there."""
    table, officers = centre.matrix, tuple(one.id for one in centre.team)
    return Particulars(
        scenario=scenario.name,
        version=scenario.version,
        seed=seed,
        directory=Used(name=centre.directory.version, sha256=centre.sha256_of_directory()),
        matrix=Used(name=f"{table.name} {table.version}", sha256=table.sha256),
        policy=Used(name=f"policy with {centre.policy.table}", sha256=centre.sha256_of_policy()),
        team=Used(name=f"{len(officers)} officers", sha256=centre.sha256_of_team()),
        officers=officers,
        mode=mode,
        started_from=centre.origin,
        replay_of=replay_of,
    )
