"""Several workers on one socket are one shop; each may die or be replaced, and no client need know."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop
from tests.journeys.test_crash import ADD, a_cart, alive, quantity
from tests.journeys.tills import Till, positions, set_count, some_places

WORKERS = 2


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """Two workers that serve the demo shop from SQLite and the embedded server."""
    process = GatewayProcess(tmp_path_factory.mktemp("crew") / "data", "--workers", str(WORKERS))
    process.start()
    until_staffed(process)
    yield process
    process.stop()


async def test_workers_replaced_one_by_one_drop_no_request_and_no_place_in_the_stream(crew: GatewayProcess) -> None:
    operator = Shop(crew.url, token=crew.token())
    source, skus = await some_places(operator, 60)
    key, sku = await a_cart(operator)
    tills = [Till(operator, skus, source) for _ in range(4)]
    asked: list[str] = []
    async with at_work(*(till.run() for till in tills)):
        for till in tills:
            await till.began()
        buyers = [buying(crew, key, sku, asked, pause, kept) for pause in (0.0, 0.02) for kept in (True, False)]
        async with at_work(*buyers, buying(crew, key, sku, asked, 1.5, kept=True)) as failures:
            counts = {}
            renewing = asyncio.create_task(asyncio.to_thread(crew.renew))
            for number, one in enumerate(skus):
                counts[one] = str(7000 + number)
                await set_count(operator, one, source, counts[one])
                await asyncio.sleep(0.05)
            await renewing
            assert failures() == []
        for till in tills:
            await till.heard(counts)
    assert len(asked) > 50
    assert await quantity(operator, key) >= len(asked)
    for till in tills:
        assert counts.items() <= till.told
        assert till.kinds[0] == "SNAPSHOT"
        assert set(till.kinds[1:]) == {"CHANGE"}
        assert till.codes
        assert set(till.codes) == {1001}
        assert positions(till.cursors) == sorted(positions(till.cursors))


async def test_a_worker_that_is_killed_is_replaced_and_the_others_serve_meanwhile(crew: GatewayProcess) -> None:
    shop = Shop(crew.url)
    victim = crew.ready_workers()[0]
    os.kill(victim, signal.SIGKILL)
    for _ in range(20):
        assert "errors" not in await shop.ask("{ __typename }")
    await asyncio.to_thread(until_staffed, crew)
    assert victim not in crew.workers()


async def test_workers_do_not_outlive_an_overseer_that_is_killed(tmp_path: Path) -> None:
    crew = GatewayProcess(tmp_path / "data", "--empty", "--workers", str(WORKERS))
    crew.start()
    try:
        await asyncio.to_thread(until_staffed, crew)
        workers = crew.workers()
        crew.kill()
        end = time.monotonic() + 20
        while any(alive(worker) for worker in workers):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
    finally:
        crew.stop()


async def buying(crew: GatewayProcess, key: str, sku: str, asked: list[str], pause: float, kept: bool) -> None:
    """One piece after the other, over a connection that is kept or a new one each; raises what goes wrong, once."""
    while True:
        async with httpx.AsyncClient(timeout=20) as client:
            await buy(client, crew.url, key, sku, asked)
            while kept:
                await asyncio.sleep(pause)
                await buy(client, crew.url, key, sku, asked)
        await asyncio.sleep(pause)


async def buy(client: httpx.AsyncClient, url: str, key: str, sku: str, asked: list[str]) -> None:
    """One piece, asked for once."""
    name = uuid.uuid4().hex
    body = {"query": ADD, "variables": {"key": key, "id": name, "sku": sku}}
    answer = await client.post(f"{url}/graphql", json=body)
    assert answer.json()["data"]["applyCartOperations"]["applied"] == [name], answer.text
    asked.append(name)


@asynccontextmanager
async def at_work(*work: Coroutine[Any, Any, None]) -> AsyncIterator[Callable[[], list[BaseException]]]:
    """Does the work beside the block; yields the question what of it has failed by now."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield lambda: [failure for task in tasks if task.done() and (failure := task.exception())]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def until_staffed(crew: GatewayProcess) -> None:
    """Waits until every seat is taken by a worker that is ready."""
    end = time.monotonic() + 60
    while len(crew.ready_workers()) < WORKERS:
        assert time.monotonic() < end, crew.log()
        time.sleep(0.05)
