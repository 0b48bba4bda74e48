"""A door is configured, goes into a cart, and is priced with tax and a promotion to the cent; its parts say when."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from modules.configurator.service.solving import Solving
from modules.configurator.store.models import ModelStore
from modules.kernel.feed import Feed
from modules.kernel.names import PriceListId
from modules.kernel.viewer import OPERATOR
from modules.pricing.engine.lifecycle import Step
from modules.pricing.service.promotions import PromotionService
from modules.runtime.database import Database
from modules.runtime.redis import Redis
from tests.configurator.manufacture import PRICES, write_models
from tests.counted_shop import CountedShop, counted_shop
from tests.journeys.client import operation
from tests.pricing.promotion_documents import a_document

CONFIGURE = """
mutation ($choices: [ConfigurationChoiceInput!]!) {
  configure(input: { sku: "DOOR", choices: $choices }) { key session { state missing } problems { code message } }
}
"""
FINALISE = """
mutation ($key: String!) {
  finaliseConfiguration(input: { key: $key }) {
    session { configuration { pinnedId } } problems { code message } }
}
"""
CART = """
mutation ($key: String!, $add: [OperationEnvelope!]!) {
  applyCartOperations(input: { key: $key, operations: $add }) {
    cart { quote {
      lines { isGift steps { kind amount { amount } } total { net { amount } tax { amount } gross { amount } } }
      total { gross { amount } } notices { code data } } }
    problems { code message }
  }
}
"""
FLOOR = """
mutation { upsertWorks(input: { reason: "opened", centres: [{ id: "BENCH", rate: "40" }],
  supplies: [{ sku: "BAR", leadTimeDays: 10 }, { sku: "KEY-BLANK", leadTimeDays: 3 }] }) { changed problems { code } } }
"""
CHOICES = [
    {"characteristic": "COLOUR", "value": "RED"},
    {"characteristic": "WIDTH", "value": "120"},
    {"characteristic": "KEY", "value": "YES", "quantity": "3"},
]


@dataclass
class Town:
    """The demo shop that makes doors too."""

    shop: CountedShop

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """As a shopper."""
        return (await self.shop.run(document, **variables))[0]

    async def command(self, document: str, **variables: Any) -> dict[str, Any]:
        """As the operator."""
        context = self.shop.context
        boss = replace(context, viewer=replace(context.viewer, principal=OPERATOR), _loaders={})
        return (await replace(self.shop, context=boss).run(document, **variables))[0]

    async def sell(self) -> None:
        """Doors from 200.00 EUR with tax; bars lie in Leipzig; ten percent off the order."""
        models = self.shop.context.use(ModelStore)
        await write_models(
            models, *(replace(one, id=f"shop-{one.id}", price_list=PriceListId("retail")) for one in PRICES)
        )
        product = {"sku": "DOOR", "titles": [{"locale": "en", "text": "Door"}]}
        bar = {"sku": "BAR", "titles": [{"locale": "en", "text": "Bar"}]}
        command = {"idempotencyKey": str(uuid.uuid4()), "reason": "new"}
        done = await self.command(
            operation("backoffice", "upsert_products"), input={**command, "products": [product, bar]}
        )
        assert done["upsertProducts"]["problems"] == []
        row = {"sku": "DOOR", "priceList": "retail", "currency": "EUR", "amount": "200.00", "taxMode": "GROSS"}
        command["idempotencyKey"] = str(uuid.uuid4())
        done = await self.command(operation("backoffice", "set_prices"), input={**command, "prices": [row]})
        assert done["setPrices"]["problems"] == []
        levels = [{"sku": "BAR", "source": "leipzig", "onHand": "3"}]
        command["idempotencyKey"] = str(uuid.uuid4())
        done = await self.command(operation("backoffice", "set_stock_levels"), input={**command, "levels": levels})
        assert done["setStockLevels"]["problems"] == []
        boss = replace(self.shop.context.viewer, principal=OPERATOR)
        promotions = self.shop.context.use(PromotionService)
        document = a_document("doors", actions=[{"orderPercentOff": {"percent": "10"}}], priority=99, stack="EXCLUSIVE")
        assert (await promotions.upsert(boss, [document], "test")).problems == ()
        assert (await promotions.step(boss, Step.ACTIVATE, ["doors"], "test")).problems == ()


@pytest.fixture
async def town(database: Database, redis: Redis, feed: Feed, tmp_path: Path) -> AsyncIterator[Town]:
    async with counted_shop(database, redis, feed, tmp_path) as shop:
        town = Town(shop)
        await town.sell()
        yield town
        await shop.context.use(Solving).close()


async def test_a_configured_door_is_priced_in_the_cart_and_its_bars_say_when_it_is_there(town: Town) -> None:
    opened = (await town.ask(CONFIGURE, choices=CHOICES))["configure"]
    assert (opened["problems"], opened["session"]["state"]) == ([], "COMPLETE")
    finished = (await town.ask(FINALISE, key=opened["key"]))["finaliseConfiguration"]
    assert finished["problems"] == []
    configuration = finished["session"]["configuration"]["pinnedId"]
    assert (await town.command(FLOOR))["upsertWorks"]["problems"] == []
    made = await town.ask(operation("storefront", "create_cart"), idempotencyKey=str(uuid.uuid4()))
    wish = {"addLine": {"sku": "DOOR", "quantity": "2", "configurationId": configuration}}
    add = [{"id": "a", "operation": wish}]
    done = (await town.ask(CART, key=made["createCart"]["key"], add=add))["applyCartOperations"]
    assert done["problems"] == []
    quote = done["cart"]["quote"]
    (line,) = [line for line in quote["lines"] if not line["isGift"]]
    assert [(step["kind"], step["amount"]["amount"]) for step in line["steps"]] == [
        ("list_price", "400.00"),
        ("surcharge", "60.00"),
        ("surcharge", "20.02"),
        ("surcharge", "50.00"),
        ("promotion", "-53.00"),
    ]
    assert line["total"] == {
        "net": {"amount": "400.86"},
        "tax": {"amount": "76.16"},
        "gross": {"amount": "477.02"},
    }
    assert quote["total"]["gross"]["amount"] == "477.02"
    short = {notice["code"]: notice["data"] for notice in quote["notices"]}
    assert short["INSUFFICIENT_STOCK"]["available"] == "1", "five bars for two doors, three in stock"
    assert short["INSUFFICIENT_STOCK"]["earliest"]
