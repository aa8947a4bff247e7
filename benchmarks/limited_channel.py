"""Whether readers over a channel that takes five a second delay those over another, for `launch_over_smtp`."""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.launches import Launches, Lines, running
from leerp.notices import NoticeKind
from leerp.stakeholders import INTERNAL_GROUPS, ContactPoint
from tests.counterparts import Counterpart, conversation
from tests.mail_sink import MailSink
from tests.many_channels import respread, slack_settings
from tests.many_readers import GROUPS, lay_out

UNLIMITED, LIMITED = 6_000, 300
"""Messages a minute that the channel takes, Slack here: as good as any number, and five a second."""

TARGET_RATIO = 1.25


def _channel(number: int) -> str:
    """Two readers after another have the same, so that both channels have every group and clearance."""
    return "slack" if number // 2 % 2 else "mail"


def _contact(number: int) -> ContactPoint:
    address = f"desk-{number}@readers.example" if _channel(number) == "mail" else conversation(number)
    return ContactPoint(channel=_channel(number), address=address)


def _wanted(readers: int) -> Lines:
    """How many lines of each notice there will be over each channel."""
    kinds = [
        NoticeKind.LAUNCH_INTERNAL if GROUPS[number % len(GROUPS)] in INTERNAL_GROUPS else NoticeKind.LAUNCH_EXTERNAL
        for number in range(readers)
    ]
    return dict(Counter((kind, _channel(number)) for number, kind in enumerate(kinds)))


async def measure_limited(limited: int, *, connections: int) -> dict[str, Any]:
    """A launch to so many readers over each of two channels, with one of them limited and without."""
    free = await _launch(limited, connections=connections, per_minute=UNLIMITED)
    slow = await _launch(limited, connections=connections, per_minute=LIMITED)
    ratios = {name: round(slow[name] / free[name], 3) for name in free if name.endswith("mail")}
    return {
        "readers_over_the_limited_channel": limited,
        "readers_over_mail": limited,
        "a_second": LIMITED / 60,
        "seconds_from_the_approval_until_all_were_told": {"unlimited": free, "limited": slow},
        "ratio": ratios,
        "target_ratio": TARGET_RATIO,
        "within_target": all(ratio <= TARGET_RATIO for ratio in ratios.values()),
    }


async def _launch(limited: int, *, connections: int, per_minute: int) -> dict[str, float]:
    """Seconds until all readers of each notice over each channel have theirs."""
    readers = 2 * limited
    with (
        tempfile.TemporaryDirectory(prefix="leerp-limited-") as folder,
        MailSink() as sink,
        Counterpart("slack", "--conversations", str(readers)) as slack,
    ):
        home = Path(folder)
        await asyncio.to_thread(lay_out, home, readers=readers, port=sink.port, connections=connections)
        settings = slack_settings(home, slack.port, per_minute=per_minute)
        await asyncio.to_thread(respread, home, contact=_contact, channels={"slack": settings})
        async with running(home) as launches:
            return await _told(launches, _wanted(readers))


async def _told(launches: Launches, wanted: Lines) -> dict[str, float]:
    drill = await launches.classified(1)
    at: dict[str, float] = {}

    async def all_told(seconds: float) -> bool:
        sent = await launches.sent_over_each(drill)
        for (kind, channel), number in wanted.items():
            if sent.get((kind, channel), 0) == number:
                at.setdefault(f"{kind.value} by {channel}", round(seconds, 2))
        return len(at) == len(wanted)

    await launches.launch(drill, until=all_told)
    return dict(sorted(at.items()))
