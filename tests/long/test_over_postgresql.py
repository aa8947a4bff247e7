"""Workflows, activities, collecting, the API and the desk over PostgreSQL: their tests, each with its own database.

    .venv/bin/pytest -p no:cacheprovider -q tests/long/test_over_postgresql.py

It takes five minutes on two cores that have nothing else to do. `tests.lock_order` watches in which order locks are
taken. Left out is what looks at the file of SQLite, breaks the store as only SQLite breaks, opens two stores in one
test or settles what the database's clock says.
"""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT

ROOMS = ("workflows", "activities", "collecting", "api")
DESK = (
    *("pages", "own_page", "acting", "acting_forms", "acting_beside", "attacks_desk", "attacks_people", "circles"),
    *("reads", "release_desk", "reports_come_in", "signing_in", "counted_reports"),
)
OF_SQLITE = (
    "tests/api/test_attacks_machines.py::test_secrets_are_in_no_record_and_no_answer",
    "tests/desk/test_reads.py::test_what_cannot_be_written_down_is_not_shown",
    "tests/activities/test_packages.py::test_the_officer_is_told_whose_channels_carry_no_bundle",
    "tests/activities/test_packages.py::test_a_package_that_must_be_signed_and_cannot_be_is_not_built",
    "tests/collecting/test_watching.py::test_the_engines_clock_is_compared_over_several_tasks",
)

PLUGINS = ("no:cacheprovider", "tests.lock_order", "tests.on_postgresql")
LONGEST_SECONDS = 2_400


@pytest.mark.timeout(LONGEST_SECONDS + 60)
@pytest.mark.parametrize(
    "tests",
    [*((f"tests/{room}",) for room in ROOMS), tuple(f"tests/desk/test_{name}.py" for name in DESK)],
    ids=[*ROOMS, "desk"],
)
def test_everything_holds_over_postgresql(tests: tuple[str, ...]) -> None:
    """The same tests, with the database that the environment names."""
    words = [sys.executable, "-m", "pytest", *(f"-p{one}" for one in PLUGINS), "-q"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LEERP_")}
    done = subprocess.run(
        [*words, *(f"--deselect={one}" for one in OF_SQLITE), *tests],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5_000:]
