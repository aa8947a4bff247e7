"""Child processes: those that stand behind let others go first where there is too much to do."""

import os
import sys
from pathlib import Path

import pytest

from desk.children import NICENESS, Child


@pytest.mark.parametrize(("behind", "niceness"), [(True, NICENESS), (False, 0)])
async def test_who_stands_behind_is_nice(tmp_path: Path, *, behind: bool, niceness: int) -> None:
    """From its first instant on, and only who is said to be."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(600)"]
    log_file = tmp_path / "logs" / "child.log"
    child = Child("child", command, environment=os.environ, log_file=log_file, behind=behind)
    await child.start()
    try:
        assert child.pid is not None
        here = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(here + niceness, 19)
    finally:
        await child.stop(patience=1.0)
