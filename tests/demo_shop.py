"""The demo shop in this process: imported into a database, asked through the edge as a front end asks, no network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from gateway.auth import Authenticator
from gateway.carts import Keeping, NoMail
from gateway.demo import take_families
from gateway.edge import Edge
from gateway.edge.execution import Answer, Request
from gateway.importing import import_files
from gateway.parts import make_graph
from gateway.pricing import by_field
from gateway.settings import ROOT, Settings
from gateway.wiring import Trade, by_class, wire_cart, wire_trade
from gateway.wishlists import wire_wishes
from modules.kernel.graph import GraphContext
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis

TOKEN = "t" * 32
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


@dataclass
class DemoShop:
    """Who asks is said by headers."""

    trade: Trade
    client: httpx.AsyncClient
    edge: Edge

    async def ask(self, document: str, headers: Mapping[str, str] | None = None, **variables: object) -> dict[str, Any]:
        """The data of an operation without errors."""
        body = {"query": document, "variables": variables}
        answer = await self.client.post("/graphql", json=body, headers=dict(headers or {}))
        assert "errors" not in answer.json(), answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    @asynccontextmanager
    async def following(
        self, document: str, headers: Mapping[str, str] | None = None, **variables: object
    ) -> AsyncIterator[Heard]:
        """A subscription, which hears until the end of the block."""
        heard = Heard()
        runs = self.edge._http._executions
        prepared = await runs.prepare(Request(document, variables, None), dict(headers or {}))
        task = asyncio.create_task(heard.listen(runs.stream(prepared, heard.push)))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Heard:
    """What a subscriber has heard: the data of each event."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self._news = asyncio.Event()

    async def number(self, events: int) -> list[dict[str, Any]]:
        """Waits for so many; all there are. Raises what has ended the subscription before."""
        async with asyncio.timeout(20):
            while len(self.events) < events:
                if self.failure is not None:
                    raise self.failure
                self._news.clear()
                await self._news.wait()
        return self.events

    def push(self, body: bytes) -> bool:
        """Takes it."""
        answer = json.loads(body)
        assert "errors" not in answer, answer
        self.events.append(answer["data"])
        self._news.set()
        return True

    async def listen(self, answers: AsyncGenerator[Answer, None]) -> None:
        """Until it is cancelled or the source ends."""
        try:
            async with aclosing(answers):
                async for answer in answers:
                    self.push(answer.body)
        except Exception as error:
            self.failure = error
            self._news.set()


@asynccontextmanager
async def demo_shop(database: Database, redis: Redis, feed: StreamFeed, directory: Path) -> AsyncIterator[DemoShop]:
    """The shop as a gateway serves it after its first start."""
    trade = wire_trade(database)
    demo = ROOT / "examples" / "demo"
    report = await import_files(trade, demo / "mapping.toml", demo, directory)
    assert report.refused == 0
    await take_families(trade)
    while await trade.pricing.history.tell_due():
        pass  # what the timer of a gateway does beside it: prices that promotions changed are told (L-1)
    await trade.load()
    carts = wire_cart(trade, database, redis, Keeping(b"secret" * 8))
    wishlists = wire_wishes(database, trade, carts, NoMail(), b"secret" * 8, "")
    services = {**by_class(trade, carts), **by_field(wishlists)}
    authenticator = Authenticator(trade.market, trade.access, trade.customers, TOKEN)
    schema = make_graph()

    async def context(headers: Mapping[str, str]) -> GraphContext:
        return GraphContext(await authenticator.viewer(headers), feed, services, schema.parts, schema.owners)

    edge = Edge(schema, context, Settings(data=directory))
    transport = httpx.ASGITransport(Starlette(routes=edge.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield DemoShop(trade, client, edge)
