"""The grown-up form: the same incident with its records in PostgreSQL."""

import asyncio

from activities.drafting import DraftingActivities
from activities.messages import ReleaseNotice
from desk.assembly import wall_clock
from leerp.journal import verify
from leerp.notices import NoticeKind
from leerp.protocol import ActName, WarnAct
from records import withholding
from records.statements import hold
from tests.conftest import OpenDrill
from tests.drill import OFFICER, Drill
from tests.postgresql import Postgres


async def whole(drill: Drill) -> None:
    """From the first report to the closure."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
    await drill.release(NoticeKind.EARLY_WARNING)
    await drill.planned()
    await drill.investigated()
    await drill.settled()
    await drill.closed()


async def test_a_whole_incident_with_postgresql(open_drill: OpenDrill, postgres: Postgres) -> None:
    """Two contributions hit, the journal verifies, and closure reaches who was told of the launch."""
    name = postgres.create(template="migrated")
    async with open_drill(postgres.url(name)) as drill:
        await whole(drill)
        kinds = await drill.kinds()
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
        assert kinds["investigation.hit.found"] >= 1
        assert verify(await drill.lines()) == sum(kinds.values())
        assert await drill.readers(NoticeKind.CLOSURE) == launch
    postgres.drop(name)


async def test_a_notice_is_replaced_while_the_earlier_one_is_delivered(
    open_drill: OpenDrill, postgres: Postgres
) -> None:
    """Who delivers holds the notice and then the journal; a release that waits for the notice holds no journal yet."""
    name = postgres.create(template="migrated")
    async with open_drill(postgres.url(name)) as drill:
        await drill.classified()
        await drill.launched()
        await drill.release(NoticeKind.EARLY_WARNING)
        await drill.sent(NoticeKind.EARLY_WARNING)
        earlier = next(one.id for one in (await drill.view()).notices if one.kind is NoticeKind.EARLY_WARNING)
        drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning", relation="replaces", earlier=earlier)
        request = ReleaseNotice(
            incident=drill.reference,
            key="release",
            at=wall_clock(),
            actor=OFFICER,
            notice=str(drafted.notice),
            kind=NoticeKind.EARLY_WARNING,
            reason="it says more",
        )
        async with drill.house.store.writing() as delivering:
            await withholding.keep_still(delivering, earlier)
            releasing = asyncio.create_task(DraftingActivities(drill.house.rooms).release(request))
            await asyncio.sleep(0.5)
            await hold(delivering, f"journal/{drill.reference}")
            assert not releasing.done()
        await releasing
        assert "delivery.notice.stopped" in await drill.kinds()
    postgres.drop(name)
