"""What is read whole into memory."""

from __future__ import annotations

import asyncio

from modules.kernel.latest import Latest, OnDemand


async def test_of_readings_that_overlap_the_one_that_began_last_holds() -> None:
    answers = [asyncio.get_running_loop().create_future() for _ in range(3)]
    waiting = iter(answers)
    latest: Latest[str] = Latest(lambda: next(waiting), "nothing")
    loads = [asyncio.create_task(latest.load()) for _ in answers]
    await asyncio.sleep(0)
    held = []
    for number in (1, 0, 2):
        answers[number].set_result(f"read {number}")
        await loads[number]
        held.append(latest.value)
    assert held == ["read 1", "read 1", "read 2"]


async def test_a_reading_that_fails_leaves_what_was_there() -> None:
    async def fail() -> str:
        raise OSError

    latest = Latest(fail, "nothing")
    (error,) = await asyncio.gather(latest.load(), return_exceptions=True)
    assert isinstance(error, OSError)
    assert latest.value == "nothing"


async def test_what_is_read_on_demand_is_read_once_until_it_is_read_anew() -> None:
    read: list[int] = []

    async def next_number() -> int:
        read.append(len(read))
        return len(read)

    held = OnDemand(next_number)
    assert read == []
    assert [await held.get(), await held.get()] == [1, 1]
    await held.load()
    assert await held.get() == 2


async def test_whoever_waits_gets_a_reading_that_began_after_the_value_was_outdated() -> None:
    answers = [asyncio.get_running_loop().create_future() for _ in range(2)]
    waiting = iter(answers)
    latest: Latest[str] = Latest(lambda: next(waiting), "nothing")
    await latest.settled()
    before = asyncio.create_task(latest.load())
    await asyncio.sleep(0)
    latest.outdate()
    settled = asyncio.create_task(latest.settled())
    answers[0].set_result("old")
    await before
    await asyncio.sleep(0)
    assert not settled.done()
    answers[1].set_result("new")
    await latest.load()
    await settled
    assert latest.value == "new"
