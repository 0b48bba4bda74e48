"""A back-up is refused where it would mislead: damaged, of a newer version, of another shop, or over a shop."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.backup import BackupRefused, backup, restore
from gateway.migrations.branches import DatabaseMismatch
from gateway.process import REDIS, open_process
from gateway.settings import Settings
from gateway.vault import cart_secret
from modules.runtime.database import Database
from modules.runtime.embedded import DataDirectoryInUse, EmbeddedServer
from modules.runtime.redis import Redis
from modules.runtime.streams import epoch_key, stream_key

MARK = "INSERT INTO market_revision (id, revision) VALUES (1, :number)"


def options(directory: Path, **given: bool) -> argparse.Namespace:
    """Of the command line."""
    return argparse.Namespace(
        **{"directory": directory, "force": False, "keep_carts": False, "dry_run": False, **given}
    )


def names_in(directory: Path) -> set[str]:
    """What lies there."""
    return {path.name for path in directory.iterdir()}


def mode_of(path: Path) -> int:
    """Who may do what with it."""
    return path.stat().st_mode & 0o777


async def mark(settings: Settings, number: int) -> None:
    """Lets the database be told from others."""
    database = await Database.open(settings.database)
    async with database.transaction() as tx:
        await tx.run("DELETE FROM market_revision")
        await tx.run(MARK, number=number)
    await database.close()


async def marked(settings: Settings) -> int:
    """Which database it is."""
    database = await Database.open(settings.database)
    rows = await database.read("SELECT revision FROM market_revision")
    await database.close()
    return int(rows[0][0])


@asynccontextmanager
async def redis_of(settings: Settings) -> AsyncIterator[Redis]:
    """The embedded server while nobody serves."""
    async with EmbeddedServer(settings.data / REDIS) as url:
        redis = Redis(url)
        yield redis
        await redis.close()


@pytest.fixture
def a_shop(tmp_path: Path, sqlite_template: bytes) -> Callable[[str], Settings]:
    """Makes a data directory with an empty shop."""

    def make(name: str) -> Settings:
        (tmp_path / name).mkdir()
        (tmp_path / name / "cogwerk.db").write_bytes(sqlite_template)
        return Settings(data=tmp_path / name)

    return make


@pytest.fixture
async def kept(a_shop: Callable[[str], Settings], tmp_path: Path) -> Path:
    """A back-up of the database number 7."""
    shop = a_shop("shop")
    await mark(shop, 7)
    cart_secret(shop.data, "")
    assert await backup(shop, options(tmp_path / "kept")) == 0
    return tmp_path / "kept"


@pytest.fixture
def fresh(tmp_path: Path) -> Settings:
    """A place where nothing is."""
    return Settings(data=tmp_path / "fresh")


def rewrite(directory: Path, **changes: Any) -> None:
    """Lets the manifest say something else."""
    path = directory / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


async def test_a_back_up_is_its_owners_alone_and_becomes_the_shop_it_was(kept: Path, fresh: Settings) -> None:
    assert names_in(kept) == {"manifest.json", "carts.jsonl", "database.sqlite", "secret.key"}
    assert (mode_of(kept), mode_of(kept / "secret.key")) == (0o700, 0o600)
    assert await restore(fresh, options(kept)) == 0
    assert await marked(fresh) == 7
    assert (fresh.data / "secret.key").read_text() == (kept / "secret.key").read_text()
    assert mode_of(fresh.data / "secret.key") == 0o600


@pytest.mark.parametrize("name", ["carts.jsonl", "database.sqlite", "secret.key"])
async def test_a_damaged_or_missing_file_is_named_and_nothing_is_made(kept: Path, fresh: Settings, name: str) -> None:
    (kept / name).write_bytes((kept / name).read_bytes() + b"x")
    with pytest.raises(BackupRefused, match=f"damaged: {name}"):
        await restore(fresh, options(kept))
    (kept / name).unlink()
    with pytest.raises(BackupRefused, match=f"damaged: {name}"):
        await restore(fresh, options(kept))
    assert not fresh.data.exists()


async def test_a_directory_without_a_manifest_is_no_back_up(kept: Path, fresh: Settings) -> None:
    (kept / "manifest.json").unlink()
    with pytest.raises(BackupRefused, match="not a whole one"):
        await restore(fresh, options(kept))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"format": 2}, BackupRefused, "newer version"),
        ({"revisions": ["market_9999"]}, DatabaseMismatch, "market_9999"),
        ({"database": "postgresql"}, BackupRefused, "is of postgresql"),
        ({"files": {"carts.jsonl": {}}}, BackupRefused, "manifest.json is damaged"),
    ],
)
async def test_a_back_up_of_another_kind_or_a_newer_version_is_refused(
    kept: Path, fresh: Settings, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    rewrite(kept, **changes)
    with pytest.raises(error, match=words):
        await restore(fresh, options(kept, force=True))
    assert not fresh.data.exists()


async def test_another_secret_is_refused_since_nobody_would_find_a_cart_again(kept: Path, fresh: Settings) -> None:
    with pytest.raises(BackupRefused, match="COGWERK_SECRET"):
        await restore(replace(fresh, secret="x" * 32), options(kept, force=True))


async def test_a_place_that_is_not_empty_is_replaced_by_force_alone(
    kept: Path, a_shop: Callable[[str], Settings]
) -> None:
    other = a_shop("other")
    await mark(other, 8)
    with pytest.raises(BackupRefused, match="a database already"):
        await restore(other, options(kept))
    assert await marked(other) == 8
    await restore(other, options(kept, force=True))
    assert await marked(other) == 7


async def test_carts_in_redis_are_dropped_by_force_and_kept_if_told(kept: Path, fresh: Settings) -> None:
    fresh.data.mkdir()
    async with redis_of(fresh) as redis:
        await redis.execute_many([("SET", "cart", 1), ("SET", epoch_key(stream_key("market")), "old")])
    with pytest.raises(BackupRefused, match="Redis is not empty"):
        await restore(fresh, options(kept))
    await restore(fresh, options(kept, keep_carts=True))
    async with redis_of(fresh) as redis:
        assert await redis.execute("KEYS", "*") == ["cart"]
    await restore(fresh, options(kept, force=True))
    async with redis_of(fresh) as redis:
        assert await redis.execute("DBSIZE") == 0


async def test_nothing_is_restored_under_a_gateway_that_serves(kept: Path, a_shop: Callable[[str], Settings]) -> None:
    other = a_shop("other")
    async with open_process(other):
        with pytest.raises(DataDirectoryInUse):
            await restore(other, options(kept, force=True))
    async with redis_of(other) as redis:
        served = replace(other, redis_url=f"unix://{other.data / REDIS / 'redis.sock'}")
        assert await redis.execute("PING") == "PONG"
        async with open_process(served):
            with pytest.raises(BackupRefused, match="A gateway serves"):
                await restore(served, options(kept, force=True))


async def test_a_dry_run_examines_and_makes_nothing(kept: Path, fresh: Settings) -> None:
    assert await restore(fresh, options(kept, dry_run=True)) == 0
    assert not fresh.data.exists()


async def test_what_is_cut_off_leaves_no_back_up(
    kept: Path, a_shop: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_shop("other")
    cart_secret(other.data, "")

    async def killed(*_: object) -> None:
        raise BackupRefused("killed")

    monkeypatch.setattr("gateway.backup.making.dump", killed)
    with pytest.raises(BackupRefused, match="killed"):
        await backup(other, options(tmp_path / "half"))
    assert not [name for name in names_in(tmp_path) if "half" in name]
    with pytest.raises(BackupRefused, match="is there already"):
        await backup(other, options(kept))


async def test_there_is_no_back_up_of_nothing(fresh: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="no database"):
        await backup(fresh, options(tmp_path / "kept"))


async def test_there_is_no_back_up_without_the_secret_and_none_is_made_up(
    a_shop: Callable[[str], Settings], tmp_path: Path
) -> None:
    shop = a_shop("shop")
    with pytest.raises(BackupRefused, match=r"There is no .*secret\.key"):
        await backup(shop, options(tmp_path / "kept"))
    assert names_in(tmp_path) == {"shop"}
    assert names_in(shop.data) == {"cogwerk.db"}


async def test_postgresql_without_its_programs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    settings = Settings(data=tmp_path, database_url="postgresql://nobody/shop", secret="s" * 32)
    with pytest.raises(BackupRefused, match="pg_dump cannot be found"):
        await backup(settings, options(tmp_path / "kept"))
