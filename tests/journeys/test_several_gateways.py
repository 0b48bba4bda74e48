"""Two gateways on one PostgreSQL and one Redis, or one cluster, are one shop."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop, operation
from tests.journeys.test_cart import a_cart, add, apply, some_skus
from tests.journeys.test_stock_reaches_pos import a_level, count
from tests.postgresql import PostgresqlServer

Pair = tuple[GatewayProcess, GatewayProcess]


@pytest.fixture(params=["embedded_url", pytest.param("cluster_url", marks=pytest.mark.slow)])
def pair(request: pytest.FixtureRequest, postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Pair]:
    """Both serve; the first has filled the demo shop."""
    redis_url = request.getfixturevalue(request.param)
    with postgresql_server.fresh_database() as url:
        environ = {"DATABASE_URL": url, "REDIS_URL": redis_url, "COGWERK_SECRET": uuid.uuid4().hex * 2}
        gateways = (
            GatewayProcess(tmp_path / "one", environ=environ),
            GatewayProcess(tmp_path / "two", environ=environ),
        )
        for gateway in gateways:
            gateway.start()
        yield gateways
        for gateway in gateways:
            gateway.stop()


async def test_what_one_gateway_takes_in_the_other_tells_its_tills(pair: Pair) -> None:
    operator, till = (Shop(gateway.url, token=gateway.token()) for gateway in pair)
    sku, source = await a_level(operator, 0)
    async with till.subscribe(operation("pos", "stock_changed"), skus=[sku], sources=[source]) as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        await count(operator, sku, source, "4242")
        event = await events.next()
        cursor = event["cursor"]
    assert event["items"][0]["availability"]["sources"][0]["source"]["id"] == source
    # A cursor of one gateway is good at the other.
    await count(till, sku, source, "4243")
    async with operator.subscribe(
        operation("pos", "stock_changed"), skus=[sku], sources=[source], after=cursor
    ) as events:
        assert (await events.next())["kind"] == "CHANGE"


async def test_a_cart_begun_at_one_gateway_goes_on_at_the_other(pair: Pair) -> None:
    here, there = (Shop(gateway.url) for gateway in pair)
    key, (first, second) = await a_cart(here), await some_skus(here, 2)
    async with here.subscribe(operation("storefront", "cart_changed"), key=key) as events:
        await events.next()
        await apply(there, key, add(first))
        event = await events.next()
    assert [line["product"]["sku"] for line in event["cart"]["lines"]] == [first]
    payload = await apply(here, key, add(second))
    assert [line["product"]["sku"] for line in payload["cart"]["lines"]] == [first, second]


async def test_when_the_relaying_gateway_is_killed_the_other_takes_over(pair: Pair) -> None:
    leader, other = pair
    operator = Shop(other.url, token=other.token())
    sku, source = await a_level(operator, 0)
    async with operator.subscribe(operation("pos", "stock_changed"), skus=[sku], sources=[source]) as events:
        await events.next()
        leader.kill()
        await count(operator, sku, source, "77")
        assert (await events.next())["kind"] == "CHANGE"
