"""Use cases of carts over real Redis, with a small shop behind the ports."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.terms import Wishes
from modules.cart.model import MOST_LINES, Cart, CartFull, CartNotFound, Kind, UnknownChannel, default_line
from modules.cart.model.keys import Key
from modules.cart.store import BUCKETS
from modules.kernel.errors import (
    BadUserInput,
    Forbidden,
    IdempotencyConflict,
    InvalidInput,
    Unauthenticated,
    UnknownPlace,
    UnknownSku,
)
from modules.kernel.feed import ChangeKind
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.kernel.quantity import pieces
from modules.kernel.viewer import OPERATOR, Principal
from modules.runtime.redis import Redis
from tests.builders import NOW, a_channel, a_market, a_store, a_viewer, an_article
from tests.cart.shop import Shop, StreamReader, a_shelf, address_of

UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c77"


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


def add(id: str, sku: str = "mug", quantity: str = "1") -> CartInput:
    """So much of a product."""
    return CartInput(id, Kind.ADD_LINE, sku=sku, quantity=quantity)


def put(id: str, sku: str, quantity: str) -> CartInput:
    """A product's new quantity."""
    return CartInput(id, Kind.SET_QUANTITY, line=default_line(Sku(sku)), quantity=quantity)


async def a_key(shop: Shop, idempotency_key: str = UUID) -> str:
    """Of a new cart."""
    made = await shop.service.create(shop.viewer, idempotency_key)
    assert made.key
    return made.key


def content(cart: Cart | None) -> dict[str, int]:
    """Pieces by sku."""
    assert cart
    return {line.sku: line.quantity // 1_000_000 for line in cart.lines}


async def test_creating_twice_with_one_idempotency_key_is_creating_once(shop: Shop) -> None:
    first = await shop.service.create(shop.viewer, UUID)
    assert first.key
    await shop.service.apply(shop.viewer, first.key, [add("a")])
    again = await shop.service.create(shop.viewer, UUID)
    assert again.key == first.key
    assert content(again.cart) == {"mug": 1}


async def test_creating_at_once_with_one_idempotency_key_makes_one_cart(shop: Shop) -> None:
    made = await asyncio.gather(*(shop.service.create(shop.viewer, UUID) for _ in range(20)))
    assert len({each.key for each in made}) == 1


async def test_the_same_idempotency_key_for_another_channel_is_a_conflict(shop: Shop) -> None:
    await shop.service.create(shop.viewer, UUID)
    made = await shop.service.create(shop.viewer, UUID, "swiss")
    assert (made.cart, made.key) == (None, None)
    assert [type(problem) for problem in made.problems] == [IdempotencyConflict]


async def test_an_idempotency_key_of_one_principal_opens_no_cart_of_another(shop: Shop) -> None:
    mine = await shop.service.create(shop.viewer, UUID)
    other = await shop.service.create(a_viewer(Principal("somebody")), UUID)
    assert mine.key != other.key


async def test_a_weak_idempotency_key_is_refused_with_what_is_allowed(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, "1")
    (problem,) = made.problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "idempotencyKey")
    assert made.key is None


async def test_a_cart_in_an_unknown_channel_is_refused(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID, "moon")
    assert [(type(problem), problem.path) for problem in made.problems] == [(UnknownChannel, ("input", "channel"))]
    assert made.key is None


async def test_adding_costs_one_round_trip_and_with_a_quote_no_more(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a")])
    before = redis.trips
    done = await shop.service.apply(shop.viewer, key, [add("b"), add("c", "plate")])
    assert done.cart
    await shop.service.quote(done.cart, shop.viewer)
    assert redis.trips - before == 1


async def test_reading_costs_one_round_trip(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await shop.service.get(key)
    before = redis.trips
    assert content(await shop.service.get(key)) == {}
    assert redis.trips - before == 1


async def test_an_unknown_product_is_refused_and_the_others_of_the_call_are_done(shop: Shop) -> None:
    done = await shop.service.apply(shop.viewer, await a_key(shop), [add("a"), add("b", "mugg"), add("c", "plate")])
    assert (done.applied, content(done.cart)) == (("a", "c"), {"mug": 1, "plate": 1})
    (problem,) = done.problems
    assert isinstance(problem, UnknownSku)
    assert problem.path == ("input", "operations", "1", "operation", "addLine", "sku")
    assert (problem.sku, problem.nearest) == ("mugg", ("mug",))


async def test_problems_stand_in_the_order_of_the_operations(shop: Shop) -> None:
    inputs = [add("a", "none"), add("b", "mug", "-1"), add("c"), add("d", "mug", "0.5"), add("e", "none")]
    done = await shop.service.apply(shop.viewer, await a_key(shop), inputs)
    assert [problem.path[2] for problem in done.problems] == ["0", "1", "3", "4"]
    assert done.applied == ("c",)


async def test_replaying_a_call_has_the_same_outcome(shop: Shop) -> None:
    key = await a_key(shop)
    inputs = [add("a"), add("b", "mugg"), put("c", "mug", "3"), add("a")]
    first = await shop.service.apply(shop.viewer, key, inputs)
    again = await shop.service.apply(shop.viewer, key, inputs)
    assert (again.cart, again.applied) == (first.cart, first.applied)
    assert [str(problem) for problem in again.problems] == [str(problem) for problem in first.problems]


async def test_replaying_a_call_whose_product_has_gone_since_has_the_same_outcome(shop: Shop) -> None:
    key = await a_key(shop)
    first = await shop.service.apply(shop.viewer, key, [add("a"), add("b", "plate")])
    del shop.shelf.articles_by_sku["mug"]
    again = await shop.service.apply(shop.viewer, key, [add("a"), add("b", "plate")])
    assert again == first


async def test_an_operation_id_that_comes_with_another_content_is_a_conflict_and_changes_nothing(shop: Shop) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a")])
    done = await shop.service.apply(shop.viewer, key, [add("a", quantity="5"), add("b", "plate")])
    assert (done.applied, content(done.cart)) == (("b",), {"mug": 1, "plate": 1})
    (problem,) = done.problems
    assert isinstance(problem, IdempotencyConflict)
    assert problem.path == ("input", "operations", "0", "id")


async def test_a_key_that_opens_nothing_is_a_problem_when_written_and_none_when_read(shop: Shop) -> None:
    for key in ("x" * 32, "malformed", ""):
        done = await shop.service.apply(shop.viewer, key, [add("a")])
        assert (done.cart, [type(problem) for problem in done.problems]) == (None, [CartNotFound])
        assert await shop.service.get(key) is None


async def test_neither_the_id_nor_what_is_kept_of_a_cart_opens_it(shop: Shop) -> None:
    text = await a_key(shop)
    cart, key = await shop.service.get(text), Key.parse(text)
    assert cart
    assert key
    for guess in (cart.id, key.locator, key.digest, key.locator + key.digest[:27]):
        assert await shop.service.get(guess) is None


async def test_more_than_100_operations_change_nothing(shop: Shop) -> None:
    key = await a_key(shop)
    done = await shop.service.apply(shop.viewer, key, [add(str(index)) for index in range(101)])
    assert [problem.path for problem in done.problems] == [("input", "operations")]
    assert content(await shop.service.get(key)) == {}


async def test_a_full_cart_refuses_the_call_and_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a")])
    monkeypatch.setattr("modules.cart.store.carts.MOST_OPERATIONS", 2)
    done = await shop.service.apply(shop.viewer, key, [add("a"), add("b"), add("c")])
    assert (done.applied, content(done.cart)) == (("a",), {"mug": 1})
    assert [type(problem) for problem in done.problems] == [CartFull]


async def test_cheese_is_sold_by_the_gram_and_mugs_by_the_piece(shop: Shop) -> None:
    key = await a_key(shop)
    inputs = [add("a", "cheese", "0.250"), add("b"), put("c", "cheese", "0.125"), put("d", "mug", "1.5")]
    done = await shop.service.apply(shop.viewer, key, inputs)
    assert done.applied == ("a", "b", "c")
    (problem,) = done.problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "operations", "3", "operation", "setQuantity", "quantity")
    assert problem.allowed == "whole numbers"


async def test_a_part_of_a_unit_of_a_line_that_stands_already_is_judged_in_two_round_trips(
    shop: Shop, redis: Redis
) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a"), add("b", "cheese", "1")])
    before = redis.trips
    done = await shop.service.apply(shop.viewer, key, [put("c", "cheese", "0.5"), put("d", "mug", "0.5")])
    assert redis.trips - before == 2
    assert done.applied == ("c",)


async def test_an_offline_till_sends_later_and_finds_its_place(shop: Shop) -> None:
    key = await a_key(shop)
    now = to_us(NOW)
    later = [CartInput("till-2", Kind.SET_QUANTITY, now - 10, default_line(Sku("mug")), quantity="2")]
    await shop.service.apply(shop.viewer, key, later)
    first = [CartInput("till-1", Kind.ADD_LINE, now - 20, sku="mug", quantity="9")]
    done = await shop.service.apply(shop.viewer, key, first, "till 3")
    assert content(done.cart) == {"mug": 2}
    assert done.cart
    assert [(entry.operation.id, entry.by) for entry in done.cart.entries] == [
        ("till-1", "till 3"),
        ("till-2", "shopper"),
    ]


async def test_two_devices_never_get_a_conflict(shop: Shop) -> None:
    key = await a_key(shop)
    calls = [shop.service.apply(shop.viewer, key, [add(f"{device}-{turn}")]) for device in "ab" for turn in range(30)]
    done = await asyncio.gather(*calls)
    assert [each.problems for each in done] == [()] * 60
    assert content(await shop.service.get(key)) == {"mug": 60}


async def test_a_quote_prices_the_cart_and_stores_nothing(shop: Shop) -> None:
    """P-8: a line stores no price."""
    done = await shop.service.apply(shop.viewer, await a_key(shop), [add("a", "mug", "2"), add("b", "plate")])
    assert done.cart
    quote = await shop.service.quote(done.cart, shop.viewer)
    assert quote.total.gross.amount == "31.00"
    shop.shelf.cents["mug"] = 100
    assert (await shop.service.quote(done.cart, shop.viewer)).total.gross.amount == "14.00"
    basket, _ = shop.shelf.asked[-1]
    assert (basket.id, basket.version) == (done.cart.id, 3)


async def test_a_quote_is_for_the_carts_own_channel_wherever_it_is_looked_at_from(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID, "swiss")
    assert made.key
    done = await shop.service.apply(shop.viewer, made.key, [add("a")])
    shop.move(store=a_store(channels=["web"]))
    assert done.cart
    quote = await shop.service.quote(done.cart, shop.viewer)
    assert quote.total.gross.currency == "CHF"
    _, viewer = shop.shelf.asked[-1]
    assert (viewer.channel.id, viewer.store, viewer.principal) == ("swiss", None, shop.viewer.principal)


async def test_a_quote_keeps_currency_and_store_of_the_viewer_where_the_channel_has_them(shop: Shop) -> None:
    market = a_market("at", country="AT", currencies=("CHF", "EUR"))
    shop.shelf.places["alps"] = a_channel("alps", market=market)
    made = await shop.service.create(shop.viewer, UUID, "alps")
    store = a_store(channels=["web", "alps"])
    shop.move(store=store)
    assert made.cart
    await shop.service.quote(made.cart, shop.viewer)
    _, viewer = shop.shelf.asked[-1]
    assert (viewer.currency, viewer.store) == ("EUR", store)


async def test_a_cart_whose_channel_is_gone_keeps_its_lines_and_has_no_quote(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID, "swiss")
    del shop.shelf.places["swiss"]
    assert made.cart
    with pytest.raises(UnknownPlace):
        await shop.service.quote(made.cart, shop.viewer)


async def test_the_key_of_a_new_cart_stands_in_no_log(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID)
    assert str(made.key) not in repr(made)


async def test_what_hinders_is_said_line_by_line(shop: Shop) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a", "pan"), add("b", "plate", "3"), add("c"), add("d", "cheese")])
    del shop.shelf.articles_by_sku["mug"]
    del shop.shelf.cents["cheese"]
    shop.shelf.articles_by_sku["pan"] = an_article("pan", active_from_us=to_us(NOW) + 1_000_000)
    shop.shelf.stock["plate"] = pieces(2)
    cart = await shop.service.get(key)
    assert cart
    quote = await shop.service.quote(cart, shop.viewer)
    assert [(notice.code, notice.line) for notice in quote.notices] == [
        ("PRODUCT_NOT_ACTIVE", default_line(Sku("pan"))),
        ("INSUFFICIENT_STOCK", default_line(Sku("plate"))),
        ("UNKNOWN_SKU", default_line(Sku("mug"))),
        ("PRICE_NOT_FOUND", default_line(Sku("cheese"))),
    ]
    assert [line.sku for line in quote.lines] == ["plate"]
    assert quote.valid_until == NOW + timedelta(seconds=1)


async def test_a_quote_without_inventory_says_that_it_does_not_know(shop: Shop) -> None:
    shop.shelf.stock_answers = False
    quote = await shop.service.quote_lines(shop.viewer, [add("1")])
    assert quote.total.gross.amount == "9.50"
    assert [(notice.code, notice.data) for notice in quote.notices] == [("UNAVAILABLE", {"module": "inventory"})]


async def test_an_empty_cart_has_a_quote_of_nothing(shop: Shop) -> None:
    made = await shop.service.create(shop.viewer, UUID)
    assert made.cart
    quote = await shop.service.quote(made.cart, shop.viewer)
    assert (quote.lines, quote.total.gross.minor) == ((), 0)


async def test_goods_are_quoted_without_a_cart_as_if_put_into_an_empty_one(shop: Shop, redis: Redis) -> None:
    before = redis.trips
    quote = await shop.service.quote_lines(shop.viewer, [add("1"), add("2", "plate"), add("3", "mug", "2")])
    assert [(line.sku, line.quantity) for line in quote.lines] == [("mug", pieces(3)), ("plate", pieces(1))]
    assert redis.trips == before


async def test_quoting_malformed_lines_names_the_place(shop: Shop) -> None:
    with pytest.raises(BadUserInput) as caught:
        await shop.service.quote_lines(shop.viewer, [add("1"), add("2", "mug", "-1")])
    assert caught.value.argument == "input.lines.1.quantity"
    with pytest.raises(BadUserInput, match="1001"):
        await shop.service.quote_lines(shop.viewer, [add("1")] * (MOST_LINES + 1))


async def test_only_who_may_asks_for_the_prices_of_another_moment(shop: Shop) -> None:
    then = NOW + timedelta(days=30)
    with pytest.raises(Unauthenticated):
        await shop.service.quote_lines(shop.viewer, [add("1")], Wishes(at=then))
    with pytest.raises(Forbidden):
        await shop.service.quote_lines(a_viewer(Principal("somebody")), [add("1")], Wishes(at=then))
    assert (await shop.service.quote_lines(a_viewer(OPERATOR), [add("1")], Wishes(at=then))).at == then


async def test_a_follower_sees_the_cart_now_and_resumes_where_it_stopped(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a")])
    async with shop.service.follow(key, StreamReader(redis)) as changes:
        first = await anext(changes)
        assert (first.delivery.kind, content(first.cart)) == (ChangeKind.SNAPSHOT, {"mug": 1})
    await shop.service.apply(shop.viewer, key, [add("b", "plate")], "till 3")
    async with shop.service.follow(key, StreamReader(redis), first.delivery.cursor) as changes:
        news = [(seen.delivery.changes[0].state["by"], content(seen.cart)) async for seen in changes]
    assert news == [("till 3", {"mug": 1, "plate": 1})]


async def test_a_follower_sees_no_other_cart_of_its_bucket(shop: Shop, redis: Redis) -> None:
    buckets: dict[str, list[str]] = {}
    for key in [await a_key(shop, f"{index:020d}") for index in range(BUCKETS + 1)]:
        buckets.setdefault(address_of(key).bucket, []).append(key)
    same = next(keys for keys in buckets.values() if len(keys) > 1)
    for index, key in enumerate(same):
        await shop.service.apply(shop.viewer, key, [add("a", quantity=str(index + 1))])
    async with shop.service.follow(same[0], StreamReader(redis), "0-0") as changes:
        assert [content(seen.cart) async for seen in changes] == [{"mug": 1}]


async def test_following_a_key_that_opens_nothing_is_bad_input(shop: Shop, redis: Redis) -> None:
    for key in ("x" * 32, "malformed"):
        with pytest.raises(BadUserInput) as caught:
            async with shop.service.follow(key, StreamReader(redis)):
                raise AssertionError("unreachable")
        assert caught.value.argument == "key"
        assert key not in str(caught.value)


async def test_following_ends_when_the_cart_is_forgotten(shop: Shop, redis: Redis) -> None:
    key = await a_key(shop)
    await shop.service.apply(shop.viewer, key, [add("a")])
    async with shop.service.follow(key, StreamReader(redis), "0-0") as changes:
        await redis.execute("DEL", *address_of(key).keys[:2])
        assert [seen async for seen in changes] == []


async def test_no_key_of_a_cart_is_logged_or_said(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = await a_key(shop)
    done = await shop.service.apply(shop.viewer, key, [add("a"), add("b", "none"), add("c", quantity="x")])
    refused = await shop.service.apply(shop.viewer, key[:-1] + "!", [])
    assert key not in caplog.text
    assert key not in repr(done)
    assert key[:-1] not in repr([str(problem) for problem in refused.problems])
