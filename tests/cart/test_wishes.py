"""Wishes from elsewhere: taken once by their ids, and told apart when they are refused."""

from __future__ import annotations

import pytest

from modules.cart.model import CartNotFound
from modules.cart.service.wishes import WishService
from modules.kernel.basket import BasketLine
from modules.kernel.errors import UnknownSku
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import pieces
from modules.runtime.redis import Redis
from tests.cart.shop import Shop, a_shelf

UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c77"


def wish(id: str, sku: str = "mug", count: int = 1) -> BasketLine:
    return BasketLine(LineId(id), Sku(sku), pieces(count))


async def a_key(shop: Shop) -> str:
    made = await shop.service.create(shop.viewer, UUID)
    assert made.key
    return made.key


async def test_a_wish_is_taken_once_however_often_it_is_brought(redis: Redis) -> None:
    shop = Shop(redis, a_shelf())
    key, wishes = await a_key(shop), WishService(shop.service)
    many = [wish(f"w-{number}") for number in range(150)]
    for _ in range(2):
        assert await wishes.take(shop.viewer, key, many, "till 3") == [None] * 150
    cart = await shop.service.get(key)
    assert cart
    assert [line.quantity for line in cart.lines] == [pieces(150)]


async def test_what_is_refused_is_told_wish_by_wish(redis: Redis) -> None:
    shop = Shop(redis, a_shelf())
    key, wishes = await a_key(shop), WishService(shop.service)
    answers = await wishes.take(shop.viewer, key, [wish("a"), wish("b", "mugg"), wish("d", "pan")], "till")
    assert [answer and answer.code for answer in answers] == [None, UnknownSku.code, None]


async def test_a_configured_wish_stays_configured(redis: Redis) -> None:
    shop = Shop(redis, a_shelf())
    key, wishes = await a_key(shop), WishService(shop.service)
    made = BasketLine(LineId("c"), Sku("mug"), pieces(1), ConfigurationId("desk-1"))
    assert await wishes.take(shop.viewer, key, [wish("a"), made], "till") == [None, None]
    cart = await shop.service.get(key)
    assert cart
    assert [line.configuration for line in cart.lines] == [None, ConfigurationId("desk-1")]


@pytest.mark.parametrize("key", ["", "x" * 43])
@pytest.mark.parametrize("wishes", [[wish("a")], []])
async def test_a_key_that_opens_no_cart_is_refused_as_a_whole(redis: Redis, key: str, wishes: list[BasketLine]) -> None:
    shop = Shop(redis, a_shelf())
    with pytest.raises(CartNotFound) as caught:
        await WishService(shop.service).take(shop.viewer, key, wishes, "till")
    assert caught.value.path == ("input", "cart")
