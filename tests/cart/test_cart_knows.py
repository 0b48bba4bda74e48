"""A cart that knows where it goes and how it is paid: over real Redis, with a small shop behind the ports."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from modules.cart.engine.intake import CartInput
from modules.cart.engine.terms import Wishes
from modules.cart.model import AddressUse, Cart, Kind, Operation, UnknownChannel
from modules.cart.model.keys import Key
from modules.kernel.address import PostalAddress
from modules.kernel.basket import Destination, GiftChoice
from modules.kernel.configuration import Configuration
from modules.kernel.names import ConfigurationId, PromotionId, Sku
from modules.kernel.quantity import QuantityRules, pieces
from modules.runtime.redis import Redis
from tests.builders import a_store, an_article
from tests.cart.histories import WISHES
from tests.cart.shop import Shop, a_shelf

UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c77"
HOME = PostalAddress("AT", "Ada", postal_code="1010", city="Wien")
HOUR_US = 3_600_000_000


@pytest.fixture
def shop(redis: Redis) -> Shop:
    """The shop, open."""
    return Shop(redis, a_shelf())


async def a_key(shop: Shop, idempotency_key: str = UUID) -> str:
    """Of a new cart."""
    made = await shop.service.create(shop.viewer, idempotency_key)
    assert made.key
    return made.key


def do(id: str, kind: Kind, **members: Any) -> CartInput:
    """An operation."""
    return CartInput(id, kind, **members)


def add(id: str, sku: str = "mug", quantity: str = "1", **members: Any) -> CartInput:
    """So much of a product."""
    return do(id, Kind.ADD_LINE, sku=sku, quantity=quantity, **members)


async def apply(shop: Shop, key: str, *inputs: CartInput, device: str | None = None) -> Cart:
    """The cart after a call that is taken up wholly."""
    done = await shop.service.apply(shop.viewer, key, inputs, device)
    assert done.problems == ()
    assert done.cart
    return done.cart


async def test_the_quote_goes_by_all_that_the_cart_knows(shop: Shop) -> None:
    cart = await apply(
        shop,
        await a_key(shop),
        add("a"),
        do("b", Kind.SET_ADDRESS, use=AddressUse.DELIVERY, address=HOME),
        do("c", Kind.SET_DELIVERY, method="parcel"),
        do("d", Kind.SET_PAYMENT, payment="cash"),
        do("e", Kind.CHOOSE_GIFT, promotion="bonus", gift="plate"),
        do("f", Kind.ADD_CODE, code="SPRING"),
    )
    await shop.service.quote(cart, shop.viewer)
    basket, _ = shop.shelf.asked[-1]
    assert (basket.destination, basket.delivery, basket.payment) == (Destination("AT", "", "1010"), "parcel", "cash")
    assert (basket.codes, basket.gifts) == (("SPRING",), (GiftChoice(PromotionId("bonus"), Sku("plate")),))
    await shop.service.quote(cart, shop.viewer, Wishes(destination=Destination("FR"), payment="card"))
    basket, _ = shop.shelf.asked[-1]
    assert (basket.destination, basket.delivery, basket.payment) == (Destination("FR"), "parcel", "card")


async def test_a_cart_that_is_fetched_is_priced_in_its_store(shop: Shop) -> None:
    shop.shelf.stores["leipzig"] = a_store("leipzig")
    cart = await apply(shop, await a_key(shop), add("a"), do("b", Kind.SET_DELIVERY, method="pickup", store="leipzig"))
    quote = await shop.service.quote(cart, shop.viewer)
    _, viewer = shop.shelf.asked[-1]
    assert viewer.store == a_store("leipzig")
    assert quote.notices == ()


async def test_a_store_that_is_not_there_is_said_and_the_cart_is_priced_all_the_same(shop: Shop) -> None:
    cart = await apply(shop, await a_key(shop), add("a"), do("b", Kind.SET_DELIVERY, method="pickup", store="moon"))
    quote = await shop.service.quote(cart, shop.viewer)
    assert [(notice.code, notice.data) for notice in quote.notices] == [("STORE_NOT_FOUND", {"store": "moon"})]
    assert len(quote.lines) == 1


async def test_a_cart_that_moves_is_priced_in_the_new_channel_s_currency(shop: Shop) -> None:
    cart = await apply(shop, await a_key(shop), add("a"), do("b", Kind.SET_CHANNEL, channel="swiss"))
    assert cart.channel == "swiss"
    quote = await shop.service.quote(cart, shop.viewer)
    assert quote.total.gross.currency == "CHF"


async def test_a_channel_that_is_not_there_is_a_problem_and_the_others_of_the_call_are_done(shop: Shop) -> None:
    key = await a_key(shop)
    inputs = [add("a"), do("b", Kind.SET_CHANNEL, channel="moon"), add("c", "plate")]
    done = await shop.service.apply(shop.viewer, key, inputs)
    (problem,) = done.problems
    assert isinstance(problem, UnknownChannel)
    assert problem.code == "UNKNOWN_CHANNEL"
    assert problem.path == ("input", "operations", "1", "operation", "setChannel", "channel")
    assert "web, swiss" in problem.message
    assert done.applied == ("a", "c")
    assert done.cart
    assert done.cart.channel == "web"


async def test_an_agent_takes_back_what_somebody_did_and_the_history_says_so(shop: Shop) -> None:
    key = await a_key(shop)
    await apply(shop, key, add("a"), add("b", "plate"), device="phone")
    cart = await apply(shop, key, do("u", Kind.UNDO, undone="a"), device="agent 7")
    assert [line.sku for line in cart.lines] == ["plate"]
    assert cart.undone == {"a": "u"}
    again = await apply(shop, key, do("v", Kind.UNDO, undone="u"), device="phone")
    assert [line.sku for line in again.lines] == ["mug", "plate"]
    assert again.undone == {"u": "v"}


async def test_an_undo_that_arrives_first_counts_when_its_operation_comes(shop: Shop) -> None:
    """The agent saw it on the till's screen; the till sends it hours later."""
    key = await a_key(shop)
    assert (await apply(shop, key, do("u", Kind.UNDO, undone="till-1"))).lines == ()
    cart = await apply(shop, key, add("till-1"), add("till-2", "plate"), device="till 3")
    assert [line.sku for line in cart.lines] == ["plate"]


async def test_a_configured_line_is_kept_while_the_configurator_is_silent_and_priced_when_it_answers(
    shop: Shop,
) -> None:
    cart = await apply(shop, await a_key(shop), add("a"), add("b", configuration="red"))
    quote = await shop.service.quote(cart, shop.viewer)
    assert [line.configuration for line in cart.lines] == [None, "red"]
    assert [line.line for line in quote.lines] == [cart.lines[0].id]
    assert [(notice.code, notice.line) for notice in quote.notices] == [("UNAVAILABLE", cart.lines[1].id)]
    shop.shelf.configured = {"red": Configuration(ConfigurationId("red"), Sku("mug"))}
    quote = await shop.service.quote(cart, shop.viewer)
    assert [line.line for line in quote.lines] == [line.id for line in cart.lines]
    assert quote.notices == ()


async def test_a_configuration_of_another_product_is_not_added(shop: Shop) -> None:
    shop.shelf.configured = {"red": Configuration(ConfigurationId("red"), Sku("plate"))}
    key = await a_key(shop)
    done = await shop.service.apply(shop.viewer, key, [add("a", configuration="red"), add("b", "plate")])
    assert done.applied == ("b",)
    ((code, path),) = [(problem.code, problem.path) for problem in done.problems]
    assert (code, path[-1]) == ("INVALID_INPUT", "configurationId")


async def test_a_quantity_that_is_not_sold_is_said_on_its_line_which_is_priced_like_the_others(shop: Shop) -> None:
    shop.shelf.articles_by_sku["mug"] = an_article("mug", quantities=QuantityRules(step=pieces(6)))
    cart = await apply(shop, await a_key(shop), add("a", quantity="7"), add("b", "plate", "7"))
    quote = await shop.service.quote(cart, shop.viewer)
    assert [line.sku for line in quote.lines] == ["mug", "plate"]
    assert [(notice.code, notice.line, notice.data["step"]) for notice in quote.notices] == [
        ("QUANTITY_NOT_A_STEP", cart.lines[0].id, "6")
    ]


async def test_parts_of_a_piece_are_refused_on_lines_of_the_base_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose operations were folded together long ago, so that only the line tells what stands in it."""
    key = await a_key(shop)
    cart = await apply(shop, key, add("a"), add("b", "cheese", "0.2"))

    async def read(key: Key) -> Cart:
        return replace(cart, entries=())

    monkeypatch.setattr(shop.store, "read", read)
    mug, cheese = (line.id for line in cart.lines)
    halves = [do(f"half-{line}", Kind.SET_QUANTITY, line=line, quantity="0.5") for line in (mug, cheese)]
    done = await shop.service.apply(shop.viewer, key, halves)
    assert (done.applied, [problem.path[2] for problem in done.problems]) == ((f"half-{cheese}",), ["0"])


async def test_devices_that_touch_different_lines_hear_of_no_conflict(shop: Shop) -> None:
    key = await a_key(shop)
    cart = await apply(shop, key, add("a"), add("b", "plate"))
    mug, plate = (line.id for line in cart.lines)
    await apply(shop, key, do("phone", Kind.SET_QUANTITY, line=mug, quantity="5"), device="phone")
    await apply(shop, key, do("note", Kind.SET_NOTE, line=plate, text="as a gift"), device="till")
    cart = await apply(shop, key, do("move", Kind.MOVE_LINE, line=plate), device="agent")
    assert [(line.sku, line.quantity, line.note) for line in cart.lines] == [
        ("plate", pieces(1), "as a gift"),
        ("mug", pieces(5), ""),
    ]


async def test_a_clock_that_is_hours_slow_says_earlier_and_one_that_is_hours_fast_says_now(
    shop: Shop, redis: Redis
) -> None:
    key = await a_key(shop)
    seconds, _ = await redis.execute("TIME")
    now_us = int(seconds) * 1_000_000
    payment = [("now", "card", None), ("slow", "cash", now_us - 5 * HOUR_US), ("fast", "invoice", now_us + 5 * HOUR_US)]
    seen = []
    for id, kind, at_us in payment:
        cart = await apply(shop, key, do(id, Kind.SET_PAYMENT, payment=kind, at_us=at_us))
        seen.append(cart.state.payment)
    assert seen == ["card", "card", "invoice"]
    assert [entry.operation.id for entry in cart.entries] == ["slow", "now", "fast"]


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_split_and_duplication_of_all_kinds_of_operations_give_the_same_cart(
    shop: Shop, redis: Redis, seed: int
) -> None:
    chance = random.Random(seed)
    seconds, _ = await redis.execute("TIME")
    start = int(seconds) * 1_000_000 - 2 * HOUR_US
    wishes = chance.choices(WISHES, k=40)
    operations = [Operation(f"op{index}", wish, start + chance.randrange(9)) for index, wish in enumerate(wishes)]
    straight, mixed = [Key.parse(await a_key(shop, f"{name}-{seed:020d}")) for name in ("straight", "mixed")]
    assert straight
    assert mixed
    expected = (await shop.store.append(straight, operations, "shopper")).cart
    arrivals = operations + chance.choices(operations, k=30)
    chance.shuffle(arrivals)
    found = expected
    for call in _split(arrivals, chance):
        found = (await shop.store.append(mixed, call, "till")).cart
    assert replace(found, id=expected.id, entries=(), access=None) == replace(expected, entries=(), access=None)


def _split(arrivals: Sequence[Operation], chance: random.Random) -> list[list[Operation]]:
    calls, left = [], list(arrivals)
    while left:
        size = chance.randint(1, 7)
        calls.append(left[:size])
        left = left[size:]
    return calls


async def test_a_cart_of_a_thousand_lines_is_filled_read_and_priced(shop: Shop) -> None:
    skus = [f"sku-{index:04d}" for index in range(1_000)]
    shop.shelf.articles_by_sku |= {sku: an_article(sku) for sku in skus}
    shop.shelf.cents |= dict.fromkeys(skus, 100)
    key = await a_key(shop)
    for start in range(0, 1_000, 100):
        cart = await apply(shop, key, *(add(sku, sku) for sku in skus[start : start + 100]))
    quote = await shop.service.quote(cart, shop.viewer)
    assert [line.sku for line in quote.lines] == skus
    assert (quote.total.gross.minor, quote.notices) == (100_000, ())
