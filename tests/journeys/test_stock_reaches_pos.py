"""A stock change reaches a till, also one that was away for a while."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop, operation


async def a_level(shop: Shop, index: int) -> tuple[str, str]:
    """A sku and a source that has it; each test takes another."""
    data = await shop.run(operation("storefront", "listing"), first=48)
    tiles = [edge["node"] for edge in data["products"]["edges"] if edge["node"]["availability"]["sources"]]
    return tiles[index]["sku"], tiles[index]["availability"]["sources"][0]["source"]["id"]


async def count(operator: Shop, sku: str, source: str, on_hand: str) -> dict[str, Any]:
    """A count from the warehouse."""
    wish = {"idempotencyKey": str(uuid.uuid4()), "reason": "night count"}
    levels = [{"sku": sku, "source": source, "onHand": on_hand}]
    data = await operator.run(operation("backoffice", "set_stock_levels"), input={**wish, "levels": levels})
    payload: dict[str, Any] = data["setStockLevels"]
    return payload


def available(event: dict[str, Any], sku: str) -> str:
    """What the event says can be had."""
    item = next(item for item in event["items"] if item["sku"] == sku)
    answer: str = item["availability"]["sources"][0]["available"]
    return answer


async def test_a_count_reaches_the_till(operator: Shop) -> None:
    sku, source = await a_level(operator, 0)
    async with operator.subscribe(operation("pos", "stock_changed"), skus=[sku], sources=[source]) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        assert (await count(operator, sku, source, "5000"))["changed"] == 1
        first = await events.next()
        await count(operator, sku, source, "5001")
        second = await events.next()
    assert (first["kind"], second["kind"]) == ("CHANGE", "CHANGE")
    assert int(available(second, sku)) - int(available(first, sku)) == 1


async def test_a_till_that_was_away_gets_what_it_missed_and_one_state_per_article(operator: Shop) -> None:
    sku, source = await a_level(operator, 1)
    document = operation("pos", "stock_changed")
    async with operator.subscribe(document, skus=[sku], sources=[source]) as events:
        cursor = (await events.next())["cursor"]
    async with operator.subscribe(document, skus=[sku], sources=[source]) as there:
        await there.next()
        await count(operator, sku, source, "6000")
        first = int(available(await there.next(), sku))
        for number in range(6001, 6010):
            await count(operator, sku, source, str(number))
        # Who comes back while counts are still on their way hears the last state once more when these arrive.
        while int(available(await there.next(), sku)) < first + 9:
            pass
    async with operator.subscribe(document, skus=[sku], sources=[source], after=cursor) as events:
        event = await events.next()
        assert event["kind"] == "CHANGE"
        assert len(event["items"]) == 1
        assert int(available(event, sku)) == first + 9
        await count(operator, sku, source, "6010")
        assert int(available(await events.next(), sku)) == first + 10


async def test_a_cursor_of_another_time_gets_a_resync(operator: Shop) -> None:
    sku, source = await a_level(operator, 2)
    document = operation("pos", "stock_changed")
    async with operator.subscribe(document, skus=[sku], sources=[source]) as events:
        cursor: str = (await events.next())["cursor"]
    foreign = ("0" if cursor[0] != "0" else "1") + cursor[1:]
    async with operator.subscribe(document, skus=[sku], sources=[source], after=foreign) as events:
        assert (await events.next())["kind"] == "RESYNC"


async def test_a_count_that_changes_nothing_says_so(operator: Shop) -> None:
    sku, source = await a_level(operator, 3)
    await count(operator, sku, source, "70")
    payload = await count(operator, sku, source, "70")
    assert (payload["changed"], payload["unchanged"]) == (0, 1)


async def test_bad_counts_are_refused_one_by_one(operator: Shop) -> None:
    sku, source = await a_level(operator, 4)
    unknown = await count(operator, "NO-SUCH-SKU", source, "1")
    assert [problem["code"] for problem in unknown["problems"]] == ["UNKNOWN_SKU"]
    nowhere = await count(operator, sku, "nowhere", "1")
    assert nowhere["problems"][0]["path"][-1] == "source"
    negative = await count(operator, sku, source, "-1")
    assert negative["problems"][0]["path"][-1] == "onHand"
    huge = await count(operator, sku, source, "99999999999")
    assert huge["changed"] == 0


async def test_a_stranger_may_not_count(gateway: GatewayProcess) -> None:
    wish = {"idempotencyKey": "k", "reason": "r", "levels": []}
    document = operation("backoffice", "set_stock_levels")
    stranger = await Shop(gateway.url).ask(document, input=wish)
    assert stranger["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    liar = await Shop(gateway.url, token="cwo_wrong").ask(document, input=wish)
    assert liar["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_api_key_may_do_what_its_scope_says_and_no_more(gateway: GatewayProcess, operator: Shop) -> None:
    document = 'mutation { createApiKey(input: { name: "till", scopes: [STOCK_WRITE] }) { key } }'
    key = (await operator.run(document))["createApiKey"]["key"]
    sku, source = await a_level(operator, 5)
    erp = Shop(gateway.url, token=key)
    assert (await count(erp, sku, source, "81"))["changed"] == 1
    wish = {"idempotencyKey": "k", "reason": "r", "prices": []}
    answer = await erp.ask(operation("backoffice", "set_prices"), input=wish)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_revoked_key_hears_nothing_more_on_a_subscription_it_has_open(
    gateway: GatewayProcess, operator: Shop
) -> None:
    made = await operator.run('mutation { createApiKey(input: { name: "lost", scopes: [STOCK_READ] }) { id key } }')
    lost = Shop(gateway.url, token=made["createApiKey"]["key"])
    sku, source = await a_level(operator, 7)
    async with lost.subscribe(operation("pos", "stock_changed"), skus=[sku], sources=[source]) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        revoke = "mutation ($ids: [ID!]!) { revokeApiKeys(input: { ids: $ids }) { changed } }"
        assert (await operator.run(revoke, ids=[made["createApiKey"]["id"]]))["revokeApiKeys"]["changed"] == 1
        await count(operator, sku, source, "4711")
        with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
            await events.next()
