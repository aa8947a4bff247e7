"""Gathering: who comes at the same time is served together, and gets an answer of its own."""

import asyncio
from collections.abc import Sequence

import pytest

from activities.gathering import MOST_AT_ONCE, MOST_BYTES_AT_ONCE, Gathering


class Bench:
    """Work that can be held up, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def work(self, batch: Sequence[int]) -> list[str | Exception]:
        """Answer each number with itself; a negative one with an error."""
        self.batches.append(list(batch))
        self.begun.set()
        await self.open.wait()
        return [ValueError(f"no {one}") if one < 0 else str(one) for one in batch]


async def gathered(bench: Bench, numbers: Sequence[int], *, size: int = 1) -> list[str | BaseException]:
    """What each of many callers at once gets."""
    gathering = Gathering[int, str]()
    calls = (gathering.add(one, size=size, work=bench.work) for one in numbers)
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_who_comes_at_once_is_served_together_and_in_order() -> None:
    """One batch, in the order in which they came, and to each its own answer."""
    bench = Bench()
    assert await gathered(bench, range(100)) == [str(one) for one in range(100)]
    assert bench.batches == [list(range(100))]


async def test_while_one_batch_is_under_way_the_next_one_gathers() -> None:
    """Nobody waits for others to come, and nobody overtakes."""
    bench, gathering = Bench(), Gathering[int, str]()
    bench.open.clear()
    first = asyncio.create_task(gathering.add(0, size=1, work=bench.work))
    await bench.begun.wait()
    rest = [asyncio.create_task(gathering.add(one, size=1, work=bench.work)) for one in (1, 2, 3)]
    await asyncio.sleep(0)
    bench.open.set()
    assert await asyncio.gather(first, *rest) == ["0", "1", "2", "3"]
    assert bench.batches == [[0], [1, 2, 3]]


async def test_a_batch_is_bounded_in_number_and_in_bytes() -> None:
    """What is larger than a whole batch is worked on alone."""
    many, large, larger = Bench(), Bench(), Bench()
    await gathered(many, range(MOST_AT_ONCE + 1))
    assert [len(batch) for batch in many.batches] == [MOST_AT_ONCE, 1]
    await gathered(large, range(5), size=MOST_BYTES_AT_ONCE // 2)
    assert large.batches == [[0, 1], [2, 3], [4]]
    await gathered(larger, range(2), size=MOST_BYTES_AT_ONCE * 2)
    assert larger.batches == [[0], [1]]


async def test_an_error_is_told_to_whom_it_belongs() -> None:
    """The others of the batch have their answers."""
    answers = await gathered(Bench(), [1, -2, 3])
    assert [answers[0], answers[2]] == ["1", "3"]
    assert str(answers[1]) == "no -2"


async def test_when_the_work_itself_fails_all_of_the_batch_hear_of_it() -> None:
    """And whoever comes after is served again."""
    gathering, bench = Gathering[int, str](), Bench()

    async def broken(batch: Sequence[int]) -> list[str | Exception]:
        raise OSError(f"{len(batch)} of them")

    calls = [gathering.add(one, size=1, work=broken) for one in (1, 2)]
    assert [str(one) for one in await asyncio.gather(*calls, return_exceptions=True)] == ["2 of them"] * 2
    assert await gathering.add(3, size=1, work=bench.work) == "3"


async def test_a_caller_that_goes_loses_nobody_anything() -> None:
    """Its own item is worked on all the same, and the others get their answers."""
    bench, gathering = Bench(), Gathering[int, str]()
    bench.open.clear()
    calls = [asyncio.create_task(gathering.add(one, size=1, work=bench.work)) for one in (1, 2, 3)]
    await bench.begun.wait()
    calls[1].cancel()
    bench.open.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [answers[0], answers[2]] == ["1", "3"]
    assert isinstance(answers[1], asyncio.CancelledError)
    assert bench.batches == [[1, 2, 3]]


async def test_when_the_work_is_ended_nobody_waits_for_ever() -> None:
    """Those of the batch under way and those that wait for the next are given up; who comes after is not."""
    bench, gathering = Bench(), Gathering[int, str]()
    bench.open.clear()
    others = asyncio.all_tasks()
    calls = [asyncio.create_task(gathering.add(1, size=1, work=bench.work))]
    await bench.begun.wait()
    (runner,) = asyncio.all_tasks() - others - set(calls)
    calls += [asyncio.create_task(gathering.add(one, size=1, work=bench.work)) for one in (2, 3)]
    await asyncio.sleep(0)
    runner.cancel()
    done, waiting = await asyncio.wait(calls, timeout=10)
    assert (len(done), waiting) == (3, set())
    assert all(call.cancelled() for call in done)
    bench.open.set()
    assert await gathering.add(4, size=1, work=bench.work) == "4"
    assert bench.batches == [[1], [4]]


async def test_who_is_given_up_while_waiting_leaves_the_answers_of_others_alone() -> None:
    """Before its batch has begun as well as after: it alone gets no answer."""
    bench, gathering = Bench(), Gathering[int, str]()
    bench.open.clear()
    calls = [asyncio.create_task(gathering.add(0, size=1, work=bench.work))]
    await bench.begun.wait()
    calls += [asyncio.create_task(gathering.add(one, size=1, work=bench.work)) for one in (1, 2, 3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    calls[2].cancel()
    bench.open.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [answers[1], answers[3]] == ["1", "3"]
    assert [type(answers[one]) for one in (0, 2)] == [asyncio.CancelledError] * 2
    assert bench.batches == [[0], [1, 2, 3]]


def test_when_the_loop_ends_nobody_waits_for_ever() -> None:
    """A gathering whose loop was ended in the middle of its work serves the next loop."""
    gathering = Gathering[int, str]()

    async def never(batch: Sequence[int]) -> list[str | Exception]:
        await asyncio.Event().wait()
        return [str(one) for one in batch]

    async def give_up() -> None:
        calls = [asyncio.create_task(gathering.add(one, size=1, work=never)) for one in (1, 2)]
        await asyncio.wait(calls, timeout=0.01)

    async def again() -> str:
        return await gathering.add(3, size=1, work=Bench().work)

    asyncio.run(give_up())
    assert asyncio.run(again()) == "3"


async def test_an_error_nobody_waits_for_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """The loop says nothing of it."""
    bench, gathering = Bench(), Gathering[int, str]()
    bench.open.clear()
    call = asyncio.create_task(gathering.add(-1, size=1, work=bench.work))
    await bench.begun.wait()
    call.cancel()
    bench.open.set()
    assert await gathering.add(2, size=1, work=bench.work) == "2"
    assert caplog.records == []
