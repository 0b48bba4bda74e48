"""Following a list over the feed and the relay that run in production: changes, news, and the end of a right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from modules.kernel.errors import BadUserInput
from modules.kernel.feed import ChangeKind, Delivery
from modules.kernel.moments import to_us
from modules.kernel.names import Sku
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.wishlists.model.access import Access
from modules.wishlists.model.lists import product_item
from modules.wishlists.service.lists import Seen, until
from modules.wishlists.service.watching import WatchInput
from tests.wishlists.shop import STOCK, UUID, Shop, add, skus

DOCUMENT = """
subscription ($key: String, $after: String) {
  wishlistChanged(key: $key, after: $after) {
    kind cursor by what wishlist { items { product { title } } } news { sku kind new { amount } }
  }
}
"""


@pytest.fixture
def shop(database: Database, relay: Relay) -> Shop:
    return Shop(database)


@asynccontextmanager
async def events(shop: Shop, feed: StreamFeed, key: str, after: str | None = None) -> AsyncIterator[Any]:
    """What a subscriber gets, one after the other."""
    found = await shop.schema.subscribe(DOCUMENT, {"key": key, "after": after}, shop.context(feed))
    assert hasattr(found, "__anext__"), found

    async def following() -> AsyncIterator[dict[str, Any]]:
        async for result in found:
            assert result.errors is None, result.errors
            assert result.data
            yield result.data["wishlistChanged"]

    async with asyncio.timeout(20):
        try:
            yield following()
        finally:
            await found.aclose()


async def test_every_device_sees_what_another_did_and_who_missed_it_resumes(shop: Shop, feed: StreamFeed) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    async with events(shop, feed, key) as seen:
        assert (await anext(seen))["kind"] == "SNAPSHOT"
        await shop.lists.apply(shop.viewer, key, id, [add("b", "plate")], "till 3")
        event = await anext(seen)
        while event["what"] != ["addItems"] or event["by"] != "till 3":  # the first adding may come behind the snapshot
            event = await anext(seen)
    assert [item["product"]["title"] for item in event["wishlist"]["items"]] == ["Title of mug", "Title of plate"]
    await shop.lists.apply(shop.viewer, key, id, [add("c", "pan")])
    async with events(shop, feed, key, event["cursor"]) as seen:
        again = await anext(seen)
        while again["what"] != ["addItems"]:
            again = await anext(seen)
    assert len(again["wishlist"]["items"]) == 3


async def test_news_come_each_by_itself_to_the_owner_and_to_no_link(shop: Shop, feed: StreamFeed) -> None:
    key, id = await shop.a_list("Birthday", "mug", "plate")
    shop.shelf.out = {"mug", "plate"}
    inputs = [WatchInput(product_item(Sku(sku)), True, True) for sku in ("mug", "plate")]
    await shop.watches.watch(shop.viewer, key, id, inputs)
    link = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-9")
    assert link.key
    async with events(shop, feed, key) as owner, events(shop, feed, link.key) as guest:
        await anext(owner)
        await anext(guest)
        shop.shelf.out = set()
        for sku in ("mug", "plate"):  # two looks: the second must not replace the first before it is delivered
            await shop.looking.heard(STOCK, [Sku(sku)], "cursor")
        news: list[dict[str, Any]] = []
        while len(news) < 2:
            news += (await anext(owner))["news"]
        assert [each["sku"] for each in news] == ["mug", "plate"]
        await shop.lists.apply(shop.viewer, key, id, [add("z", "pan")])
        event = await anext(guest)
        while event["what"] != ["addItems"]:
            assert (event["what"], event["news"]) == ([], [])
            event = await anext(guest)


async def the_rest(sightings: AsyncIterator[Seen]) -> list[Seen]:
    async with asyncio.timeout(20):
        return [seen async for seen in sightings]


@pytest.mark.parametrize("end", ["revoked", "deleted", "claimed"])
async def test_a_subscription_ends_with_the_right_to_it(shop: Shop, feed: StreamFeed, end: str) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    link = await shop.sharing.share(shop.viewer, key, id, Access.READ, f"{UUID}-9")
    assert link.shown
    used = key if end == "claimed" else link.key
    async with shop.lists.follow(shop.viewer, feed, used, None, None) as sightings:
        first = await anext(sightings)
        assert (first.delivery.kind, skus(first.shown)) == (ChangeKind.SNAPSHOT, ["mug"])
        if end == "revoked":
            await shop.sharing.revoke(shop.viewer, key, id, (link.shown.links or ())[0].id)
        elif end == "deleted":
            await shop.lists.delete(shop.viewer, key, id)
        elif end == "claimed":
            shop.be("anna")
            await shop.sharing.claim(shop.viewer, key)
        await the_rest(sightings)


async def test_deliveries_end_when_the_right_does_although_nothing_happens() -> None:
    async def never() -> AsyncIterator[Delivery]:
        await asyncio.Event().wait()
        yield Delivery(ChangeKind.CHANGE, "")

    soon = to_us(datetime.now(UTC)) + 50_000
    async with asyncio.timeout(20):
        assert [delivery async for delivery in until(never(), soon)] == []


async def test_what_opens_nothing_cannot_be_followed(shop: Shop, feed: StreamFeed) -> None:
    key, _ = await shop.a_list()
    for wrong, id in ((key, "another"), ("x" * 32, None), (None, None)):
        with pytest.raises(BadUserInput):
            async with shop.lists.follow(shop.viewer, feed, wrong, id, None):
                pass
