"""Who is next at a channel: the most urgent, and of equals who came first."""

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.turns import Turns
from leerp.notices import NoticeKind
from notifications.urgency import Urgency, longest_pause, urgency
from tests.notifications.cast import AT


def test_a_launch_goes_before_a_warning_and_a_warning_before_an_update() -> None:
    """By kind first, however long the other has waited; of one kind the older one."""
    later = AT + timedelta(hours=5)
    wanted = [
        urgency(NoticeKind.LAUNCH_EXTERNAL, AT),
        urgency(NoticeKind.LAUNCH_INTERNAL, later),
        urgency(NoticeKind.EARLY_WARNING, AT),
        urgency(NoticeKind.UPDATE, AT),
        urgency(NoticeKind.UPDATE, later),
        urgency(NoticeKind.CLOSURE, AT),
    ]
    assert sorted({*wanted}) == wanted
    assert {urgency(kind, AT).rank for kind in NoticeKind} == {0, 1, 2, 3}  # every kind has one
    assert longest_pause(NoticeKind.LAUNCH_INTERNAL) < longest_pause(NoticeKind.UPDATE)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(1, 4), st.sets(st.integers(0, 19)))
def test_never_more_at_once_and_the_most_urgent_first(ranks: list[int], limit: int, leave: set[int]) -> None:
    """Whoever waits is served in order, also when others stop waiting; and no turn is ever lost."""

    async def play() -> tuple[list[int], int]:
        turns, served, most = Turns(limit), [], 0
        inside, gate = 0, asyncio.Event()

        async def holder() -> None:
            async with turns.take(Urgency(0, AT)):
                await gate.wait()

        async def visitor(number: int) -> None:
            nonlocal inside, most
            async with turns.take(Urgency(ranks[number], AT)):
                served.append(number)
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        holders = [asyncio.create_task(holder()) for _ in range(limit)]
        await asyncio.sleep(0)
        visitors = [asyncio.create_task(visitor(number)) for number in range(len(ranks))]
        await asyncio.sleep(0)
        for number in leave & set(range(len(ranks))):
            visitors[number].cancel()
        gate.set()
        await asyncio.gather(*holders, *visitors, return_exceptions=True)
        async with asyncio.timeout(1):
            for _ in range(limit):
                await turns.take(Urgency(0, AT)).__aenter__()  # every turn is free again
        return served, most

    served, most = asyncio.run(play())
    stayed = [number for number in range(len(ranks)) if number not in leave]
    assert served == sorted(stayed, key=lambda number: (ranks[number], number))
    assert most <= limit
