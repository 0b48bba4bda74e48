"""A front end shows a page: products with titles, prices and stock."""

from __future__ import annotations

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop, operation


async def test_a_page_of_24_shows_title_price_and_stock(shopper: Shop) -> None:
    data = await shopper.run(operation("storefront", "listing"))
    tiles = [edge["node"] for edge in data["products"]["edges"]]
    assert len(tiles) == 24
    assert data["products"]["pageInfo"]["hasNextPage"]
    assert all(tile["title"] and tile["availability"]["state"] for tile in tiles)
    priced = [tile["price"] for tile in tiles if tile["price"]]
    assert len(priced) > 20
    assert {price["gross"]["currency"] for price in priced} == {"EUR"}


async def test_pages_follow_one_another_without_gap_or_repetition(shopper: Shop) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        data = await shopper.run(operation("storefront", "listing"), first=48, after=after)
        seen += [edge["node"]["sku"] for edge in data["products"]["edges"]]
        if not data["products"]["pageInfo"]["hasNextPage"]:
            break
        after = data["products"]["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) >= 200


async def test_another_channel_has_its_own_currency(gateway: GatewayProcess) -> None:
    channels = (await Shop(gateway.url).run("{ channels { id market { currencies } } }"))["channels"]
    assert len(channels) == 3
    currencies = set()
    for channel in channels:
        shop = Shop(gateway.url, channel=channel["id"])
        data = await shop.run(operation("storefront", "listing"), first=5)
        prices = [edge["node"]["price"] for edge in data["products"]["edges"] if edge["node"]["price"]]
        assert {price["gross"]["currency"] for price in prices} == {channel["market"]["currencies"][0]}
        currencies |= {price["gross"]["currency"] for price in prices}
    assert len(currencies) == 2


async def test_an_unknown_channel_is_an_error_that_names_those_there_are(gateway: GatewayProcess) -> None:
    answer = await Shop(gateway.url, channel="nowhere").ask(operation("storefront", "listing"))
    extensions = answer["errors"][0]["extensions"]
    assert extensions["code"] == "UNKNOWN_CHANNEL"
    assert len(extensions["allowed"]) == 3


async def test_an_unknown_sku_is_null_and_a_broken_cursor_is_named(shopper: Shop) -> None:
    assert (await shopper.run(operation("pos", "scan"), sku="NO-SUCH-SKU"))["product"] is None
    answer = await shopper.ask(operation("storefront", "listing"), after="broken")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["argument"] == "after"
