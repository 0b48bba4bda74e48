"""`backup`: one directory with all of a shop, made while it serves."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gateway.backup.databases import dump, file_of, require_programs
from gateway.backup.manifest import CARTS, DATABASES, FORMAT, BackupRefused, Manifest, Part
from gateway.carts import wire_copies
from gateway.migrations.branches import examine
from gateway.process import REDIS, keeping
from gateway.settings import Settings
from gateway.vault import SECRET_FILE, cart_secret, fingerprint
from modules.kernel.moments import format_moment
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.cluster import redis_at
from modules.runtime.database import Database, opened
from modules.runtime.embedded import EmbeddedServer, running_url
from modules.runtime.redis import Redis


async def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Makes the directory; it is there when it is whole. Carts first, then the database: `modules.cart.store.copies`.

    Raises BackupRefused, DatabaseMismatch, Misconfigured, Unavailable.
    """
    target: Path = options.directory.absolute()
    _examine(settings, target)
    require_programs(settings.database, "pg_dump")
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    try:
        manifest = await _fill(settings, part)
        manifest.write(part)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum(file.bytes for file in manifest.files.values())
    print(f"{options.directory}: the database and {manifest.carts} carts, {size / 1_000_000:.1f} MB")
    return 0


def _examine(settings: Settings, target: Path) -> None:
    if target.exists():
        raise BackupRefused(f"{target} is there already: name a directory that is not.")
    path = file_of(settings.database)
    if path is not None and not path.exists():
        raise BackupRefused(f"There is no database at {path}: --data names the data directory of the shop.")
    secret = settings.data / SECRET_FILE
    if not settings.secret and not secret.exists():
        raise BackupRefused(
            f"There is no {secret}, without which carts and codes of this database are found by nobody: --data names "
            "the data directory of the shop, or COGWERK_SECRET says it."
        )


async def _fill(settings: Settings, part: Path) -> Manifest:
    begun = datetime.now(UTC)
    async with opened(settings.database) as database:
        (await examine(database)).require_current()
        revisions = await _revisions(database)
        carts = await _copy_carts(settings, database, part / CARTS)
        await dump(settings.database, part / DATABASES[database.dialect])
        if await _revisions(database) != revisions:
            raise BackupRefused("The database was migrated meanwhile: begin again.")
    secret = cart_secret(settings.data, settings.secret)
    if not settings.secret:
        _write_private(part / SECRET_FILE, [secret])
    return Manifest(
        format=FORMAT,
        version=program_version(),
        begun_at=format_moment(begun),
        database=database.dialect,
        revisions=revisions,
        carts=carts,
        secret=fingerprint(secret),
        files=_parts(part),
    )


def _parts(directory: Path) -> dict[str, Part]:
    return {path.name: Part.of(path) for path in sorted(directory.iterdir())}


async def _copy_carts(settings: Settings, database: Database, path: Path) -> int:
    market = MarketService(MarketStore(database))
    await market.load()
    _write_private(path, [])
    with path.open("ab") as file:
        async with open_redis(settings) as redis:
            copies = wire_copies(database, redis, market, keeping(settings))
            return await copies.copy(lambda lines: file.writelines(line + b"\n" for line in lines))


@asynccontextmanager
async def open_redis(settings: Settings, alone: bool = False) -> AsyncIterator[Redis]:
    """The shop's Redis: the operator's own; the embedded one of whoever serves, or unless it is to be had `alone`, one
    that is started meanwhile. Raises DataDirectoryInUse."""
    directory = settings.data / REDIS
    url = settings.redis_url or (None if alone else running_url(directory))
    if url is None:
        async with EmbeddedServer(directory) as own, _opened(own) as redis:
            yield redis
        return
    async with _opened(url) as redis:
        yield redis


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Redis]:
    redis = redis_at(url)
    try:
        await redis.ping()
        yield redis
    finally:
        await redis.close()


async def _revisions(database: Database) -> list[str]:
    return sorted(name for (name,) in await database.read("SELECT version_num FROM alembic_version"))


def _write_private(path: Path, lines: Sequence[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(line + b"\n" for line in lines)


def program_version() -> str:
    """Of this program; empty when it runs without having been installed."""
    try:
        return version("cogwerk")
    except PackageNotFoundError:
        return ""
