"""A launch over several channels whose worker is killed again and again: what is lost, and what comes twice.

    python3 run.py exec python -m benchmarks.kills_during_a_launch [--kills 200] [--readers 2000] [--seed 1]

`leerp up` runs as people start it, and its worker is ended with kill -9 at random points (by the seed, as far as a
machine repeats itself). A quarter of the readers each are reached by mail, in Slack, by webhook and in an inbox, with
a real server for each in a process of its own. When a launch ends before the last kill, the next incident is launched.
One JSON document with the sums, and for each rule what broke it; the exit code is 1 if one was broken.
"""

import argparse
import asyncio
import json
import platform
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from desk.assembly import open_house
from desk.logs import configure_logs
from leerp.settings import Settings
from tests.kill_findings import Finder, Findings
from tests.killed_launches import KilledLaunches
from tests.many_channels import ManyChannels
from tests.servers import Leerp

ANSWER_SECONDS = 0.05
"""How long each server takes to answer: some messages are always on their way."""

MOST_SHOWN = 20


async def play(folder: Path, *, kills: int, readers: int, seed: int) -> Findings:
    """Launch under kills in a state folder of its own; what came of it."""
    home = folder / "home"
    with ManyChannels(folder / "servers", readers=readers, delay=ANSWER_SECONDS) as channels:
        await asyncio.to_thread(channels.lay_out, home)
        leerp = Leerp(home)
        await asyncio.to_thread(leerp.start)
        try:
            async with open_house(Settings(home=home)) as house:
                launches = KilledLaunches(leerp, house, readers=readers, random=Random(seed))  # noqa: S311 - no secret
                await launches.run(kills)
                return await Finder(launches, channels, house).findings()
        finally:
            await asyncio.to_thread(leerp.stop)


def document(findings: Findings, *, seed: int, seconds: float) -> dict[str, Any]:
    """What is printed."""
    broken = {rule: wrong[:MOST_SHOWN] for rule, wrong in findings.rules.items() if wrong}
    return {
        "benchmark": "kills during a launch",
        "seed": seed,
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        **findings.sums,
        "rules_held": [rule for rule in findings.rules if rule not in broken],
        "rules_broken": broken,
    }


def main() -> None:
    """Kill, look and print."""
    parser = argparse.ArgumentParser(description="A launch whose worker is killed again and again.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    configure_logs("error")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="leerp-kills-") as folder:
        findings = asyncio.run(play(Path(folder), **vars(options)))
    print(json.dumps(document(findings, seed=options.seed, seconds=time.monotonic() - begun), indent=2))
    raise SystemExit(0 if findings.held else 1)


if __name__ == "__main__":
    main()
