"""What a client shows of a cart while a part of the shop is away, by a shop that answers as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from clients.python.cogwerk_cart import Cart, MemoryStorage
from tests.journeys.typescript import compile_into, node_cart, why_not

KEY = "A" * 43
PATIENCE = 20.0
LINE = {"id": "1", "quantity": "2", "product": {"sku": "mug", "title": "A mug"}}
QUOTE = {"total": {"gross": {"amount": "19.00", "currency": "EUR"}}, "notices": []}
AWAY = {"message": "Pricing does not answer.", "path": ["cartChanged", "cart", "quote"]}


def event(quote: dict[str, Any] | None) -> dict[str, Any]:
    """A cart with two mugs; without its quote where nobody says what they cost."""
    cart = {"version": 2, "changedAt": None, "lines": [LINE], "codes": [], "quote": quote}
    changed: dict[str, Any] = {"kind": "SNAPSHOT", "cursor": "e-1", "by": None, "what": [], "cart": cart}
    data = {"cartChanged": changed}
    return {"data": data} if quote else {"data": data, "errors": [{**AWAY, "extensions": {"code": "UNAVAILABLE"}}]}


class Counter:
    """Who asks at the counter; `priced` when prices are back."""

    def __init__(self) -> None:
        self.priced = asyncio.Event()
        self.behind: set[Any] = set()
        """The cursors behind which the cart was wanted."""

    async def serve(self, socket: websockets.ServerConnection) -> None:
        """One who follows."""
        await socket.recv()
        await socket.send('{"type":"connection_ack"}')
        self.behind.add(json.loads(await socket.recv())["payload"]["variables"]["after"])
        payload = event(QUOTE if self.priced.is_set() else None)
        await socket.send(json.dumps({"type": "next", "id": "1", "payload": payload}))
        await socket.wait_closed()


@asynccontextmanager
async def a_shop() -> AsyncIterator[tuple[Counter, str]]:
    """The counter and its address."""
    counter, protocol = Counter(), websockets.Subprotocol("graphql-transport-ws")
    async with websockets.serve(counter.serve, "127.0.0.1", 0, subprotocols=[protocol]) as server:
        yield counter, f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_a_cart_without_its_prices_is_shown_and_asked_for_again() -> None:
    async with a_shop() as (counter, url), asyncio.timeout(PATIENCE):
        async with Cart(url, MemoryStorage(), key=KEY, longest_pause=0.2) as phone:
            view = await phone.settled()
            assert ([(line.sku, line.quantity) for line in view.lines], view.total) == ([("mug", "2")], None)
            counter.priced.set()
            views = phone.views()
            while not view.total:
                view = await anext(views)
    assert (view.total, view.online) == (("19.00", "EUR"), True)
    assert counter.behind == {None}, "the whole cart, as nothing may have changed in it"


async def test_the_client_in_typescript_does_the_same(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    modules = compile_into(tmp_path / "modules")
    async with (
        asyncio.timeout(PATIENCE),
        a_shop() as (counter, url),
        node_cart(modules, url, KEY, tmp_path / "web") as web,
    ):
        view = await web.ask("settled")
        assert ([line["sku"] for line in view["lines"]], view["total"]) == (["mug"], None)
        counter.priced.set()
        while not view["total"]:
            view = await web.ask("view")
    assert counter.behind == {None}
