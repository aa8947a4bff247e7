"""The workflows, the API and the desk over PostgreSQL: the tests of all three, each with its records in a database of its own there.

    .venv/bin/pytest -p no:cacheprovider -q tests/long/test_over_postgresql.py

It takes five minutes on two cores that have nothing else to do. What looks at the file of SQLite, or breaks the store as
only SQLite breaks, is left out.
"""

import os
import subprocess
import sys

import pytest

from tests.servers import ROOT

DESK = (
    *("pages", "own_page", "acting", "acting_forms", "acting_beside", "attacks_desk", "attacks_people", "circles"),
    *("reads", "release_desk", "reports_come_in", "signing_in", "counted_reports"),
)
OF_SQLITE = (
    "tests/api/test_attacks_machines.py::test_secrets_are_in_no_record_and_no_answer",
    "tests/desk/test_reads.py::test_what_cannot_be_written_down_is_not_shown",
)

LONGEST_SECONDS = 2_400


@pytest.mark.timeout(LONGEST_SECONDS + 60)
@pytest.mark.parametrize(
    "tests",
    [("tests/workflows",), ("tests/api",), tuple(f"tests/desk/test_{name}.py" for name in DESK)],
    ids=["workflows", "api", "desk"],
)
def test_everything_holds_over_postgresql(tests: tuple[str, ...]) -> None:
    """The same tests, with the database that the environment names."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.on_postgresql", "-q"]
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
