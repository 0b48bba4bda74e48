"""App, web shop and till in one cart: three clients, live, one of them offline for a while; and an agent who helps."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from clients.python.cogwerk_cart import Cart, FileStorage, MemoryStorage, Rejected, View
from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop
from tests.journeys.test_cart import some_skus
from tests.journeys.typescript import compile_into, node_cart, why_not

PATIENCE = 60.0
SHOW = "mutation ($key: String!) { showCartCode(input: { key: $key }) { code problems { message } } }"
OPEN = """mutation ($code: String!, $attempt: String!) {
  openCartByCode(input: { code: $code, idempotencyKey: $attempt }) { key problems { message } } }"""
RELEASE = "mutation ($key: String!) { releaseCart(input: { key: $key }) { problems { message } } }"
HISTORY = """query ($key: String!) { cart(key: $key) {
  history { edges { node { id by kind undoneBy } } } } }"""

Goods = list[tuple[str, str]]


def shown(view: View) -> Goods:
    """Skus and quantities."""
    return [(line.sku, line.quantity) for line in view.lines]


async def sees(cart: Cart, goods: Goods) -> View:
    """The first view with nothing but these goods, with all handed over."""
    async with asyncio.timeout(PATIENCE):
        async for view in cart.views():
            if shown(view) == goods and not view.waiting:
                return view
    raise AssertionError


class Web:
    """The web shop's device: the TypeScript client where there is Node, otherwise the one in Python."""

    def __init__(
        self, add: Callable[[str, str], Awaitable[object]], sees: Callable[[Goods], Awaitable[object]]
    ) -> None:
        self.add = add
        self.sees = sees


@asynccontextmanager
async def web_shop(url: str, key: str, room: Path) -> AsyncIterator[Web]:
    """In step with the shop."""
    if why_not():
        async with Cart(url, MemoryStorage(), key=key, device="web") as cart:

            async def put(sku: str, quantity: str) -> object:
                return cart.add(sku, quantity)

            yield Web(put, lambda goods: sees(cart, goods))
        return
    async with node_cart(compile_into(room / "modules"), url, key, room / "web") as node:
        yield Web(
            lambda sku, quantity: node.ask("do", {"addLine": {"sku": sku, "quantity": quantity}}),
            lambda goods: node.ask("sees", goods),
        )


async def test_what_app_web_and_till_do_in_one_cart_all_see_and_an_agent_takes_back(
    gateway: GatewayProcess, shopper: Shop, operator: Shop, tmp_path: Path
) -> None:
    first, second, third = await some_skus(shopper, 3)
    operator.headers |= {"Cogwerk-Channel": "tills-de", "Cogwerk-Store": "berlin"}
    phone = Cart(gateway.url, FileStorage(tmp_path / "phone"), device="phone")
    phone.add(first, "2")  # in the tunnel
    assert shown(phone.view) == [(first, "2")]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone)
        await sees(phone, [(first, "2")])
        assert phone.key
        web = await stack.enter_async_context(web_shop(gateway.url, phone.key, tmp_path))
        await web.sees([(first, "2")])
        await web.add(second, "3")
        line = (await sees(phone, [(first, "2"), (second, "3")])).lines[0].id

        code = (await shopper.run(SHOW, key=phone.key))["showCartCode"]["code"]
        opened = (await operator.run(OPEN, code=code, attempt=str(uuid.uuid4())))["openCartByCode"]
        again = (await operator.run(OPEN, code=code, attempt=str(uuid.uuid4())))["openCartByCode"]
        assert (opened["problems"], again["key"]) == ([], None)
        till = Cart(gateway.url, MemoryStorage(), key=opened["key"], device="till 3")
        async with till:
            await sees(till, [(first, "2"), (second, "3")])
        # The till has lost its connection; everybody works on.
        till.add(third)
        mistake = till.remove(line)
        phone.add(second)
        await web.sees([(first, "2"), (second, "4")])
        async with till:
            for cart in (till, phone):
                await sees(cart, [(second, "4"), (third, "1")])
            await web.sees([(second, "4"), (third, "1")])

            nodes = [edge["node"] for edge in (await shopper.run(HISTORY, key=phone.key))["cart"]["history"]["edges"]]
            assert {node["by"] for node in nodes} == {"phone", "web", "till 3"}
            assert [node["by"] for node in nodes if node["id"] == mistake] == ["till 3"]
            async with Cart(gateway.url, MemoryStorage(), key=phone.key, device="service") as agent:
                agent.do({"undo": {"operation": mistake}})
                goods = [(first, "2"), (second, "4"), (third, "1")]
                for cart in (agent, till, phone):
                    await sees(cart, goods)
                await web.sees(goods)

            assert (await shopper.run(RELEASE, key=opened["key"]))["releaseCart"]["problems"] == []
            with pytest.raises(Rejected):
                await sees(till, [])
        phone.add(first)
        await sees(phone, [(first, "3"), (second, "4"), (third, "1")])
