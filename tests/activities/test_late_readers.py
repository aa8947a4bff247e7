"""Who joins late is warned like the others, from the moment in which an officer says so."""

from temporalio.testing import ActivityEnvironment

from activities.drafting import DraftingActivities
from activities.messages import DraftNotice
from desk.assembly import wall_clock
from leerp.notices import NoticeKind
from leerp.protocol import ActName, WarnAct
from records import ledger, notices
from tests.conftest import OpenDrill
from tests.drill import OFFICER, Drill

LATE = "partner-bank"


async def warned(drill: Drill) -> set[str]:
    """Who an early warning that is drafted now is for."""
    drafted = await drill.act(ActName.WARN, WarnAct, kind="early_warning")
    async with drill.house.store.reading() as c:
        return set(await notices.audience(c, str(drafted.notice)))


async def test_a_reader_whose_launch_notice_is_only_on_its_way_is_warned_too(open_drill: OpenDrill) -> None:
    """The worker may be slow, or just be killed, between the officer's word and the plan of the deliveries."""
    async with open_drill() as drill:
        await drill.classified()
        await drill.launched()
        assert LATE not in await warned(drill)
        joining = DraftNotice(
            incident=drill.reference,
            key="joining",
            at=wall_clock(),
            actor=OFFICER,
            kind=NoticeKind.LAUNCH_EXTERNAL,
            named=(LATE,),
            only_named=True,
            reason="runs the payment system that is hit",
        )
        await ActivityEnvironment().run(DraftingActivities(drill.house.rooms).draft, joining)
        async with drill.house.store.reading() as c:
            assert LATE not in await ledger.readers(c, drill.reference, {NoticeKind.LAUNCH_EXTERNAL}, or_pending=True)
        assert LATE in await warned(drill)
