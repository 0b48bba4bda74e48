"""Following a session over the feed and the relay that run in production: each sees what the others do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modules.configurator.events import ModelChanged
from modules.configurator.model.keys import Right
from modules.configurator.service.door import Handle
from modules.configurator.service.sharing import LinkWish
from modules.kernel.errors import BadUserInput
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.configurator.builders import DOOR
from tests.configurator.shop import UUID, Shop, a_door, a_shop

DOCUMENT = """
subscription ($key: String, $after: String) {
  configurationChanged(key: $key, after: $after) {
    kind cursor by what
    session { version state stale characteristics { id options { id possible } assignment { value } } }
    news { assignments { characteristic after { value } } offers { characteristic fewer more } }
  }
}
"""


@pytest.fixture
async def shop(database: Database, relay: Relay) -> AsyncIterator[Shop]:
    async with a_shop(database, a_door()) as shop:
        yield shop


@asynccontextmanager
async def events(shop: Shop, feed: StreamFeed, key: str, after: str | None = None) -> AsyncIterator[Any]:
    """What a subscriber gets, one after the other."""
    found = await shop.schema.subscribe(DOCUMENT, {"key": key, "after": after}, shop.context(feed))
    assert hasattr(found, "__anext__"), found

    async def following() -> AsyncIterator[dict[str, Any]]:
        async for result in found:
            assert result.errors is None, result.errors
            assert result.data
            yield result.data["configurationChanged"]

    async with asyncio.timeout(20):
        try:
            yield following()
        finally:
            await found.aclose()


async def until(seen: AsyncIterator[dict[str, Any]], *what: str) -> dict[str, Any]:
    """The next event of this kind: what was done just before may come behind the snapshot."""
    async for event in seen:
        if event["what"] == list(what):
            return event
    raise AssertionError("it ended")


async def a_link(shop: Shop, key: str, right: Right, expires_at: datetime | None = None) -> str:
    made = await shop.sharing.share(shop.viewer, Handle(key), LinkWish(right, expires_at=expires_at), f"{UUID}-{right}")
    assert made.key
    return made.key


async def settle(shop: Shop) -> None:
    """Waits until all that was done is in the stream, so that it comes before a snapshot."""
    while await shop.database.read("SELECT id FROM runtime_outbox"):  # noqa: ASYNC110 - the relay says nothing
        await asyncio.sleep(0.01)


def glass(event: dict[str, Any]) -> list[bool]:
    (found,) = [one for one in event["session"]["characteristics"] if one["id"] == "GLASS"]
    return [option["possible"] for option in found["options"]]


async def test_customer_and_adviser_see_the_valid_values_after_what_either_did(shop: Shop, feed: StreamFeed) -> None:
    key, _ = await shop.open()
    link = await a_link(shop, key, Right.EDIT)
    await settle(shop)
    async with events(shop, feed, key) as customer, events(shop, feed, link) as adviser:
        for seen in (customer, adviser):
            first = await anext(seen)
            assert (first["kind"], glass(first)) == ("SNAPSHOT", [True, True])
        await shop.choose(link, ("COLOUR", "RED"))
        for seen in (customer, adviser):
            event = await until(seen, "choose")
            assert (event["kind"], event["by"], glass(event)) == ("CHANGE", "shopper", [False, True])
            assert {"characteristic": "GLASS", "fewer": ["YES"], "more": []} in event["news"]["offers"]
        await shop.choose(key, ("COLOUR", None))
        for seen in (customer, adviser):
            assert glass(await until(seen, "unset")) == [True, True]


async def test_when_the_model_changes_everybody_hears_that_the_session_is_stale(
    shop: Shop, feed: StreamFeed, database: Database
) -> None:
    key, _ = await shop.open()
    await settle(shop)
    async with events(shop, feed, key) as seen:
        first = await anext(seen)
        shop.workshop.release(replace(a_door(), version=2, rules=()))
        changed: dict[str, Any] = {
            "part": DOOR,
            "revision": 1,
            "content_version": 2,
            "content_hash": "",
            "status": "released",
        }
        async with database.transaction() as tx:
            tx.emit([ModelChanged(version=2, phase_in="2026-01-01", **changed)])
            tx.emit([ModelChanged(version=1, phase_in="2026-01-01", **changed | {"part": "GATE"})])
        event = await anext(seen)
    assert (event["kind"], event["what"], event["by"]) == ("CHANGE", ["model"], None)
    assert (event["cursor"], event["session"]["stale"]) == (first["cursor"], True)


async def test_who_was_away_resumes_and_misses_nothing(shop: Shop, feed: StreamFeed) -> None:
    key, _ = await shop.open()
    async with events(shop, feed, key) as seen:
        await anext(seen)
        await shop.choose(key, ("LOCK", "SAFE"))
        cursor = (await until(seen, "choose"))["cursor"]
    await shop.choose(key, ("COLOUR", "RED"))
    async with events(shop, feed, key, cursor) as seen:
        event = await until(seen, "choose")
        assert (event["kind"], event["session"]["version"]) == ("CHANGE", 3)


async def test_a_cursor_of_another_history_gets_the_state_of_now(shop: Shop, feed: StreamFeed) -> None:
    key, _ = await shop.open()
    async with events(shop, feed, key) as seen:
        cursor = (await anext(seen))["cursor"]
    epoch, _, rest = cursor.partition(".")
    other = ("0" if epoch[0] != "0" else "1") + epoch[1:] + ("." + rest if rest else "")
    async with events(shop, feed, key, other) as seen:
        assert (await anext(seen))["kind"] == "RESYNC"


async def test_when_a_link_is_revoked_whoever_follows_by_it_is_sent_away(shop: Shop, feed: StreamFeed) -> None:
    key, opened = await shop.open()
    link = await a_link(shop, key, Right.READ)
    (held,) = await shop.store.links(opened.session.id)
    async with events(shop, feed, link) as seen:
        await anext(seen)
        await shop.sharing.revoke(shop.viewer, Handle(key), held.id)
        assert [event async for event in seen if event["what"] != ["sharing"] and event["what"] != ["open"]] == []


async def test_a_link_that_ends_ends_its_subscription(shop: Shop, feed: StreamFeed) -> None:
    key, _ = await shop.open()
    link = await a_link(shop, key, Right.READ, datetime.now(UTC) + timedelta(seconds=1.5))
    async with events(shop, feed, link) as seen:
        kinds = [event["kind"] async for event in seen]
    assert kinds[0] == "SNAPSHOT"


async def test_what_opens_nothing_cannot_be_followed(shop: Shop, feed: StreamFeed) -> None:
    with pytest.raises(BadUserInput):
        async with shop.following.follow(shop.viewer, feed, Handle("x" * 32), None):
            pass
