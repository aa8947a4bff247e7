"""What a new classification brings after the launch: the level falls or rises, the readers are told, people decide."""

from typing import Any

import pytest

from leerp.errors import RefusedError
from leerp.facts import Facts
from leerp.incidents import IncidentView
from leerp.notices import NoticeKind
from leerp.protocol import ActName, AssessAct, Receipt, ReconsiderAct, ReleaseAct
from notifications.templating import statement
from records import notices
from tests.conftest import OpenDrill
from tests.drill import APPROVER, Drill

CALM = {"victims_min": 1, "victims_max": 1, "spread": "contained", "outlook": "improving", "service_impact": "none"}
"""What is settled when it turns out to have been one small case."""
CALMER = {"sectors": [], "countries": ["ES"], "activity": "prepare", "life_threat": False, "political": False}


async def assess(drill: Drill, facts: dict[str, Any], **more: Any) -> Receipt:
    """Settle facts."""
    return await drill.act(ActName.ASSESS, AssessAct, facts=Facts.model_validate(facts), **more)


async def level(drill: Drill) -> str:
    """The level as it stands."""
    view = await drill.view()
    assert view.classification is not None
    return view.classification.level


def asks_for(view: IncidentView, words: str) -> bool:
    """Whether the incident waits for something, in these words."""
    return any(words in line for line in view.waiting_for)


async def warned(drill: Drill) -> None:
    """Launched, with the early warning out."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
    await drill.release(NoticeKind.EARLY_WARNING)
    await drill.sent(NoticeKind.EARLY_WARNING)


async def reconsider(drill: Drill) -> Receipt:
    """Go on all the same."""
    return await drill.act(ActName.RECONSIDER, ReconsiderAct, choice="go_on")


async def test_a_lower_level_is_told_and_the_protocol_waits_for_a_decision(open_drill: OpenDrill) -> None:
    """An update that says both levels is drafted, not sent; going on is a decision against the recommendation."""
    async with open_drill() as drill:
        await warned(drill)
        before = await level(drill)
        with pytest.raises(RefusedError):
            await reconsider(drill)
        await assess(drill, CALM | CALMER)
        after = await level(drill)
        view = await drill.view()
        assert after != before
        assert asks_for(view, f"fell to {after}")
        assert asks_for(view, "recommended no more")
        kinds = await drill.kinds()
        assert (kinds["triage.level.lowered"], kinds["triage.level.raised"]) == (1, 0)
        [draft] = [one for one in view.notices if one.kind is NoticeKind.UPDATE]
        assert not draft.released
        async with drill.house.store.reading() as connection:
            said = [portion.text for portion in (await notices.get(connection, draft.id)).portions]
        assert statement("level_changed", before=before, now=after) in said
        await reconsider(drill)
        view = await drill.view()
        assert not asks_for(view, "recommended no more")
        assert view.decisions[-1].against_recommendation
        await drill.release(NoticeKind.UPDATE)
        await drill.sent(NoticeKind.UPDATE)
        assert not asks_for(await drill.view(), "fell to")


async def test_a_higher_level_after_a_lower_one_is_told_again(open_drill: OpenDrill) -> None:
    """Up again: what was drafted of the lower level is replaced before it went out, and nothing is left in doubt."""
    async with open_drill() as drill:
        await warned(drill)
        before = await level(drill)
        await assess(drill, CALM | CALMER)
        [stale] = [one.id for one in (await drill.view()).notices if one.kind is NoticeKind.UPDATE]
        await assess(drill, {}, unsettle=tuple(CALM | CALMER))
        assert await level(drill) == before
        view = await drill.view()
        assert (await drill.kinds())["triage.level.raised"] == 1
        assert not asks_for(view, "recommended no more")
        assert not asks_for(view, "the readers to be told")
        assert len([line for line in view.waiting_for if "(update)" in line]) == 1
        with pytest.raises(RefusedError) as caught:
            await drill.act(ActName.RELEASE, ReleaseAct, notice=stale, who=APPROVER)
        assert caught.value.reason == "unknown_subject"


async def test_a_lower_level_may_end_the_protocol(open_drill: OpenDrill) -> None:
    """The way down to the normal procedure is the closure, told to exactly those who were told of the launch."""
    async with open_drill() as drill:
        await warned(drill)
        await assess(drill, CALM | CALMER)
        view = await drill.closed()
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
        assert await drill.readers(NoticeKind.CLOSURE) == launch
        assert view.decisions[-1].choice


async def test_a_report_that_changes_no_level_drafts_nothing(open_drill: OpenDrill) -> None:
    """More of the same after the launch leaves people alone."""
    async with open_drill() as drill:
        await warned(drill)
        await drill.report(2)
        await drill.until(lambda view: len(view.reports) == 2, "the second report")
        assert not [one for one in (await drill.view()).notices if one.kind is NoticeKind.UPDATE]
