"""Open carts: what touches them, and how often who waits is woken."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.cart.engine.news import Cause, News, of_prices, of_products, of_promotions, of_rules, of_stock
from modules.cart.service.opened import OpenCarts, Turns, Watch
from modules.kernel.events import Change
from modules.kernel.names import Sku
from tests.builders import a_channel, a_market

SHOP = a_channel(price_lists=("list",), sources=("main", "berlin"))
SWISS = a_channel("ch", market=a_market("ch", country="CH", currencies=("CHF",)), sources=("basel",))


def change(key: str, **state: Any) -> Change:
    """An event's change."""
    return Change(key, 1, state)


@pytest.mark.parametrize(
    ("news", "here", "there"),
    [
        (of_prices(change("mug", price_lists=["list"], currencies=["EUR"])), True, False),
        (of_prices(change("mug", price_lists=["list"], currencies=["CHF"])), False, True),
        (of_prices(change("mug", price_lists=["till"], currencies=["CHF", "EUR"])), False, False),
        (of_stock(change("mug@berlin")), True, False),
        (of_stock(change("mug@2@basel")), False, False),
        (of_rules(change("tax_rules", countries=["DE"])), True, True),
        (of_rules(change("shipping_methods", markets=["ch"])), False, True),
        (of_promotions(change("spring", state="active")), True, True),
        (of_products(change("mug")), True, True),
        (of_products(change("pan")), False, False),
    ],
)
async def test_news_concern_the_carts_that_may_depend_on_them(news: News, here: bool, there: bool) -> None:
    opened = OpenCarts()
    with opened.watch() as german, opened.watch() as swiss:
        opened.see(german, [Sku("mug")], (SHOP, "EUR"))
        opened.see(swiss, [Sku("mug")], (SWISS, "CHF"))
        found = opened.concerned(news)
        assert (german in found, swiss in found) == (here, there)


def test_drafts_of_promotions_touch_nobody() -> None:
    assert of_promotions(change("spring", state="draft")) is None


async def test_a_cart_is_known_by_what_it_holds_now_and_forgotten_when_it_closes() -> None:
    opened, news = OpenCarts(), News(Cause.STOCK, Sku("mug"), "main")
    with opened.watch() as watch:
        opened.see(watch, [Sku("mug"), Sku("pan")], (SHOP, "EUR"))
        assert opened.concerned(news) == [watch]
        opened.see(watch, [Sku("pan")], (SHOP, "EUR"))
        assert opened.concerned(news) == []
        opened.see(watch, [Sku("mug")], None)
        assert opened.concerned(news) == [watch], "a place that is not known may depend on everything"
    assert opened.concerned(news) == opened.concerned(News(Cause.PRICE)) == []


async def woken(watch: Watch, until: datetime | None = None) -> tuple[Cause, ...]:
    """What has touched it once it is woken."""
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(20):
        await watch.wait(never, until)
    return watch.settle()


async def test_a_burst_wakes_once_with_all_its_causes() -> None:
    opened = OpenCarts(merge=timedelta(milliseconds=50))
    with opened.watch() as watch:
        opened.see(watch, [Sku("mug")], (SHOP, "EUR"))
        for _ in range(100):
            opened.hear(News(Cause.STOCK, Sku("mug"), "main"))
            opened.hear(News(Cause.PRICE, Sku("mug")))
        assert await woken(watch) == (Cause.STOCK, Cause.PRICE)
        assert watch.take() == ()


async def test_what_came_while_nobody_waited_wakes_at_once() -> None:
    watch = Watch(Turns(), merge=timedelta())
    watch.touch(Cause.PRICE)
    await asyncio.sleep(0.001)  # the timer's turn: whoever looks at the cart now is busy
    assert await woken(watch) == (Cause.PRICE,)


async def test_a_moment_that_is_over_touches_the_cart() -> None:
    watch = Watch(Turns(), timedelta(minutes=1))
    assert await woken(watch, datetime.now(UTC) - timedelta(days=1)) == (Cause.TIME,)


async def test_what_was_taken_wakes_nobody_again() -> None:
    watch = Watch(Turns(), merge=timedelta(milliseconds=10))
    watch.touch(Cause.PRICE)
    assert watch.take() == (Cause.PRICE,)
    assert await woken(watch, datetime.now(UTC) + timedelta(milliseconds=50)) == (Cause.TIME,)


async def test_carts_have_their_turns_in_order_and_so_many_at_once() -> None:
    turns = Turns(at_once=2)
    watches = [Watch(turns) for _ in range(4)]
    for watch in watches:
        turns.ask(watch)

    def having() -> list[int]:
        return [index for index, watch in enumerate(watches) if turns.has(watch)]

    assert having() == [0, 1]
    watches[0].rest()
    assert having() == [1, 2]
    turns.ask(watches[1])
    turns.leave(watches[3])
    watches[2].rest()
    assert having() == [1], "it has a turn and stands in line for the next one"
    watches[1].rest()
    assert having() == [1]
    watches[1].settle()
    assert having() == []


async def test_what_arrives_waits_for_no_turn() -> None:
    turns = Turns(at_once=1)
    busy, watch = Watch(turns), Watch(turns)
    turns.ask(busy)
    watch.touch(Cause.PROMOTION)
    turns.ask(watch)
    arriving: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(watch.wait(arriving, None))
    arriving.set_result(None)
    async with asyncio.timeout(20):
        await waiting
    assert watch.settle() == (Cause.PROMOTION,)
    busy.rest()
    assert not turns.has(watch), "it has left the line"
