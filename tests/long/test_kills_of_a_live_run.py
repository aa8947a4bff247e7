"""A live exercise whose processes are killed again and again, at random moments of it."""

from pathlib import Path
from random import Random
from time import sleep

import pytest

from tests.exercises.live_runs import PROCESSES, LiveLeerp, wait
from tests.exercises.once import UNHURRIED, assert_played_once


@pytest.mark.parametrize("seed", range(3))
def test_each_process_dies_at_any_moment(seed: int, tmp_path: Path) -> None:
    """After each inject but the last one some process is killed a moment later; everything is played, and once."""
    draw = Random(seed)  # noqa: S311 - no secret
    live = LiveLeerp(tmp_path, "short")
    live.lay_out(UNHURRIED, speed=60)
    live.start()
    try:
        victims = draw.sample(PROCESSES, k=len(PROCESSES))
        for number in (1, 2, 3, 4):
            wait(lambda number=number: number in live.diary.numbers, f"inject {number}")  # type: ignore[misc]
            sleep(draw.uniform(0, 0.3))
            live.kill(victims[number - 1])
        live.clock.speed(60)
        wait(lambda: len(live.diary.played) == 5, "the last inject")
        live.wait_for_end()
    finally:
        live.stop()
    assert_played_once(live)
