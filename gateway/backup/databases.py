"""Files and servers: a consistent copy of the database while it is written to, and the way back."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gateway.backup.manifest import BackupRefused
from gateway.migrations.branches import MODULES
from modules.runtime.database import opened

_OURS = [f"{module}_*" for module in MODULES] + ["alembic_version"]
_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    AND (split_part(tablename, '_', 1) IN :modules OR tablename = 'alembic_version')
"""


def file_of(url: str) -> Path | None:
    """The SQLite file; None for a server."""
    scheme, _, rest = url.partition("://")
    return Path(rest[1:]).absolute() if scheme == "sqlite" else None


async def dump(url: str, target: Path) -> None:
    """A copy of one moment, while others write. Raises BackupRefused."""
    path = file_of(url)
    if path is not None:
        await asyncio.to_thread(_copy_file, path, target)
        return
    tables = [f"--table={name}" for name in _OURS]
    await _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *tables)


def require_programs(url: str, *names: str) -> None:
    """Raises BackupRefused where PostgreSQL's own programs are needed and missing."""
    missing = [name for name in names if file_of(url) is None and not shutil.which(name)]
    if missing:
        raise BackupRefused(
            f"{' and '.join(missing)} cannot be found. A PostgreSQL database is copied by PostgreSQL's own programs: "
            "install its client (Debian: postgresql-client), of the server's version or newer."
        )


async def holds_a_shop(url: str) -> bool:
    """Whether there are tables of ours, or for SQLite a file at all."""
    path = file_of(url)
    return path.exists() if path is not None else bool(await _tables(url))


@asynccontextmanager
async def filled(url: str, source: Path) -> AsyncIterator[str]:
    """A database that holds what `dump` has copied, by its URL: in the place of what was there, at the block's end.

    On PostgreSQL it is there from the beginning of the block. Raises BackupRefused.
    """
    path = file_of(url)
    if path is None:
        await _fill_server(url, source)
        yield url
        return
    part = path.with_name(f".{path.name}.part")
    _remove(part)
    try:
        await asyncio.to_thread(shutil.copyfile, source, part)
        part.chmod(0o600)
        yield f"sqlite:///{part}"
        _remove(path)  # the log of the old file must not be taken for the new one's
        part.replace(path)
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _copy_file(path: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as held, closing(sqlite3.connect(target)) as copy:
            held.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            ((answer,),) = copy.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        raise BackupRefused(f"{path} cannot be copied: {error}.") from error
    if answer != "ok":
        raise BackupRefused(f"{path} is damaged: {answer}.")


async def _fill_server(url: str, source: Path) -> None:
    tables = await _tables(url)
    async with opened(url) as database, database.transaction() as tx:
        for table in tables:
            await tx.run(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    await _run(
        "pg_restore", url, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(source)
    )


async def _tables(url: str) -> list[str]:
    async with opened(url) as database:
        return [name for (name,) in await database.read(_TABLES, modules=list(MODULES))]


async def _run(program: str, url: str, *options: str) -> None:
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    # Whoever lists processes sees their arguments, and not their environment.
    bare = parts._replace(netloc=f"{login.partition(':')[0]}{at}{host}").geturl()
    environ = {**os.environ, **({"PGPASSWORD": unquote(parts.password)} if parts.password else {})}
    process = await asyncio.create_subprocess_exec(
        *(program, f"--dbname={bare}", "--no-password", *options),
        env=environ,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise BackupRefused(f"{program} ended with {process.returncode}: {said.decode(errors='replace').strip()}")
