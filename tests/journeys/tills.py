"""Tills that come again: what they were told is kept, with every cursor, over as many lines as it takes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx
import websockets

from tests.journeys.client import Shop

STOCK = """
subscription ($skus: [ID!]!, $sources: [ID!]!, $after: String) {
  stockChanged(skus: $skus, sources: $sources, after: $after) {
    kind cursor items { sku availability { sources { source { id } onHand } } }
  }
}
"""
PLACES = """
{ sources { id } products(first: 100) { edges { node { sku availability { sources { source { id } } } } } } }
"""
COUNT = """
mutation ($input: SetStockLevelsInput!) { setStockLevels(input: $input) { changed problems { message } } }
"""
_ENDS = (websockets.WebSocketException, OSError, EOFError, TimeoutError)
PATIENCE = 30.0


class Till:
    """Follows the stock of some skus at one source, and subscribes again with its cursor however its line ends."""

    def __init__(self, shop: Shop, skus: Sequence[str], source: str) -> None:
        self.shop = shop
        self.counts: dict[str, str] = {}
        """What it holds to be true: pieces on hand by sku."""
        self.told: set[tuple[str, str]] = set()
        """Everything it was ever told."""
        self.kinds: list[str] = []
        self.cursors: list[str] = []
        self.codes: list[int] = []
        """With which its lines were closed; none for one that just broke."""
        self._variables = {"skus": list(skus), "sources": [source]}
        self._source = source

    async def run(self) -> None:
        """Follows until it is cancelled."""
        while True:
            try:
                await self._follow()
            except websockets.ConnectionClosed as closed:
                if closed.rcvd is not None:
                    self.codes.append(closed.rcvd.code)
            except _ENDS:
                pass
            await asyncio.sleep(0.05)

    async def began(self) -> None:
        """Returns when it has its first snapshot; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not self.cursors:  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.02)

    async def heard(self, counts: dict[str, str]) -> None:
        """Returns when it holds these to be true; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not counts.items() <= self.counts.items():  # noqa: ASYNC110 - it may be on any of its lines
                await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        after = self.cursors[-1] if self.cursors else None
        async with self.shop.subscribe(STOCK, **self._variables, after=after) as events:
            while (message := await events.message())["type"] == "next":
                if message["payload"].get("errors"):
                    return
                self._take(message["payload"]["data"]["stockChanged"])

    def _take(self, event: dict[str, Any]) -> None:
        self.kinds.append(event["kind"])
        self.cursors.append(event["cursor"])
        for item in event["items"]:
            for level in (item["availability"] or {}).get("sources") or []:
                if level["source"]["id"] == self._source:
                    self.counts[item["sku"]] = level["onHand"]
                    self.told.add((item["sku"], level["onHand"]))


def positions(cursors: Sequence[str]) -> list[tuple[str, int, int]]:
    """Where in the stream cursors stand: epoch, milliseconds, number."""
    # What follows the wave is not the stream's.
    parts = (cursor.partition("~")[0].split("-") for cursor in cursors)
    return [(epoch, int(milliseconds), int(number)) for epoch, milliseconds, number in parts]


async def some_places(shop: Shop, count: int) -> tuple[str, list[str]]:
    """A source, and so many skus that it has."""
    data = await shop.run(PLACES)
    tiles = [edge["node"] for edge in data["products"]["edges"]]
    for source in (one["id"] for one in data["sources"]):
        skus = [tile["sku"] for tile in tiles if source in _sources(tile)]
        if len(skus) >= count:
            return source, skus[:count]
    raise AssertionError(f"no source has {count} of the first hundred products")


async def set_count(shop: Shop, sku: str, source: str, on_hand: str) -> None:
    """A count that is sent until it is acknowledged, as a warehouse's system does; raises TimeoutError."""
    levels = [{"sku": sku, "source": source, "onHand": on_hand}]
    wish = {"idempotencyKey": str(uuid.uuid4()), "reason": "count", "levels": levels}
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(httpx.HTTPError, ValueError):
                answer = await shop.ask(COUNT, input=wish)
                if not answer.get("errors"):
                    assert not answer["data"]["setStockLevels"]["problems"], answer
                    return
            await asyncio.sleep(0.05)


def _sources(tile: dict[str, Any]) -> set[str]:
    levels = (tile["availability"] or {}).get("sources") or []
    return {level["source"]["id"] for level in levels}
