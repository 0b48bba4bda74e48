"""kill -9 of everything there is, one after the other, while tills follow the stock: none of them misses anything."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop
from tests.journeys.test_workers import WORKERS, at_work, until_staffed
from tests.journeys.tills import Till, positions, set_count, some_places
from tests.postgresql import PostgresqlServer

TILLS = 4
COUNTS = 12
"""Counts that are made while one trouble is got over."""


@dataclass
class Stage:
    """Two workers with a database server and an embedded Redis, and who troubles them."""

    crew: GatewayProcess
    database_url: str

    async def kill_a_worker(self) -> None:
        """The one that was there first, and so has the relay."""
        os.kill(self.crew.ready_workers()[0], signal.SIGKILL)

    async def kill_redis(self) -> None:
        """Its append-only file is what it comes back with."""
        found = subprocess.run(["pgrep", "-P", str(self.crew.pid)], capture_output=True, check=True)  # noqa: ASYNC221
        (child,) = {int(pid) for pid in found.stdout.split()} - set(self.crew.workers())
        os.kill(child, signal.SIGKILL)

    async def cut_off_the_database(self) -> None:
        """Every connection, in the middle of whatever it does."""
        connection = await asyncpg.connect(self.database_url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()

    async def kill_the_gateway(self) -> None:
        """The overseer: workers and Redis go with it, and somebody starts it again."""
        self.crew.kill()
        await asyncio.to_thread(self.crew.start)


@pytest.fixture
def stage(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Stage]:
    """Serves the demo shop."""
    with postgresql_server.fresh_database() as url:
        crew = GatewayProcess(tmp_path / "data", "--workers", str(WORKERS), environ={"DATABASE_URL": url})
        crew.start()
        until_staffed(crew)
        yield Stage(crew, url)
        crew.stop()


async def test_whatever_is_killed_every_till_ends_in_the_true_state_and_has_missed_nothing(stage: Stage) -> None:
    await weather(stage, [stage.kill_a_worker, stage.kill_redis, stage.cut_off_the_database])


@pytest.mark.slow
async def test_a_long_storm_ends_in_the_true_state_too(stage: Stage) -> None:
    round = [stage.kill_redis, stage.kill_a_worker, stage.cut_off_the_database, stage.kill_the_gateway]
    await weather(stage, round * 2)


async def weather(stage: Stage, troubles: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Meets the troubles one by one while counts are made; each count is told to each till, and none is skipped."""
    operator = Shop(stage.crew.url, token=stage.crew.token())
    source, skus = await some_places(operator, COUNTS)
    tills = [Till(operator, skus, source) for _ in range(TILLS)]
    async with at_work(*(till.run() for till in tills)):
        for till in tills:
            await till.began()
        for number, trouble in enumerate(troubles):
            # Each sku once while a trouble lasts: no newer count may stand for an older one.
            counts = {sku: str(10_000 + number * 100 + place) for place, sku in enumerate(skus)}
            counting = asyncio.create_task(count_all(operator, source, counts))
            await asyncio.sleep(0.1)
            await trouble()
            await counting
            for till in tills:
                await till.heard(counts)
                assert counts.items() <= till.told
            await asyncio.to_thread(until_staffed, stage.crew)
    for till in tills:
        assert till.kinds[0] == "SNAPSHOT"
        assert set(till.kinds[1:]) == {"CHANGE"}
        assert positions(till.cursors) == sorted(positions(till.cursors))


async def count_all(operator: Shop, source: str, counts: dict[str, str]) -> None:
    """One after the other, each until it is acknowledged."""
    for sku, on_hand in counts.items():
        await set_count(operator, sku, source, on_hand)
        await asyncio.sleep(0.02)
