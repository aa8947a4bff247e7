"""DESIGN rules 7, 8 and 12 under kill -9 at random points of a launch over every kind of channel.

The long form is `benchmarks/kills_during_a_launch.py`.
"""

import asyncio
from pathlib import Path
from random import Random

from desk.assembly import open_house
from leerp.settings import Settings
from tests.kill_findings import Finder
from tests.killed_launches import KilledLaunches
from tests.many_channels import ManyChannels
from tests.servers import Leerp

KILLS = 3
READERS = 96
ANSWER_SECONDS = 0.1


async def test_a_launch_over_every_channel_survives_kills(tmp_path: Path) -> None:
    """None is lost, none comes twice where the channel can tell, and over SMTP only what was under way, journalled."""
    home = tmp_path / "home"
    with ManyChannels(tmp_path / "servers", readers=READERS, delay=ANSWER_SECONDS, connections=2) as channels:
        await asyncio.to_thread(channels.lay_out, home)
        leerp = Leerp(home)
        await asyncio.to_thread(leerp.start)
        try:
            async with open_house(Settings(home=home)) as house:
                draw = Random(4)  # noqa: S311 - no secret
                launches = KilledLaunches(leerp, house, readers=READERS, random=draw, from_approval=False)
                await launches.run(KILLS)
                findings = await Finder(launches, channels, house).findings()
        finally:
            await asyncio.to_thread(leerp.stop)
    assert findings.rules == {rule: [] for rule in findings.rules}
    assert findings.sums["kills"] == KILLS
    assert findings.sums["kills_with_a_message_under_way"] >= KILLS - 1
    assert findings.sums["mail"]["under_way_at_kills"] >= 1
