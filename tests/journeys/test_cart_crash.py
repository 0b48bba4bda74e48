"""kill -9 of the gateway and of its Redis at random moments under load: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import uuid
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop
from tests.journeys.test_crash import CREATE, LISTING, redis_child, until_acknowledged, until_ready

DEVICES = 6
ADD = """
mutation ($key: String!, $id: ID!, $sku: ID!) {
  applyCartOperations(
    input: { key: $key, operations: [{ id: $id, operation: { addLine: { sku: $sku, quantity: "1" } } }] }
  ) { applied problems { code message } }
}
"""
HISTORY = """
query ($key: String!, $after: String) {
  cart(key: $key) {
    version
    lines { quantity }
    history(first: 100, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage } }
  }
}
"""


@dataclass
class Device:
    """Adds one piece after the other to its cart, and again when it has heard nothing, as a client does."""

    key: str
    sku: str
    asked: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    async def run(self, shop: Shop, all_of_them: list[str]) -> None:
        """Until it is cancelled."""
        while True:
            id = uuid.uuid4().hex
            self.asked.append(id)
            while not await self._add(shop, id):  # noqa: ASYNC110 - it knows no event, as real clients know none
                await asyncio.sleep(0.05)
            self.acknowledged.append(id)
            all_of_them.append(id)

    async def _add(self, shop: Shop, id: str) -> bool:
        try:
            answer = await shop.ask(ADD, key=self.key, id=id, sku=self.sku)
        except (httpx.HTTPError, ValueError):
            return False
        done = (answer.get("data") or {}).get("applyCartOperations") or {"applied": []}
        applied: list[str] = done["applied"]
        return applied == [id]


async def history(shop: Shop, key: str) -> tuple[list[str], int, int]:
    """Ids of all operations, pieces, version."""
    ids: list[str] = []
    after = None
    while True:
        cart = (await shop.run(HISTORY, key=key, after=after))["cart"]
        edges = cart["history"]["edges"]
        ids += [edge["node"]["id"] for edge in edges]
        if not cart["history"]["pageInfo"]["hasNextPage"]:
            return ids, sum(int(line["quantity"]) for line in cart["lines"]), cart["version"]
        after = edges[-1]["cursor"]


async def kill(gateway: GatewayProcess, chance: random.Random) -> None:
    """Either of the two, and waits until it is back."""
    if chance.random() < 0.5:
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(gateway.start)
    else:
        os.kill(redis_child(gateway), signal.SIGKILL)
        await asyncio.to_thread(until_ready, gateway)


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.slow)])
async def test_kills_at_random_moments_lose_and_double_nothing(own_gateway: GatewayProcess, rounds: int) -> None:
    shop, chance = Shop(own_gateway.url), random.Random(rounds)
    sku = (await shop.run(LISTING))["products"]["edges"][0]["node"]["sku"]
    keys = [(await shop.run(CREATE, key=str(uuid.uuid4())))["createCart"]["key"] for _ in range(DEVICES // 2)]
    devices = [Device(keys[index % len(keys)], sku) for index in range(DEVICES)]
    done: list[str] = []
    running = [asyncio.create_task(device.run(shop, done)) for device in devices]
    for _ in range(rounds):
        await until_acknowledged(done, len(done) + chance.randint(2, 12))
        await kill(own_gateway, chance)
    await until_acknowledged(done, len(done) + DEVICES)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for key in keys:
        mine = [device for device in devices if device.key == key]
        ids, pieces, version = await history(shop, key)
        assert max(Counter(ids).values()) == 1, "nothing is there twice"
        assert {id for device in mine for id in device.acknowledged} <= set(ids), "nothing acknowledged is lost"
        assert set(ids) <= {id for device in mine for id in device.asked}
        assert (pieces, version) == (len(ids), len(ids) + 1)
