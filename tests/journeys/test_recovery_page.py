"""The page about recovery, followed to the letter while shoppers and checkouts are at work."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from modules.runtime.embedded import EmbeddedServer
from tests.gateway_process import ROOT, GatewayProcess
from tests.journeys.client import Shop, operation
from tests.journeys.test_cart import a_cart, add, apply
from tests.journeys.test_crash import ADD, quantity
from tests.journeys.test_stock_reaches_pos import a_level, count
from tests.postgresql import PostgresqlServer

PAGE = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")
BACKUP, EXAMINE, RESTORE, SERVE = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
HOLD = """
mutation ($key: String!, $sku: ID!) {
  holdStock(input: { idempotencyKey: $key, owner: $key, lines: [{ lineId: "1", sku: $sku, quantity: "1" }] }) {
    reservations { holdId } problems { message }
  }
}
"""
HOLDS = "query ($ids: [ID!]!) { reservations(ids: $ids) { holdId } }"
HISTORY = """
query ($key: String!, $after: String) {
  cart(key: $key) { history(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }
}
"""


@dataclass
class Place:
    """Where the page is followed: the shop's settings before, and those of the new place."""

    room: Path
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    async def follow(self, commands: str, environ: dict[str, str]) -> str:
        """What a shell says to the page's commands, with the names of this place in the place of the page's."""
        here = commands.replace("--data var", f"--data {self.room}/var").replace("backups/", f"{self.room}/backups/")
        process = await asyncio.create_subprocess_exec(
            *(
                "bash",
                "-eu",
                "-c",
                "\n".join(f"export {name}='{value}'" for name, value in environ.items()) + f"\n{here}",
            ),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        assert process.returncode == 0, output
        return output


@contextmanager
def servers(server: PostgresqlServer, room: Path) -> Iterator[Place]:
    """A PostgreSQL and a Redis of before, and empty ones."""
    names = [f"recovery_{uuid.uuid4().hex}" for _ in range(2)]
    redis = [EmbeddedServer(room / name) for name in ("redis.before", "redis.after")]
    for name, one in zip(names, redis, strict=True):
        server.run(f"CREATE DATABASE {name}")
        asyncio.run(one.start())
    secret = uuid.uuid4().hex * 2
    before, after = (
        {"DATABASE_URL": server.named(name), "REDIS_URL": one.url, "COGWERK_SECRET": secret}
        for name, one in zip(names, redis, strict=True)
    )
    try:
        yield Place(room, before, after)
    finally:
        for name, one in zip(names, redis, strict=True):
            asyncio.run(one.stop())
            server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(params=["embedded", "servers"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """On one machine, and with servers of one's own."""
    if request.param == "embedded":
        yield Place(tmp_path)
    elif not shutil.which("pg_dump"):
        pytest.skip("no pg_dump: install PostgreSQL's client programs")
    else:
        with servers(request.getfixturevalue("postgresql_server"), tmp_path) as place:
            yield place


@pytest.fixture
def shop_before(place: Place) -> Iterator[GatewayProcess]:
    """It serves the demo shop until it is lost."""
    process = GatewayProcess(place.room / "var", environ=place.before)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def shop_after(place: Place) -> Iterator[GatewayProcess]:
    """What the page serves at its end."""
    *command, name = SERVE.split()
    assert command == [".venv/bin/python", "-m", "gateway", "serve", "--data"]
    process = GatewayProcess(place.room / name, environ=place.after)
    yield process
    process.stop()


async def keep_adding(shop: Shop, key: str, sku: str, acknowledged: list[str]) -> None:
    """A shopper who never stops."""
    while True:
        name = uuid.uuid4().hex
        try:
            answer = await shop.ask(ADD, key=key, id=name, sku=sku)
        except (httpx.HTTPError, ValueError):
            return
        if not answer.get("errors"):
            acknowledged.append(name)


async def keep_holding(shop: Shop, sku: str, acknowledged: list[str]) -> None:
    """Checkouts that never stop."""
    while True:
        name = uuid.uuid4().hex
        try:
            answer = await shop.ask(HOLD, key=name, sku=sku)
        except (httpx.HTTPError, ValueError):
            return
        if not answer.get("errors"):
            (reservation,) = answer["data"]["holdStock"]["reservations"]
            acknowledged.append(reservation["holdId"])


async def working(*lists: list[str], more: int = 5) -> None:
    """Returns when each of these acknowledged some more."""
    wanted = [len(held) + more for held in lists]
    async with asyncio.timeout(60):
        while any(len(held) < least for held, least in zip(lists, wanted, strict=True)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@dataclass
class Before:
    """A shop at work: what it has acknowledged, and where a till stands."""

    shop: Shop
    operator: Shop
    sku: str
    source: str
    keys: list[str]
    cursor: str
    cart_cursor: str
    carts: list[list[str]]
    holds: list[str] = field(default_factory=list)

    def begin(self) -> list[asyncio.Task[None]]:
        """Shoppers and checkouts."""
        adding = (keep_adding(self.shop, key, self.sku, done) for key, done in zip(self.keys, self.carts, strict=True))
        return [asyncio.create_task(work) for work in (*adding, keep_holding(self.operator, self.sku, self.holds))]


async def a_shop_at_work(gateway: GatewayProcess) -> Before:
    """Two shoppers' carts, a product with more than enough stock, and a till that has heard of it."""
    shop, operator = Shop(gateway.url), Shop(gateway.url, token=gateway.token())
    sku, source = await a_level(operator, 0)
    keys = [await a_cart(shop) for _ in range(2)]
    async with operator.subscribe(operation("pos", "stock_changed"), skus=[sku], sources=[source]) as events:
        await events.next()
        await count(operator, sku, source, "100000")
        cursor = (await events.next())["cursor"]
    await apply(shop, keys[0], add(sku, name="first"))
    async with shop.subscribe(operation("storefront", "cart_changed"), key=keys[0]) as events:
        cart_cursor = (await events.next())["cursor"]
    return Before(shop, operator, sku, source, keys, cursor, cart_cursor, [["first"], []])


async def test_what_was_acknowledged_before_the_back_up_is_there_once(
    place: Place, shop_before: GatewayProcess, shop_after: GatewayProcess
) -> None:
    before = await a_shop_at_work(shop_before)
    work = before.begin()
    await working(*before.carts, before.holds)
    carts, holds = [list(held) for held in before.carts], list(before.holds)
    await place.follow(BACKUP, place.before)
    await working(*before.carts, before.holds, more=1)
    begun = json.loads((place.room / "backups" / "monday" / "manifest.json").read_bytes())["begun_at"]

    shop_before.kill()
    await asyncio.gather(*work)
    if not place.before:
        shutil.rmtree(place.room / "var")
    assert begun in await place.follow(EXAMINE, place.after)
    assert begun in await place.follow(RESTORE, place.after)
    shop_after.start()

    shop, operator = Shop(shop_after.url), Shop(shop_after.url, token=shop_after.token())
    for key, acknowledged, all_of_them in zip(before.keys, carts, before.carts, strict=True):
        found = await operations_of(shop, key)
        assert set(acknowledged) <= set(found) <= {*all_of_them, *unheard(all_of_them, found)}
        assert len(found) == len(set(found)) == await quantity(shop, key)
    kept = (await operator.run(HOLDS, ids=holds))["reservations"]
    assert sorted(each["holdId"] for each in kept) == sorted(holds)
    await tills_are_told(shop, operator, before)


def unheard(acknowledged: list[str], found: list[str]) -> set[str]:
    """What was done and whose answer the kill has cut off: one for each shopper at most."""
    rest = set(found) - set(acknowledged)
    assert len(rest) <= 1
    return rest


async def operations_of(shop: Shop, key: str) -> list[str]:
    """Ids of all operations that the cart holds."""
    ids: list[str] = []
    after = None
    while True:
        page = (await shop.run(HISTORY, key=key, after=after))["cart"]["history"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]


async def tills_are_told(shop: Shop, operator: Shop, before: Before) -> None:
    """Whoever comes with a cursor from before begins anew, and hears what comes after."""
    wanted = {"skus": [before.sku], "sources": [before.source], "after": before.cursor}
    async with operator.subscribe(operation("pos", "stock_changed"), **wanted) as events:
        assert (await events.next())["kind"] == "RESYNC"
        await count(operator, before.sku, before.source, "4711")
        assert (await events.next())["kind"] == "CHANGE"
    wanted = {"key": before.keys[0], "after": before.cart_cursor}
    async with shop.subscribe(operation("storefront", "cart_changed"), **wanted) as events:
        assert (await events.next())["kind"] == "RESYNC"
        await apply(shop, before.keys[0], add(before.sku))
        assert (await events.next())["kind"] == "CHANGE"
