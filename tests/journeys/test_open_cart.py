"""An open cart page hears of prices, promotions and stock while nobody touches the cart."""

from __future__ import annotations

import uuid
from typing import Any

from tests.journeys.client import Events, Shop, operation
from tests.journeys.test_cart import a_cart, add, apply

OPEN = """subscription ($key: String!, $after: String, $since: ID) { cartChanged(key: $key, after: $after) {
  kind cursor by what cart { version quote(since: $since) {
    id total { gross { amount } } notices { code lineId data } promotions { promotion { id } outcome } } } } }"""
PROMOTE = """mutation ($id: String!, $promotions: [PromotionInput!]!, $ids: [ID!]!) {
  upsertPromotions(input: { idempotencyKey: $id, reason: "test", promotions: $promotions }) { problems { message } }
  activatePromotions(input: { idempotencyKey: $id, reason: "test", ids: $ids }) { problems { message } } }"""


async def order(operator: Shop, name: str, root: str, **input: Any) -> None:
    """A command of the back office that changes something."""
    wish = {"idempotencyKey": str(uuid.uuid4()), "reason": "test"}
    data = await operator.run(operation("backoffice", name), input={**wish, **input})
    assert data[root]["problems"] == []
    assert data[root]["changed"] == 1


async def price(operator: Shop, sku: str, amount: str) -> None:
    """What a piece costs."""
    row = {"id": f"{sku}-list", "sku": sku, "priceList": "retail", "currency": "EUR"}
    await order(operator, "set_prices", "setPrices", prices=[{**row, "amount": amount, "taxMode": "GROSS"}])


async def stock(operator: Shop, sku: str, on_hand: str) -> None:
    """What lies in Leipzig."""
    level = {"sku": sku, "source": "leipzig", "onHand": on_hand}
    await order(operator, "set_stock_levels", "setStockLevels", levels=[level])


async def a_product(operator: Shop) -> str:
    """The sku of a product of its own, for 10.00, with 50 pieces in Leipzig."""
    sku = f"OPEN-{uuid.uuid4().hex[:8]}"
    product = {"sku": sku, "titles": [{"locale": "en", "text": "For an open cart"}]}
    await order(operator, "upsert_products", "upsertProducts", products=[product])
    await price(operator, sku, "10.00")
    await stock(operator, sku, "50")
    return sku


def notices(event: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """The data of the event's notices of this code."""
    return [notice["data"] for notice in event["cart"]["quote"]["notices"] if notice["code"] == code]


async def told(events: Events, cause: str) -> dict[str, Any]:
    """The next event that is due to this cause, among whatever else other tests do to the shop meanwhile."""
    while True:
        event = await events.next()
        if cause in event["what"]:
            return event


async def test_an_open_cart_hears_of_price_stock_and_promotion(shopper: Shop, operator: Shop) -> None:
    sku, key = await a_product(operator), await a_cart(shopper)
    await apply(shopper, key, add(sku, "2"))
    async with shopper.subscribe(OPEN, key=key) as events:
        first = await events.next()
        assert first["cart"]["quote"]["total"]["gross"]["amount"] == "20.00"
        await price(operator, sku, "12.00")
        event = await told(events, "price")
        assert (event["kind"], event["by"], event["cursor"]) == ("CHANGE", None, first["cursor"])
        said = notices(event, "PRICE_CHANGED")
        assert [(data["before"], data["now"]) for data in said] == [("20.00", "24.00")] * 2
        await stock(operator, sku, "1")
        assert [data["sku"] for data in notices(await told(events, "stock"), "INSUFFICIENT_STOCK")] == [sku]
        promotion = {
            "id": sku.lower(),
            "names": [{"locale": "en", "text": "For open carts"}],
            "actions": [{"itemPercentOff": {"percent": "50", "of": {"skus": [sku]}}}],
        }
        await operator.run(PROMOTE, id=str(uuid.uuid4()), promotions=[promotion], ids=[promotion["id"]])
        event = await told(events, "promotion")
        assert event["cart"]["quote"]["total"]["gross"]["amount"] == "12.00"
        await apply(shopper, key, add(sku))
        assert "addLine" in (await events.next())["what"]


async def test_who_was_away_sees_what_became_of_the_quote_he_knew(shopper: Shop, operator: Shop) -> None:
    sku, key = await a_product(operator), await a_cart(shopper)
    await apply(shopper, key, add(sku))
    async with shopper.subscribe(OPEN, key=key) as events:
        known = await events.next()
    await price(operator, sku, "9.00")
    quote = known["cart"]["quote"]["id"]
    async with shopper.subscribe(OPEN, key=key, after=known["cursor"], since=quote) as events:
        event = await events.next()
    assert (event["kind"], event["what"]) == ("CHANGE", [])
    assert [(data["before"], data["now"]) for data in notices(event, "PRICE_CHANGED")] == [("10.00", "9.00")] * 2
    read = "query ($key: String!, $id: ID!) { cart(key: $key) { keptQuote(id: $id) { total { gross { amount } } } } }"
    kept = (await shopper.run(read, key=key, id=quote))["cart"]["keptQuote"]
    assert kept["total"]["gross"]["amount"] == "10.00"
