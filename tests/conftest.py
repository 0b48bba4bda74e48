"""Backends as parameters: every test that takes `database` or `redis` runs on each that can be had here."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from gateway.migrations.upgrade import migrate
from modules.runtime.cluster import redis_at
from modules.runtime.database import Database
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.programs import Program
from modules.runtime.redis import Redis
from tests.postgresql import PostgresqlServer, server_of_tests
from tests.redis_cluster import ClusterOfTests, flush

# No test may fail because the machine is busy, nor for what another change did: the same code is tried with the same
# examples. New ones are looked for with `scripts/test --full --hypothesis-profile=exploring`.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("exploring", settings.get_profile("untimed"), derandomize=False, print_blob=True)
settings.load_profile("untimed")


def create_tables(url: str) -> None:
    """All tables of all modules, by their migrations."""
    asyncio.run(migrate(url))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty SQLite file with all tables."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    create_tables(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server whose template database has all tables: TEST_DATABASE_URL's, or one that is started here."""
    with server_of_tests() as server:
        server.make_template(create_tables)
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables, on each of the two."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{path}"
    else:
        with request.getfixturevalue("postgresql_server").fresh_database() as url:
            yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database, open."""
    database = await Database.open(database_url)
    yield database
    await database.close()


_REDIS = shutil.which("redis-server")
"""A Redis of this machine, besides the program that comes along: not the same server, and an older one."""


@contextmanager
def _serving(program: Program | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cogwerk-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedServer(Path(directory), program)
        asyncio.run(server.start())
        try:
            yield server.url
        finally:
            asyncio.run(server.stop())


@pytest.fixture(scope="session")
def embedded_url() -> Iterator[str]:
    """The embedded server, one for all tests."""
    with _serving(None) as url:
        yield url


@pytest.fixture(scope="session")
def own_redis_url() -> Iterator[str]:
    """TEST_REDIS_URL where it is set (name a database number there, it is emptied), else one that is started here."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    assert _REDIS is not None
    with _serving(Program.at(Path(_REDIS))) as url:
        yield url


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """A cluster of three, one for all tests."""
    with tempfile.TemporaryDirectory(prefix="cogwerk-", ignore_cleanup_errors=True) as directory:
        cluster = ClusterOfTests(Path(directory))
        try:
            yield cluster.url
        finally:
            cluster.stop()


REDIS_URLS = {"embedded": "embedded_url", "redis": "own_redis_url", "cluster": "cluster_url"}
_SINGLE = ["embedded", "redis"] if os.environ.get("TEST_REDIS_URL") or _REDIS else ["embedded"]


_CLUSTERED = ("/cart/test_store.py", "/cart/test_archive.py", "/cart/test_claims.py", "/runtime/test_feed.py")
"""What asks most of Redis is always tried on a cluster as well, the other tests of carts with `--full`."""
_OF_ONE_SERVER = ("/cart/test_hazards.py",)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that takes `redis` runs on every kind there is."""
    if "redis_url" not in metafunc.fixturenames:
        return
    kinds: list[Any] = [*_SINGLE]
    path = metafunc.definition.path.as_posix()
    if path.endswith(_CLUSTERED):
        kinds.append("cluster")
    elif "/tests/cart/" in path and not path.endswith(_OF_ONE_SERVER):
        kinds.append(pytest.param("cluster", marks=pytest.mark.slow))
    metafunc.parametrize("redis_url", kinds, indirect=True)


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The embedded server, a Redis where there is one, and for some tests a cluster."""
    url: str = request.getfixturevalue(REDIS_URLS[request.param])
    return url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Redis, open and empty."""
    redis = redis_at(redis_url)
    await flush(redis)
    yield redis
    await redis.close()


@pytest.fixture
async def feed(redis: Redis) -> AsyncIterator[StreamFeed]:
    """The feed over Redis, reading."""
    feed = StreamFeed(redis)
    async with _beside(feed.run()):
        yield feed


@pytest.fixture
async def relay(database: Database, redis: Redis) -> AsyncIterator[Relay]:
    """The relay from the database to Redis, at work."""
    relay = Relay(database, redis)
    async with _beside(relay.run()):
        yield relay


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
