"""Every port answers another process as it answers here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.carts import Carts, Keeping
from gateway.parts import PARTS
from gateway.remote import PORTS, Elsewhere
from gateway.remote.ports import operations
from gateway.remote.wire import method
from gateway.wiring import ports_of, wire_cart
from modules.kernel.basket import BasketLine
from modules.kernel.configuration import SurchargeRequest
from modules.kernel.errors import BadUserInput, CogwerkError, Refused, Unavailable
from modules.kernel.names import ConfigurationId, CustomerId, LineId, PriceListId, PromotionId, Sku
from modules.kernel.quantity import ONE
from modules.kernel.viewer import OPERATOR, Permission, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.builders import a_basket, a_viewer
from tests.demo_shop import DemoShop, demo_shop
from tests.gateway.remote.other_process import Counting, answering, asking

SKUS = [Sku(name) for name in ("LAMP-STORCH-RED", "NO-SUCH-THING", "LAMP-STORCH-BLACK", "SERVICE-ENGRAVE")]
BASKET = a_basket(("LAMP-STORCH-RED", 3), ("LAMP-STORCH-BLACK", 1), ("NO-SUCH-THING", 1), codes=["nothing"])
NONE = ConfigurationId("none")
OF_OWN_KIND = {"products", "prices", "fresh_prices"}
"""Their answers travel as no more than what is asked of them."""


@dataclass
class Shop:
    """The demo shop: its ports, the way to them from another process, and a shopper."""

    demo: DemoShop
    carts: Carts
    ports: Mapping[str, Any]
    app: Counting
    elsewhere: Elsewhere
    viewer: Viewer

    async def both(self, module: str, name: str, *question: Any) -> tuple[Any, Any]:
        """The answer here, and to another process."""
        here = await getattr(self.ports[module], name)(*question)
        return here, await self.elsewhere.links[module].ask(name, *question)


@pytest.fixture
def database_url(sqlite_template: bytes, tmp_path: Path) -> str:
    """Ports are the same on every backend."""
    path = tmp_path / "test.db"
    path.write_bytes(sqlite_template)
    return f"sqlite:///{path}"


@pytest.fixture
def redis_url(embedded_url: str) -> str:
    return embedded_url


@pytest.fixture
async def shop(database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path) -> AsyncIterator[Shop]:
    async with demo_shop(database, redis, feed, tmp_path) as demo:
        trade = demo.trade
        carts = wire_cart(trade, database, redis, Keeping(b"secret" * 8))
        app = answering(trade, carts, database, feed)
        (customer,) = await trade.customers.profiles([CustomerId("m-1002")], datetime.now(UTC))
        viewer = a_viewer(channel=trade.market.channel("web-de"), now=datetime.now(UTC), customer=customer)
        async with asking(app) as elsewhere:
            yield Shop(demo, carts, ports_of(trade, carts, database, PARTS), app, elsewhere, viewer)


def questions(viewer: Viewer, key: str) -> dict[str, list[Any]]:
    """One for every method of every port."""
    surcharge = SurchargeRequest(SKUS[0], NONE, PriceListId("retail"), "EUR", 5_000_000)
    return {
        "places": [],
        "customers": [["m-1002", "b-2001", "nobody"]],
        "segments": [],
        "key": [key],
        "articles": [SKUS],
        "nearest": [["LAMP-STORCH-REDD"]],
        "categories": [["desk-lamps", "nothing"]],
        "groups": [["lamp-storch", "nothing"]],
        "products": [SKUS, viewer],
        "quote": [BASKET, viewer],
        "deliveries": [BASKET, viewer],
        "own_prices": [SKUS, viewer],
        "prices": [SKUS, viewer],
        "fresh_prices": [SKUS, viewer],
        "settled": [],
        "availability": [SKUS, viewer],
        "configurations": [[NONE], viewer],
        "surcharges": [[surcharge], viewer],
        "makeable": [[(NONE, ONE)], viewer, {SKUS[0]: ONE}],
        "take": [viewer, "no key", [], "associate"],
    }


async def test_every_method_of_every_port_answers_elsewhere_as_here(shop: Shop) -> None:
    made = await shop.demo.trade.access.create_api_key(a_viewer(OPERATOR), "other", [Permission.INTERNAL])
    assert made.id
    asked = questions(shop.viewer, made.id)
    assert set(asked) == {name for module in PORTS for name in operations(module)}
    for module in PORTS:
        for name in operations(module):
            if name != "take":
                here, elsewhere = await shop.both(module, name, *asked[name])
                written = method(PORTS[module], name).answer.write
                assert written(elsewhere) == written(here), name
                assert name in OF_OWN_KIND or elsewhere == here, name


async def test_a_page_is_one_request_however_many_products_it_has(shop: Shop) -> None:
    listed = await shop.demo.ask("{ products(first: 24) { edges { node { sku } } } }")
    skus = [Sku(edge["node"]["sku"]) for edge in listed["products"]["edges"]]
    catalog, stock = shop.elsewhere.catalog, shop.elsewhere.inventory
    assert catalog is not None
    assert stock is not None
    assert [article.sku for article in await catalog.articles(skus) if article] == skus
    assert [answer.sku for answer in await stock.availability(skus, shop.viewer)] == skus
    assert (len(skus), shop.app.requests) == (24, 2)


async def test_wishes_reach_a_cart_elsewhere_and_refusals_come_back_with_their_data(shop: Shop) -> None:
    carts = shop.elsewhere.carts
    assert carts is not None
    created = await shop.demo.ask(
        'mutation { createCart(input: { idempotencyKey: "0123456789abcdef0123456789abcdef" }) { key } }'
    )
    wishes = [BasketLine(LineId(f"wish-{sku}"), sku, ONE) for sku in SKUS[:2]]
    taken, refused = await carts.take(shop.viewer, created["createCart"]["key"], wishes, "associate")
    assert taken is None
    assert refused is not None
    assert (refused.code, vars(refused)["sku"]) == ("UNKNOWN_SKU", "NO-SUCH-THING")
    with pytest.raises(Refused) as raised:
        await carts.take(shop.viewer, "no key", wishes, "associate")
    assert raised.value.path == ("input", "cart")


async def test_errors_of_the_asker_come_back_as_they_were_raised(shop: Shop) -> None:
    pricing = shop.elsewhere.pricing
    assert pricing is not None
    drafts = replace(BASKET, drafts=(PromotionId("nothing"),))
    merchandiser = a_viewer(OPERATOR, channel=shop.viewer.channel, now=shop.viewer.now)
    with pytest.raises(BadUserInput, match="no promotion 'nothing'"):
        await pricing.quote(drafts, merchandiser)
    unknown = a_viewer(now=shop.viewer.now)  # of a channel that the shop has not
    with pytest.raises(CogwerkError, match="There is no channel 'web' here") as raised:
        await pricing.quote(BASKET, unknown)
    assert raised.value.code == "UNKNOWN_CHANNEL"


async def test_every_module_is_greeted_by_bearers_of_the_scope_and_asked_nothing(shop: Shop) -> None:
    for link in shop.elsewhere.links.values():
        await link.greet()
    async with asking(shop.app, "nobody's") as elsewhere:
        with pytest.raises(Unavailable, match="The module catalog"):
            await elsewhere.links["catalog"].greet()


async def test_only_bearers_of_the_scope_internal_are_answered(shop: Shop) -> None:
    rights = set(Permission) - {Permission.INTERNAL}
    other = await shop.demo.trade.access.create_api_key(a_viewer(OPERATOR), "other", rights)
    own = await shop.demo.trade.access.create_api_key(a_viewer(OPERATOR), "own", [Permission.INTERNAL])
    assert other.key
    assert own.key
    for token in (other.key, "nobody's"):
        async with asking(shop.app, token) as elsewhere:
            assert elsewhere.catalog
            with pytest.raises(Unavailable, match="The module catalog"):
                await elsewhere.catalog.articles(SKUS)
    async with asking(shop.app, own.key) as elsewhere:
        assert elsewhere.catalog
        assert [article and article.sku for article in await elsewhere.catalog.articles(SKUS[:2])] == [SKUS[0], None]
