"""The ports of a shop, asked as another process asks them, without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth import Authenticator
from gateway.carts import Carts
from gateway.parts import PARTS
from gateway.remote import PORTS, Elsewhere, Link, internal_routes
from gateway.remote.link import Address
from gateway.wiring import Trade, ports_of
from modules.kernel.graph import GraphContext
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.demo_shop import TOKEN


class Counting:
    """An application that counts its requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        await self._app(scope, receive, send)


def answering(trade: Trade, carts: Carts, database: Database, feed: StreamFeed) -> Counting:
    """What a process with all modules answers to others."""
    authenticator = Authenticator(trade.market, trade.access, trade.customers, TOKEN)

    async def context(headers: Mapping[str, str]) -> GraphContext:
        return GraphContext(await authenticator.viewer(headers), feed, {}, (), {})

    ports = ports_of(trade, carts, database, PARTS)
    return Counting(Starlette(routes=list(internal_routes(ports, trade.market, context))))


@asynccontextmanager
async def asking(
    app: ASGIApp, token: str = TOKEN, modules: Collection[str] = tuple(PORTS), **options: Any
) -> AsyncIterator[Elsewhere]:
    """Links to that process."""
    clock: dict[str, Callable[[], float]] = {"clock": options["clock"]} if "clock" in options else {}
    address = Address("http://other", token, options.get("seconds", 60))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield Elsewhere({module: Link(module, address, http, **clock) for module in modules})
