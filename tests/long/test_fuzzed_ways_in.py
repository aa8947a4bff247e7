"""Ten thousand mutated files through every way in: `.venv/bin/pytest -q -s tests/long/test_fuzzed_ways_in.py`.

It takes some ten minutes. No crash, none over two seconds of work, nothing kept by halves, memory under 500 MB.
`LEERP_FUZZ_FILES` is another number of files, `LEERP_FUZZ_SEED` another draw.
"""

import os
import random
import resource
import time
from collections import Counter
from pathlib import Path

import pytest

from activities.collecting import Counts, Hands
from tests.collecting.cast import open_centre
from tests.collecting.mutating import SEEDS, mutated, take
from tests.collecting.test_hostile_files import check_whole

FILES = int(os.environ.get("LEERP_FUZZ_FILES", "10000"))
SEED = os.environ.get("LEERP_FUZZ_SEED", "1")
MOST_SECONDS = 2.0
MOST_MEGABYTES = 500


@pytest.mark.timeout(7_200)
async def test_ten_thousand_changed_files(tmp_path: Path) -> None:
    """Each is taken in or refused; the slowest one, the memory and what became of them are printed."""
    chance = random.Random(SEED)  # noqa: S311 - the same files for the same seed
    kinds = sorted(SEEDS)
    total, outcomes = Counts(), Counter[str]()
    slowest, slow_file = 0.0, b""
    async with open_centre(tmp_path / "home", {}) as centre:
        hands = Hands(centre.house.rooms, centre.house.intake, by="collector")
        for number in range(FILES):
            kind = kinds[number % len(kinds)]
            content = mutated(chance.choice(SEEDS[kind]), chance)
            begun = time.process_time()
            counts = await take(kind, content, hands)
            spent = time.process_time() - begun
            total += counts
            outcomes[f"{kind} {'refused' if counts.refused else 'read'}"] += 1
            if spent > slowest:
                slowest, slow_file = spent, content
            if spent > MOST_SECONDS:
                (tmp_path / f"slow-{number}-{kind}").write_bytes(content)
        await check_whole(centre, taken=total.taken)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{FILES} files: {total.sentence}; {dict(sorted(outcomes.items()))}")  # noqa: T201 - the figures
    print(f"slowest {slowest:.2f} s of work ({len(slow_file)} bytes), peak memory {megabytes:.0f} MB")  # noqa: T201 - the figures
    assert slowest <= MOST_SECONDS
    assert megabytes < MOST_MEGABYTES
