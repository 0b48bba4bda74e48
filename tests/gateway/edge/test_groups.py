"""Equal subscribers share one execution, nobody hears what is another's, and nothing is missed on the way."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from gateway.edge.execution import Request
from modules.kernel.errors import Unauthenticated
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.gateway.edge.counters import PERSONAL, WATCH, Ear, Hall, kinds


@pytest.fixture
async def hall(redis: Redis, feed: StreamFeed) -> AsyncIterator[Hall]:
    hall = Hall(redis, feed)
    yield hall
    async with asyncio.timeout(5):
        while hall.groups or hall.counters.closed < hall.counters.opened:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_event_is_executed_once_for_all_equal_subscribers(hall: Hall) -> None:
    async with hall.subscribed("a") as one, hall.subscribed("a") as two, hall.subscribed("a") as three:
        for ear in (one, two, three):
            assert kinds(await ear.events(1)) == ["SNAPSHOT"]
        before = hall.counters.executed
        await hall.count("a")
        heard = [await ear.events(2) for ear in (one, two, three)]
        assert heard[0][1] == heard[1][1] == heard[2][1]
        assert hall.counters.executed == before + 1
        assert hall.groups == 1


async def test_those_who_come_at_once_begin_with_one_execution(hall: Hall) -> None:
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hall.subscribed("a")) for _ in range(50)]
        for ear in ears:
            assert kinds(await ear.events(1)) == ["SNAPSHOT"]
        assert hall.counters.executed <= 3
        await hall.count("a")
        for ear in ears:
            await ear.believes({"a": 1})
        again = [
            await stack.enter_async_context(hall.subscribed("a", after=ears[0].heard[0]["cursor"])) for _ in range(50)
        ]
        before = hall.counters.executed
        for ear in again:
            assert kinds(await ear.events(1)) == ["CHANGE"]
        assert hall.counters.executed <= before + 3


async def test_what_a_client_takes_at_once_is_pushed(hall: Hall) -> None:
    async with hall.subscribed("a") as ear:
        await ear.events(1)
        for number in range(2, 12):
            await hall.count("a")
            await ear.events(number)
        assert ear.pushed >= 9


@pytest.mark.parametrize(
    ("names", "headers"),
    [
        (("b",), {}),
        (("a", "b"), {}),
        (("a",), {"cogwerk-channel": "app"}),
        (("a",), {"cogwerk-customer": "c-1"}),
        (("a",), {"authorization": "t-1", "cogwerk-customer": "c-1"}),
    ],
)
async def test_who_differs_in_what_the_answer_depends_on_is_in_another_group(
    hall: Hall, names: tuple[str, ...], headers: dict[str, str]
) -> None:
    async with hall.subscribed("a") as one, hall.subscribed(*names, headers=headers) as other:
        await one.events(1)
        await other.events(1)
        assert hall.groups == 2


async def test_the_principal_counts_where_a_field_does_not_say_what_it_reads(hall: Hall) -> None:
    async with (
        hall.subscribed("a", document=PERSONAL, headers={"authorization": "t-1"}) as one,
        hall.subscribed("a", document=PERSONAL, headers={"authorization": "t-2"}) as two,
        hall.subscribed("a", document=PERSONAL, headers={"authorization": "t-2", "cogwerk-customer": "c-1"}) as three,
        hall.subscribed("a", document=PERSONAL) as stranger,
    ):
        ears = (one, two, three, stranger)
        for ear in ears:
            await ear.events(1)
        await hall.count("a")
        for ear in ears:
            await ear.events(2)
        assert [ear.said("whose") for ear in ears] == [
            {"t-1/nobody"},
            {"t-2/nobody"},
            {"t-2/c-1"},
            {"anonymous/nobody"},
        ]


async def test_it_does_not_count_where_all_fields_say_so(hall: Hall) -> None:
    async with (
        hall.subscribed("a", headers={"authorization": "t-1"}) as one,
        hall.subscribed("a", headers={"authorization": "t-2"}) as two,
    ):
        await one.events(1)
        await two.events(1)
        assert hall.groups == 1


@pytest.mark.parametrize(
    "document",
    [
        WATCH.replace("price }", "price ...more }") + " fragment more on Item { whose }",
        WATCH.replace("price }", "price ... on Item { hidden: whose } }"),
        WATCH.replace("price }", "price whose @skip(if: false) }"),
    ],
    ids=["fragment", "alias", "directive"],
)
async def test_no_way_of_writing_a_field_hides_it(hall: Hall, document: str) -> None:
    async with (
        hall.subscribed("a", document=document, headers={"authorization": "t-1"}) as one,
        hall.subscribed("a", document=document, headers={"authorization": "t-2"}) as two,
    ):
        await one.events(1)
        await two.events(1)
        assert hall.groups == 2


async def test_a_cursor_is_no_difference_once_its_subscriber_has_caught_up(hall: Hall) -> None:
    async with hall.subscribed("a") as early:
        cursor = (await early.events(1))[0]["cursor"]
        await hall.count("a", "b")
        await early.events(2)
        async with hall.subscribed("a", after=cursor) as late:
            assert kinds(await late.events(1)) == ["CHANGE"]
            assert late.values == {"a": 1}
            await hall.count("a")
            assert (await late.events(2))[1] == (await early.events(3))[2]
            assert hall.groups == 1


async def test_a_subscriber_who_takes_nothing_holds_little_and_then_gets_the_newest_state_per_key(hall: Hall) -> None:
    async with hall.subscribed("a", "b") as quick, hall.subscribed("a", "b") as slow:
        await quick.events(1)
        await slow.events(1)
        slow.gate.clear()
        for number in range(60):
            await hall.count("a" if number % 3 else "b")
            await quick.until(lambda: quick.values["a"] + quick.values["b"] == sum(hall.counters.values.values()))
        slow.gate.set()
        await slow.until(lambda: slow.values == quick.values == dict(hall.counters.values))
        assert len(slow.heard) < 10
        assert slow.cursors == sorted(slow.cursors)
        assert quick.cursors == sorted(set(quick.cursors))


async def test_a_burst_is_one_event_with_the_newest_state_of_each_key(hall: Hall) -> None:
    async with hall.subscribed("a", "b") as ear:
        await ear.events(1)
        await asyncio.gather(*(hall.count("ab"[number % 2]) for number in range(400)))
        await ear.until(lambda: ear.values == {"a": 200, "b": 200})
        assert len(ear.heard) < 200


@pytest.mark.parametrize("fate", ["revoked", "demoted"])
async def test_whose_rights_end_or_change_gets_no_event_more_and_others_go_on(hall: Hall, fate: str) -> None:
    async with (
        hall.subscribed("a", headers={"authorization": "t-1"}) as one,
        hall.subscribed("a", headers={"authorization": "t-2"}) as two,
    ):
        await one.events(1)
        await two.events(1)
        getattr(hall.desk, fate).add("t-1")
        await hall.count("a")
        await two.events(2)
        await one.until(lambda: one.failure)
        assert isinstance(one.failure, Unauthenticated)
        assert len(one.heard) == 1


async def test_who_asks_alike_is_looked_at_once_for_an_event(hall: Hall) -> None:
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(hall.subscribed("a")) for _ in range(20)]
        for ear in ears:
            await ear.events(1)
        before = hall.desk.asked
        await hall.count("a")
        for ear in ears:
            await ear.events(2)
        assert hall.desk.asked == before + 1


async def test_who_becomes_another_customer_hears_that_ones_prices_and_misses_nothing(hall: Hall) -> None:
    async with (
        hall.subscribed("a", headers={"authorization": "t-1", "cogwerk-customer": "c-1"}) as one,
        hall.subscribed("a", headers={"authorization": "t-2", "cogwerk-customer": "c-1"}) as two,
    ):
        await one.events(1)
        await two.events(1)
        hall.desk.moved["t-1"] = "c-2"
        await hall.count("a")
        await two.events(2)
        await one.events(2)
        assert [item["price"] for item in one.heard[1]["items"]] == ["price of c-2"]
        assert one.values == two.values == {"a": 1}
        await hall.count("a")
        await one.events(3)
        await two.events(3)
        assert two.said("price") == {"price of c-1"}
        assert one.heard[2]["items"] == [{"name": "a", "value": 2, "price": "price of c-2"}]


async def test_who_leaves_with_the_first_event_leaves_nothing_open(hall: Hall) -> None:
    prepared = await hall.runs.prepare(Request(WATCH, {"names": ["a"]}, None), {})
    answers = hall.runs.stream(prepared)
    await anext(answers)
    await answers.aclose()
    assert hall.groups == 0
    await asyncio.sleep(0.05)
    assert (hall.counters.opened, hall.counters.closed) == (1, 1)


async def test_a_group_outlives_the_subscriber_who_began_it(hall: Hall) -> None:
    async with hall.subscribed("a") as second:
        async with hall.subscribed("a") as first:
            await first.events(1)
            await second.events(1)
        await hall.count("a")
        assert (await second.events(2))[1]["items"][0]["value"] == 1


async def test_a_fault_of_the_source_ends_all_of_the_group(hall: Hall) -> None:
    async with hall.subscribed("a") as one, hall.subscribed("a") as two:
        await one.events(1)
        await two.events(1)
        hall.counters.broken = True
        await hall.count("a")
        for ear in (one, two):
            await ear.fails()


async def test_lost_history_is_told_to_each_of_a_group(hall: Hall, redis: Redis) -> None:
    async with hall.subscribed("a") as one, hall.subscribed("a") as two:
        await one.events(1)
        await two.events(1)
        await redis.execute("FLUSHDB")
        for ear in (one, two):
            await ear.resyncs()
        await hall.count("a")
        for ear in (one, two):
            await ear.believes({"a": 1})


async def test_whoever_comes_and_goes_while_changes_rain_ends_in_the_true_state(hall: Hall) -> None:
    chance = random.Random(11)
    names = "abcdef"
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await hall.count(*chance.sample(names, chance.randint(1, 3)))
            await asyncio.sleep(chance.random() / 500)

    async def till() -> Ear:
        cursor, values = None, dict[str, int]()
        for _ in range(6):
            async with hall.subscribed(*names, after=cursor, takes=lambda _: chance.random() < 0.9) as ear:
                await ear.events(chance.randint(1, 12))
                assert all(ear.values[name] >= values.get(name, 0) for name in ear.values)
                assert ear.cursors == sorted(ear.cursors)
                cursor, values = ear.heard[-1]["cursor"], {**values, **ear.values}
        async with hall.subscribed(*names, after=cursor) as ear:
            await stop.wait()
            await ear.until(lambda: {**values, **ear.values} == dict(hall.counters.values))
            return ear

    writer = asyncio.create_task(write())
    tills = [asyncio.create_task(till()) for _ in range(12)]
    await asyncio.sleep(2.5)
    stop.set()
    await writer
    async with asyncio.timeout(30):
        for ear in await asyncio.gather(*tills):
            assert ear.failure is None


async def test_a_first_event_that_fails_when_nobody_waits_for_it_any_more_is_no_fault_of_ours(hall: Hall) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["message"]))
    hall.counters.broken = True
    for turns in range(12):
        async with hall.subscribed("a"):
            for _ in range(turns):
                await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    gc.collect()
    assert faults == []
