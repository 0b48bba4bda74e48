"""Moves from a list into carts: two at once, and processes that die at every step; on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from modules.kernel.errors import Unavailable
from modules.runtime.database import Database
from modules.wishlists.engine.intake import WishlistInput
from modules.wishlists.model.leaving import ItemLeaving
from modules.wishlists.model.lists import Kind, product_item
from modules.wishlists.service.moving import Moved
from modules.wishlists.store.lists import WishlistChange
from tests.wishlists.shop import UUID, Shop, add, skus

HERE, THERE = "the cart", "the other cart"
MUG, PLATE = product_item("mug"), product_item("plate")


@pytest.fixture
async def shop(database: Database) -> Shop:
    return Shop(database)


async def move(
    shop: Shop, opened: tuple[str, str], cart: str, number: int, items: list[str] | None = None, keep: bool = False
) -> Moved:
    return await shop.moving.move(shop.viewer, *opened, cart, f"{UUID}-{number}", items, keep)


def codes(done: Moved) -> list[str]:
    return [problem.code for problem in done.problems]


async def test_two_moves_at_once_into_two_carts_put_each_item_into_one_of_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await shop.a_list("Birthday", "mug", "plate")
    take, under_way = shop.trolley.take, asyncio.Event()

    async def slowly(*given: Any) -> Any:
        under_way.set()
        await asyncio.sleep(0.05)
        return await take(*given)

    monkeypatch.setattr(shop.trolley, "take", slowly)
    first = asyncio.create_task(move(shop, opened, HERE, 1, [MUG]))
    await under_way.wait()
    second = await move(shop, opened, THERE, 2)
    assert (codes(second), second.moved) == (["WISHLIST_ITEM_LEAVING"], (PLATE,))
    assert ((await first).problems, (await first).moved) == ((), (MUG,))
    assert (shop.trolley.goods_in(HERE), shop.trolley.goods_in(THERE)) == ([("mug", 1)], [("plate", 1)])
    assert skus(await shop.lists.get(shop.viewer, *opened)) == []
    again = await move(shop, opened, THERE, 2)
    assert (codes(again), again.moved) == (["WISHLIST_ITEM_LEAVING"], (PLATE,))


async def test_the_problem_names_the_item_and_its_place_in_the_call(shop: Shop) -> None:
    opened = await shop.a_list("Birthday", "mug", "plate")
    shop.trolley.breaks = 1
    with pytest.raises(Unavailable):
        await move(shop, opened, HERE, 1, [MUG])
    (problem,) = (await move(shop, opened, THERE, 2, [PLATE, MUG])).problems
    assert isinstance(problem, ItemLeaving)
    assert (problem.item, problem.path) == (MUG, ("input", "items", "1"))
    key, id = opened
    data = await shop.run(
        f"""mutation {{ moveWishlistToCart(input: {{
            idempotencyKey: "{UUID}-3", key: "{key}", id: "{id}", cart: "{THERE}" }}) {{
          problems {{ code path ... on WishlistItemLeaving {{ itemId }} }} }} }}"""
    )
    told = {"code": "WISHLIST_ITEM_LEAVING", "path": ["input"], "itemId": MUG}
    assert data["moveWishlistToCart"]["problems"] == [told]


class Died(BaseException):
    """Of the process: nothing of it runs on."""


def die_at(shop: Shop, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the next move die where it has written down what leaves, when the cart has it, or when the list is rid of
    it and nobody has heard of that."""
    take, tell, stay = shop.trolley.take, shop.lists.tell_dropped, WishlistChange.stay

    async def before_the_cart(*_: Any) -> Any:
        raise Died

    async def behind_the_cart(*given: Any) -> Any:
        await take(*given)
        raise Died

    async def inside_the_change(change: WishlistChange, *given: Any) -> Any:
        await stay(change, *given)
        raise Died

    async def behind_the_list(*given: Any) -> Any:
        await tell(*given)
        raise Died

    if step == "written down":
        monkeypatch.setattr(shop.trolley, "take", before_the_cart)
    elif step == "in the cart":
        monkeypatch.setattr(shop.trolley, "take", behind_the_cart)
    elif step == "nearly off the list":
        monkeypatch.setattr(WishlistChange, "stay", inside_the_change)
    else:
        monkeypatch.setattr(shop.lists, "tell_dropped", behind_the_list)


@pytest.mark.parametrize("step", ["written down", "in the cart", "nearly off the list", "off the list"])
@pytest.mark.parametrize("number", [1, 2], ids=["the same call", "another call"])
async def test_a_move_killed_at_any_step_is_ended_by_the_next_into_that_cart_and_by_none_into_another(
    shop: Shop, step: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await shop.a_list("Birthday", "mug", "pan")
    with monkeypatch.context() as dying:
        die_at(shop, step, dying)
        with pytest.raises(Died):
            await move(shop, opened, HERE, 1, [MUG])
    off = step == "off the list"
    assert skus(await shop.lists.get(shop.viewer, *opened)) == (["pan"] if off else ["mug", "pan"])
    assert codes(await move(shop, opened, THERE, 3)) == ([] if off else ["WISHLIST_ITEM_LEAVING"])
    assert shop.trolley.goods_in(THERE) == [("pan", 1)]
    assert codes(await move(shop, opened, HERE, number, [MUG])) == (["INVALID_INPUT"] if off and number == 2 else [])
    assert skus(await shop.lists.get(shop.viewer, *opened)) == []
    assert (shop.trolley.goods_in(HERE), shop.trolley.goods_in(THERE)) == ([("mug", 1)], [("pan", 1)])


async def test_what_comes_onto_the_list_behind_a_move_stays_there(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = await shop.a_list("Birthday", "mug")
    with monkeypatch.context() as dying:
        die_at(shop, "in the cart", dying)
        with pytest.raises(Died):
            await move(shop, opened, HERE, 1)
    taken_off = WishlistInput("off", Kind.REMOVE_ITEM, item=MUG)
    await shop.lists.apply(shop.viewer, *opened, [taken_off, add("again", "mug", quantity="2")])
    repeated = await move(shop, opened, HERE, 1)
    assert (codes(repeated), skus(repeated.shown)) == (["WISHLIST_ITEM_LEAVING"], ["mug"])
    assert (await move(shop, opened, THERE, 2)).moved == (MUG,)
    assert skus((await move(shop, opened, HERE, 1)).shown) == []
    assert (shop.trolley.goods_in(HERE), shop.trolley.goods_in(THERE)) == ([("mug", 1)], [("mug", 2)])


async def test_an_item_that_leaves_goes_as_it_was_sent_whatever_became_of_it(shop: Shop) -> None:
    opened = await shop.a_list("Birthday", "mug")
    shop.trolley.breaks = 1
    with pytest.raises(Unavailable):
        await move(shop, opened, HERE, 1)
    await shop.lists.apply(shop.viewer, *opened, [add("more", "mug", quantity="9")])
    assert (await move(shop, opened, HERE, 2)).moved == (MUG,)
    assert shop.trolley.goods == [("mug", 1)]


async def test_what_a_cart_refused_may_go_into_another_and_then_not_into_the_first(shop: Shop) -> None:
    opened = await shop.a_list("Birthday", "mug", "plate")
    assert codes(await move(shop, opened, "no cart", 1)) == ["CART_NOT_FOUND"]
    shop.trolley.full = {"mug"}
    assert (await move(shop, opened, HERE, 2)).moved == (PLATE,)
    shop.trolley.full = set()
    assert (await move(shop, opened, THERE, 3)).moved == (MUG,)
    late = await move(shop, opened, HERE, 2)
    assert (codes(late), late.moved) == (["WISHLIST_ITEM_LEAVING"], (PLATE,))
    assert (shop.trolley.goods_in(HERE), shop.trolley.goods_in(THERE)) == ([("plate", 1)], [("mug", 1)])


async def test_a_late_repetition_takes_nothing_off_that_came_after_it(shop: Shop) -> None:
    opened = await shop.a_list("Birthday", "mug")
    await move(shop, opened, HERE, 1)
    await shop.lists.apply(shop.viewer, *opened, [add("again", "mug")])
    repeated = await move(shop, opened, HERE, 1)
    assert (codes(repeated), skus(repeated.shown), shop.trolley.goods) == ([], ["mug"], [("mug", 1)])


async def test_what_is_kept_goes_into_as_many_carts_as_are_named(shop: Shop) -> None:
    opened = await shop.a_list("Birthday", "mug")
    for number, cart in enumerate((HERE, THERE, THERE)):
        assert codes(await move(shop, opened, cart, number, keep=True)) == []
    assert (shop.trolley.goods_in(HERE), shop.trolley.goods_in(THERE)) == ([("mug", 1)], [("mug", 1), ("mug", 1)])
