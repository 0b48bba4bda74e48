"""Lists of guests and customers, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from modules.kernel.configuration import Configuration
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Unauthenticated, Unavailable, UnknownSku
from modules.kernel.moments import from_us
from modules.kernel.names import ConfigurationId, Sku
from modules.runtime.database import Database
from modules.wishlists.engine.intake import GoodsInput, WishlistInput
from modules.wishlists.model.access import MOST_LINKS, Access, LinkNotFound
from modules.wishlists.model.lists import (
    MOST_LISTS,
    Kind,
    WishlistLimit,
    WishlistNotFound,
    WishlistReadOnly,
    product_item,
)
from modules.wishlists.service.lists import Shown
from tests.wishlists.shop import UUID, Shop, add, skus

MUG, PLATE = product_item("mug"), product_item("plate")


@pytest.fixture
async def shop(database: Database) -> Shop:
    return Shop(database)


async def test_a_guest_gets_one_key_for_all_lists_and_the_same_when_asking_again(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday")
    again = await shop.lists.create(shop.viewer, "Birthday", f"{UUID}-0")
    assert (again.key, again.shown and again.shown.wishlist.id) == (key, id)
    second = await shop.lists.create(shop.viewer, "Kitchen", f"{UUID}-1", key)
    assert second.key is None
    assert [each.wishlist.state.name for each in await shop.lists.lists(shop.viewer, key)] == ["Birthday", "Kitchen"]
    stranger, _ = await shop.a_list("Mine", number=2)
    assert stranger != key


async def test_a_key_is_kept_as_a_hash_only(shop: Shop) -> None:
    key, _ = await shop.a_list()
    tables = [name for (name,) in await shop.database.read(TABLES[shop.database.dialect])]
    dump = [repr(await shop.database.read(f'SELECT * FROM "{name}"')) for name in tables]
    assert "wishlists_key" in tables
    assert not [text for text in dump if key in text]


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
}


async def test_a_customer_finds_the_lists_again_anywhere(shop: Shop) -> None:
    shop.be("anna")
    made = await shop.lists.create(shop.viewer, "Mine", f"{UUID}-0")
    assert (made.key, made.problems) == (None, ())
    assert [each.wishlist.state.name for each in await Shop(shop.database).lists.lists(shop.viewer, None)] == ["Mine"]
    shop.be("bert")
    assert await shop.lists.lists(shop.viewer, None) == []
    assert made.shown
    assert await shop.lists.get(shop.viewer, None, made.shown.wishlist.id) is None


@pytest.mark.parametrize("key", ["", "short", "x" * 32, "\ud800" * 32, None])
async def test_what_opens_nothing_is_told_apart_from_nothing_else(shop: Shop, key: str | None) -> None:
    _, id = await shop.a_list()
    assert await shop.lists.lists(shop.viewer, key) == []
    done = await shop.lists.apply(shop.viewer, key, id, [add("a", "mug")])
    assert ([type(each) for each in done.problems], done.shown) == ([WishlistNotFound], None)


async def test_a_key_opens_no_list_of_others(shop: Shop) -> None:
    key, _ = await shop.a_list()
    _, foreign = await shop.a_list("Foreign", "mug", number=1)
    assert await shop.lists.get(shop.viewer, key, foreign) is None
    for done in (
        (await shop.lists.apply(shop.viewer, key, foreign, [add("a", "pan")])).problems,
        await shop.lists.delete(shop.viewer, key, foreign),
        (await shop.lists.order(shop.viewer, key, [foreign]))[1],
        (await shop.sharing.share(shop.viewer, key, foreign, Access.READ, f"{UUID}-9")).problems,
        (await shop.moving.move(shop.viewer, key, foreign, "the cart", f"{UUID}-9")).problems,
        (await shop.watches.watch(shop.viewer, key, foreign, [])).problems,
        (await shop.watches.unwatch(shop.viewer, key, foreign, [])).problems,
    ):
        assert [type(each) for each in done] == [WishlistNotFound]


async def test_operations_are_done_once_and_single_ones_are_refused_with_their_path(shop: Shop) -> None:
    key, id = await shop.a_list()
    calls = [
        add("a", "mug", "plate"),
        add("b", "mugg"),
        add("c", "cheese", quantity="0.5"),
        add("d", "mug", quantity="0.5"),
    ]
    done = await shop.lists.apply(shop.viewer, key, id, [*calls, WishlistInput("e e", Kind.RENAME, text="N")])
    assert done.applied == ("a", "c")
    assert [(type(each), each.path[2:]) for each in done.problems] == [
        (UnknownSku, ("1", "operation", "addItems", "0", "sku")),
        (InvalidInput, ("3", "operation", "addItems", "0", "quantity")),
        (InvalidInput, ("4", "id")),
    ]
    again = await shop.lists.apply(shop.viewer, key, id, calls)
    assert (again.applied, skus(again.shown)) == (("a", "c"), ["mug", "plate", "cheese"])
    assert again.shown
    assert done.shown
    assert again.shown.wishlist.version == done.shown.wishlist.version == 3
    clash = await shop.lists.apply(shop.viewer, key, id, [add("a", "pan")])
    assert [type(each) for each in clash.problems] == [IdempotencyConflict]


async def test_two_devices_at_once_lose_nothing_and_meet_no_conflict(shop: Shop) -> None:
    key, id = await shop.a_list()
    calls = [[add(f"{device}-{n}", sku)] for device, sku in enumerate(("mug", "plate", "pan")) for n in range(4)]
    done = await asyncio.gather(*(shop.lists.apply(shop.viewer, key, id, call) for call in [*calls, *calls]))
    assert [each.problems for each in done] == [()] * 24
    shown = await shop.lists.get(shop.viewer, key, id)
    assert sorted(skus(shown)) == ["mug", "pan", "plate"]
    assert shown
    assert shown.wishlist.version == 13


async def test_what_was_read_is_what_follows_from_the_operations(shop: Shop) -> None:
    """The rows that pages read are kept beside the operations; they must never tell another story."""
    key, id = await shop.a_list("Birthday", "mug", "plate", "pan")
    steps = [
        WishlistInput("m", Kind.MOVE_ITEM, item=product_item("pan")),
        WishlistInput("t", Kind.ADD_TEXT, text="or something red"),
        WishlistInput("s", Kind.SET_ITEM, item=MUG, quantity="4", note="blue"),
        WishlistInput("r", Kind.REMOVE_ITEM, item=PLATE),
        WishlistInput("n", Kind.RENAME, text="Christmas"),
    ]
    for step in steps:
        await shop.lists.apply(shop.viewer, key, id, [step])
        shown = await shop.lists.get(shop.viewer, key, id)
        assert shown
        async with shop.store.change() as change:
            held = await change.hold(id, shown.wishlist.owner)
        assert held
        assert ([wish.item for wish in shown.wishes], shown.wishlist.state.name) == (
            list(held.state.items),
            held.state.name,
        )
    assert skus(shown) == ["pan", "mug", "or something red"]


async def test_a_wish_remembers_what_it_cost_and_nobody_who_can_tell_hinders_no_wish(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    shop.shelf.cents["mug"] = 500
    await shop.lists.apply(shop.viewer, key, id, [add("again", "mug", quantity="2")])
    shop.shelf.answers = False
    done = await shop.lists.apply(shop.viewer, key, id, [add("b", "pan")])
    assert done.shown
    assert [(wish.item.sku, wish.micros, wish.currency) for wish in done.shown.wishes] == [
        ("mug", 9_500_000, "EUR"),
        ("pan", None, None),
    ]


async def test_lists_are_ordered_limited_and_deleted_with_all_that_hangs_on_them(shop: Shop) -> None:
    shop.be("anna")
    made = await asyncio.gather(
        *(shop.lists.create(shop.viewer, f"L{n}", f"{UUID}-{n}") for n in range(MOST_LISTS + 2))
    )
    refused = [each.problems[0] for each in made if each.problems]
    assert [(type(each), getattr(each, "limit", 0)) for each in refused] == [(WishlistLimit, MOST_LISTS)] * 2
    held = [each.wishlist.id for each in await shop.lists.lists(shop.viewer, None)]
    shown, problems = await shop.lists.order(shop.viewer, None, [held[9], held[4]])
    assert problems == ()
    assert [each.wishlist.id for each in shown][:3] == [held[9], held[4], held[0]]
    assert await shop.lists.delete(shop.viewer, None, held[9]) == ()
    assert [type(each) for each in await shop.lists.delete(shop.viewer, None, held[9])] == [WishlistNotFound]
    assert len(await shop.lists.lists(shop.viewer, None)) == MOST_LISTS - 1


async def test_a_page_of_lists_is_as_many_statements_as_one(shop: Shop) -> None:
    key, _ = await shop.a_list("One", "mug")
    counts = []
    for number in range(1, 4):
        before = shop.database.statements
        assert len(await shop.lists.lists(shop.viewer, key)) == number
        counts.append(shop.database.statements - before)
        await shop.lists.create(shop.viewer, f"L{number}", f"{UUID}-{number}", key)
    assert counts == [3, 3, 3]


async def test_a_link_reads_or_edits_one_list_until_it_ends(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    await shop.lists.create(shop.viewer, "Secret", f"{UUID}-5", key)
    read = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-1", "Grandma")
    edit = await shop.sharing.share(shop.viewer, key, id, Access.EDIT, f"{UUID}-2")
    assert read.key != edit.key
    assert (await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-1", "Grandma")).key == read.key
    seen = await shop.lists.lists(shop.viewer, read.key)
    assert [(each.wishlist.state.name, each.access, each.links) for each in seen] == [("Birthday", Access.READ, None)]
    denied = await shop.lists.apply(shop.viewer, read.key, None, [add("x", "pan")])
    assert [type(each) for each in denied.problems] == [WishlistReadOnly]
    done = await shop.lists.apply(shop.viewer, edit.key, None, [add("x", "pan")])
    assert (done.problems, skus(done.shown)) == ((), ["mug", "pan"])
    for refused in (
        (await shop.sharing.share(shop.viewer, edit.key, id, Access.EDIT, f"{UUID}-3")).problems,
        await shop.lists.delete(shop.viewer, edit.key, id),
        (await shop.watches.watch(shop.viewer, edit.key, id, [])).problems,
        (await shop.lists.order(shop.viewer, edit.key, [id]))[1],
    ):
        assert [type(each) for each in refused] == [WishlistReadOnly]
    (link,) = [each for each in edit.shown.links or () if each.access is Access.READ] if edit.shown else []
    assert (link.label, link.expires_us) == ("Grandma", None)
    assert (await shop.sharing.revoke(shop.viewer, key, id, link.id)).problems == ()
    assert await shop.lists.lists(shop.viewer, read.key) == []
    again = await shop.sharing.revoke(shop.viewer, key, id, link.id)
    assert [type(each) for each in again.problems] == [LinkNotFound]


async def test_a_link_opens_none_of_its_owners_other_lists(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    secret = (await shop.lists.create(shop.viewer, "Secret", f"{UUID}-5", key)).shown
    assert secret
    other = secret.wishlist.id
    edit = (await shop.sharing.share(shop.viewer, key, id, Access.EDIT, f"{UUID}-2")).key
    assert edit
    assert await shop.lists.get(shop.viewer, edit, other) is None
    denied = [
        (await shop.lists.apply(shop.viewer, edit, other, [add("x", "pan")])).problems,
        (await shop.moving.move(shop.viewer, edit, other, "the cart", f"{UUID}-3")).problems,
        (await shop.moving.move(shop.viewer, edit, other, "the cart", f"{UUID}-4", keep=True)).problems,
    ]
    assert [[type(each) for each in problems] for problems in denied] == [[WishlistNotFound]] * 3
    assert await shop.lists.get(shop.viewer, key, other) == secret


async def test_a_link_ends_at_its_moment_and_none_is_made_that_has_ended(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    now = from_us(await shop.database.now_us())
    past = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-1", expires_at=now)
    assert [(type(each), each.path) for each in past.problems] == [(InvalidInput, ("input", "expiresAt"))]
    link = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-2", expires_at=now + timedelta(hours=1))
    assert len(await shop.lists.lists(shop.viewer, link.key)) == 1
    async with shop.database.transaction() as tx:
        await tx.run("UPDATE wishlists_key SET expires_us = 1 WHERE list IS NOT NULL")
    assert await shop.lists.lists(shop.viewer, link.key) == []
    denied = await shop.lists.apply(shop.viewer, link.key, id, [])
    assert [type(each) for each in denied.problems] == [WishlistNotFound]


async def test_links_of_a_list_are_limited(shop: Shop) -> None:
    key, id = await shop.a_list()
    for number in range(MOST_LINKS):
        await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-{number}")
    done = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-last")
    assert [(type(each), done.key) for each in done.problems] == [(WishlistLimit, None)]


async def test_a_customer_claims_a_guests_lists_whose_key_dies_and_whose_links_live(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    link = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-1")
    with pytest.raises(Unauthenticated):
        await shop.sharing.claim(shop.viewer, key)
    shop.be("anna")
    await shop.lists.create(shop.viewer, "Mine", f"{UUID}-2")
    for _ in range(2):  # an answer that was lost is asked for again
        shown, problems = await shop.sharing.claim(shop.viewer, key)
        assert (problems, [each.wishlist.state.name for each in shown]) == ((), ["Mine", "Birthday"])
    assert await shop.lists.lists(shop.viewer, key) == []
    assert [skus(each) for each in await shop.lists.lists(shop.viewer, link.key)] == [["mug"]]
    shop.be("bert")
    shown, problems = await shop.sharing.claim(shop.viewer, key)
    assert ([type(each) for each in problems], list(shown)) == ([WishlistNotFound], [])


async def test_a_claim_that_would_give_a_customer_too_many_lists_is_refused_and_the_guest_keeps_them(
    shop: Shop,
) -> None:
    key, _ = await shop.a_list("Birthday", "mug")
    shop.be("anna")
    for number in range(MOST_LISTS):
        await shop.lists.create(shop.viewer, f"L{number}", f"{UUID}-{number:02}")
    shown, problems = await shop.sharing.claim(shop.viewer, key)
    assert ([type(each) for each in problems], list(shown)) == ([WishlistLimit], [])
    assert [skus(each) for each in await shop.lists.lists(shop.viewer, key)] == [["mug"]]
    assert len(await shop.lists.lists(shop.viewer, None)) == MOST_LISTS


async def moved(
    shop: Shop, key: str, id: str, number: int, items: list[str] | None = None, keep: bool = False
) -> Shown:
    """The list after a move that was done."""
    done = await shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-{number}", items, keep)
    assert done.problems == ()
    assert done.shown
    return done.shown


async def test_wishes_leave_the_list_when_the_cart_has_them(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug", "plate", "pan")
    await shop.lists.apply(
        shop.viewer, key, id, [WishlistInput("t", Kind.ADD_TEXT, text="x"), add("q", "mug", quantity="3")]
    )
    assert skus(await moved(shop, key, id, 1, [MUG])) == ["plate", "pan", "x"]
    shop.trolley.full = {"pan"}
    done = await shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-2")
    assert (done.moved, len(done.problems), skus(done.shown)) == ((PLATE,), 1, ["pan", "x"])
    shop.trolley.full = set()
    assert skus(await moved(shop, key, id, 3, keep=True)) == ["pan", "x"]
    assert shop.trolley.goods == [("mug", 3), ("plate", 1), ("pan", 1)]


async def test_a_cart_that_is_not_there_takes_nothing_off_the_list(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    done = await shop.moving.move(shop.viewer, key, id, "another", f"{UUID}-1")
    assert [(each.code, each.path) for each in done.problems] == [("CART_NOT_FOUND", ("input", "cart"))]
    wrong = await shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-2", [PLATE])
    assert [(type(each), each.path) for each in wrong.problems] == [(InvalidInput, ("input", "items", "0"))]
    assert skus(await shop.lists.get(shop.viewer, key, id)) == ["mug"]
    other = await shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-1")
    assert [type(each) for each in other.problems] == [IdempotencyConflict]


async def test_two_moves_at_once_move_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key, id = await shop.a_list("Birthday", "mug", "plate")
    takes = asyncio.Barrier(2)
    take = shop.trolley.take

    async def together(*given: Any) -> Any:
        await takes.wait()
        return await take(*given)

    with monkeypatch.context() as at_once:
        at_once.setattr(shop.trolley, "take", together)
        calls = (shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-{number}") for number in (1, 2))
        for done in await asyncio.gather(*calls):
            assert (done.problems, skus(done.shown)) == ((), [])
    assert shop.trolley.goods == [("mug", 1), ("plate", 1)]
    await shop.lists.apply(shop.viewer, key, id, [add("again", "mug")])
    await moved(shop, key, id, 3)
    assert shop.trolley.goods == [("mug", 1), ("plate", 1), ("mug", 1)]


@pytest.mark.parametrize("breaks", [1, 2])
async def test_a_move_that_broke_off_behind_the_cart_is_made_again_and_moves_once(shop: Shop, breaks: int) -> None:
    """The gateway died after the cart had taken them; meanwhile the list was changed."""
    key, id = await shop.a_list("Birthday", "mug", "plate")
    shop.trolley.breaks = breaks
    for _ in range(breaks):
        with pytest.raises(Unavailable):
            await shop.moving.move(shop.viewer, key, id, "the cart", f"{UUID}-1")
    assert skus(await shop.lists.get(shop.viewer, key, id)) == ["mug", "plate"]
    await shop.lists.apply(shop.viewer, key, id, [add("more", "mug", quantity="9"), add("new", "pan")])
    assert skus(await moved(shop, key, id, 1)) == ["pan"]
    assert skus(await moved(shop, key, id, 1)) == ["pan"]
    assert shop.trolley.goods == [("mug", 1), ("plate", 1)]


async def test_a_configuration_that_is_none_of_its_product_is_not_wished_for(shop: Shop) -> None:
    key, id = await shop.a_list()
    shop.shelf.configured = {"red": Configuration(ConfigurationId("red"), Sku("mug"))}
    goods = [GoodsInput("mug", "1", "red"), GoodsInput("plate", "1", "red"), GoodsInput("mug", "1", "lost")]
    inputs = [WishlistInput(f"o{n}", Kind.ADD_ITEMS, None, (each,)) for n, each in enumerate(goods)]
    done = await shop.lists.apply(shop.viewer, key, id, inputs)
    assert done.applied == ("o0",)
    assert [problem.path[2:] for problem in done.problems] == [
        ("1", "operation", "addItems", "0", "configurationId"),
        ("2", "operation", "addItems", "0", "configurationId"),
    ]
