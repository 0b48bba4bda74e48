"""`restore`: a back-up becomes a shop, in a place where nobody serves."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gateway.backup.databases import file_of, filled, holds_a_shop, require_programs
from gateway.backup.making import open_redis
from gateway.backup.manifest import CARTS, DATABASES, BackupRefused, Manifest
from gateway.carts import wire_copies
from gateway.migrations.branches import MODULES, standing
from gateway.process import keeping, make_directory
from gateway.settings import Settings
from gateway.vault import SECRET_FILE, fingerprint
from modules.cart.store.addresses import buckets
from modules.kernel.leader import Leader
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.database import opened
from modules.runtime.leader import RELAY, FileLeader, leader_of
from modules.runtime.redis import Redis
from modules.runtime.streams import epoch_key, stream_key

_PATIENCE_SECONDS = 2.0


async def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Puts the back-up in the place of what is there, which without --force is nothing; --dry-run examines alone.

    All carts lie in the database afterwards, and come to Redis when they are touched. The streams begin anew, so that
    every till with a cursor from before is told to begin anew as well. Raises BackupRefused, DatabaseMismatch,
    Misconfigured, Unavailable.
    """
    directory: Path = options.directory.absolute()
    manifest = Manifest.read(directory)
    _examine(settings, directory, manifest, options.force)
    require_programs(settings.database, "pg_restore")
    if options.dry_run:
        print(f"{options.directory}: whole, of {manifest.begun_at}, with {manifest.carts} carts from Redis")
        return 0
    make_directory(settings.data)
    async with open_redis(settings, alone=True) as redis, _nobody_serves(settings):
        if not options.force:
            await _require_empty(settings, redis, options.keep_carts)
        await (_begin_streams_anew(redis) if options.keep_carts else _empty(redis))
        count = await _fill(settings, directory, manifest, redis)
        if SECRET_FILE in manifest.files and not settings.secret:
            _place_secret(directory / SECRET_FILE, settings.data / SECRET_FILE)
    behind = standing(manifest.revisions).behind
    then = "; run 'migrate' next" if behind else ""
    print(f"restored as of {manifest.begun_at}: the database, and {count} copies of carts{then}")
    return 0


def _examine(settings: Settings, directory: Path, manifest: Manifest, force: bool) -> None:
    dialect = "postgresql" if file_of(settings.database) is None else "sqlite"
    if manifest.database != dialect:
        raise BackupRefused(f"{directory} is of {manifest.database}, and DATABASE_URL names a {dialect} database.")
    standing(manifest.revisions).require_known()
    _examine_secret(settings, manifest, force)
    manifest.verify(directory)


def _examine_secret(settings: Settings, manifest: Manifest, force: bool) -> None:
    """Keys of customers' carts and promotions' codes are derived with it: with another one nobody finds them again."""
    path = settings.data / SECRET_FILE
    held = settings.secret or (path.read_text().strip() if path.exists() else "")
    if held and fingerprint(held.encode()) == manifest.secret:
        return
    if settings.secret or SECRET_FILE not in manifest.files:
        raise BackupRefused("The back-up was made with another COGWERK_SECRET: set it to what it was then.")
    if held and not force:
        raise BackupRefused(f"{path} is another shop's secret. Restore into an empty place, or replace it by --force.")


async def _require_empty(settings: Settings, redis: Redis, keep_carts: bool) -> None:
    if await holds_a_shop(settings.database):
        raise BackupRefused("There is a database already. Restore into an empty place, or replace it by --force.")
    if not keep_carts and any([await server.execute("DBSIZE") for server in await redis.servers()]):
        raise BackupRefused(
            "Redis is not empty. If its carts are this shop's, and newer than the back-up, keep them by --keep-carts; "
            "if all that it holds may go, say --force."
        )


@asynccontextmanager
async def _nobody_serves(settings: Settings) -> AsyncIterator[None]:
    """Leads what every gateway wants to lead, so that there is none. Raises BackupRefused."""
    async with AsyncExitStack() as stack:
        path = file_of(settings.database)
        leader: Leader
        if path is not None:
            leader = FileLeader(path.with_name(f"{path.name}.{RELAY}"))
        else:
            leader = leader_of(await stack.enter_async_context(opened(settings.database)))
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await stack.enter_async_context(leader.lead())
        except TimeoutError:
            raise BackupRefused("A gateway serves from this database: stop it first.") from None
        yield


async def _fill(settings: Settings, directory: Path, manifest: Manifest, redis: Redis) -> int:
    async with filled(settings.database, directory / DATABASES[manifest.database]) as url:
        async with opened(url) as database:
            copies = wire_copies(database, redis, MarketService(MarketStore(database)), keeping(settings))
            try:
                return await copies.give_back(_lines(directory / CARTS))
            except ValueError as error:
                raise BackupRefused(f"{directory / CARTS} cannot be read: {error}.") from error


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\n")


async def _empty(redis: Redis) -> None:
    for server in await redis.servers():
        await server.execute("FLUSHDB")


async def _begin_streams_anew(redis: Redis) -> None:
    """What is told of the database's past is not true of it any more; cursors into it name an epoch that is gone."""
    streams = [stream_key(module) for module in MODULES]
    streams += [f"{bucket}.events.cart" for bucket in buckets()]
    for stream in streams:
        await redis.execute("DEL", stream)
        await redis.execute("DEL", epoch_key(stream))


def _place_secret(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(source.read_bytes())
    part.replace(target)
