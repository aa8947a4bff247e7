"""DESIGN rule 12: what has been answered survives kill -9 of any process at any instant."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.assembly import open_house
from leerp.journal import verify
from leerp.notices import NoticeKind
from leerp.settings import Settings
from notifications.configuration import lay_out_example
from tests.drill import Drill
from tests.mailboxes import Mailboxes, running_mailboxes
from tests.servers import Leerp

LAUNCH = (NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
MAY_DIFFER = {"delivery.message.repeated", "desk.act.refused"}
"""What a crash may add: that a message may have gone twice, and that an act was done after its answer was lost."""

UNDISTURBED = Counter(
    {
        "detection.incident.opened": 1,
        "detection.report.received": 2,
        "detection.incident.joined": 1,
        "triage.grade.recorded": 2,
        "triage.presumption.raised": 1,
        "triage.incident.classified": 2,
        "triage.decision.proposed": 1,
        "triage.decision.made": 1,
        "coordination.centre.opened": 1,
        "coordination.team.formed": 1,
        "coordination.post.opened": 1,
        "coordination.notice.drafted": 3,
        "coordination.notice.released": 3,
        "coordination.notice.sent": 3,
        "coordination.reader.added": 1,
        "warning.notice.drafted": 1,
        "warning.release.proposed": 1,
        "warning.notice.released": 1,
        "warning.notice.sent": 1,
        "warning.blueprint.fed": 1,
        "plan.notice.drafted": 2,
        "plan.notice.released": 2,
        "plan.notice.sent": 4,
        "plan.meeting.called": 1,
        "plan.action.added": 2,
        "plan.conflict.found": 1,
        "plan.team.suggested": 1,
        "plan.alert.raised": 1,
        "plan.version.agreed": 1,
        "plan.release.proposed": 1,
        "investigation.contribution.received": 2,
        "investigation.hit.found": 5,
        "investigation.hit.told": 5,
        "investigation.notice.drafted": 1,
        "investigation.release.proposed": 1,
        "investigation.notice.released": 1,
        "investigation.notice.sent": 1,
        "closure.containment.proposed": 1,
        "closure.containment.approved": 1,
        "closure.notice.drafted": 1,
        "closure.notice.released": 1,
        "closure.notice.sent": 1,
        "closure.incident.closed": 1,
        "delivery.readers.planned": 15,
    }
)
"""How often each kind of entry stands in the journal of the drill when nothing goes wrong, where that is fixed."""


@pytest.fixture
def mailboxes() -> Iterator[Mailboxes]:
    """A real mail server."""
    with running_mailboxes() as running:
        yield running


async def drill_with_kills(home: Path, mailboxes: Mailboxes, victim: str | None) -> None:
    """Play the drill; kill the victim right after a report, in the middle of the launch, and before the closure."""
    config = home / "config"
    await asyncio.to_thread(lay_out_example, config)
    await asyncio.to_thread(mailboxes.channels, config)
    leerp = Leerp(home)
    await asyncio.to_thread(leerp.start)

    def kill() -> None:
        if victim:
            leerp.kill(victim)

    try:
        async with open_house(Settings(home=home)) as house:
            drill = Drill(house, house.engine)
            await drill.report(1)
            kill()
            await drill.classified_again()
            await drill.launched()
            kill()
            await drill.report(2)
            await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
            await drill.release(NoticeKind.EARLY_WARNING)
            await drill.planned()
            await drill.investigated()
            kill()
            await drill.settled()
            await drill.closed()
            await check(drill, mailboxes)
    finally:
        await asyncio.to_thread(leerp.stop)


async def check(drill: Drill, mailboxes: Mailboxes) -> None:
    """The run has ended as if nothing had happened."""
    kinds = await drill.kinds()
    assert {kind: kinds[kind] for kind in UNDISTURBED} == dict(UNDISTURBED)
    verify(await drill.lines())
    assert await drill.readers(NoticeKind.CLOSURE) == await drill.readers(*LAUNCH)
    view = await drill.view()
    assert [(one.kind, one.pending, one.failed) for one in view.notices if one.pending or one.failed] == []
    repeated = await drill.repeated()
    twice = {message for (_, message), times in mailboxes.times().items() if times > 1}
    assert twice <= repeated
    expected = {one.id for one in view.notices}
    reached = {str(message["X-LEERP-Notice"]) for _, message in mailboxes.messages}
    assert reached <= expected


@pytest.mark.parametrize("victim", [None, "worker", "engine", "desk"])
async def test_a_whole_run_survives_three_kills(victim: str | None, tmp_path: Path, mailboxes: Mailboxes) -> None:
    """Killed at three moments of a run, a process comes back and the run ends as if nothing had happened."""
    await drill_with_kills(tmp_path / "home", mailboxes, victim)
