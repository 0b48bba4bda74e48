"""A PostgreSQL for tests: the one of TEST_DATABASE_URL, or one that is started for them and stopped at their end."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import pytest

from modules.runtime.embedded import die_with_parent

_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "listen_addresses=")


class PostgresqlServer:
    """Makes databases from a template and uses them again; all of them go with the session."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._free: list[str] = []
        self._made: list[str] = []
        self._template = f"cogwerk_{secrets.token_hex(6)}"

    def make_template(self, create_tables: Callable[[str], None]) -> None:
        """Makes the database that all others are copies of."""
        self.run(f"CREATE DATABASE {self._template}")
        create_tables(self.named(self._template))

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """A database with all tables and nothing in them; its URL.

        One that a test left is emptied and used again, as making one takes a second: unless the test has changed its
        tables or its revisions, then it goes.
        """
        name = self._free.pop() if self._free else self._make()
        try:
            yield self.named(name)
        finally:
            if asyncio.run(_emptied(self.named(name), self.named(self._template))):
                self._free.append(name)
            else:
                self._drop(name)

    def drop_all(self) -> None:
        """Leaves a server that is not ours as it was."""
        for name in [*self._made, self._template]:
            self._drop(name)

    def _make(self) -> str:
        name = f"{self._template}_{secrets.token_hex(4)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        self._made.append(name)
        return name

    def _drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def named(self, name: str) -> str:
        """The URL of another database of the same server."""
        parts = urlsplit(self.url)
        return f"postgresql://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")

    def run(self, sql: str) -> None:
        """One statement outside a transaction."""
        asyncio.run(_run(self.url, sql))


_SHAPE = """
    SELECT COUNT(*), SUM(hashtextextended(c.relname || '.' || a.attname || a.atttypid || a.attnotnull, 0))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
_REVISIONS = "SELECT string_agg(version_num, ',' ORDER BY version_num) FROM alembic_version"
_ALONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
    DO $$ DECLARE name TEXT; filled BOOLEAN; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled THEN EXECUTE format('TRUNCATE %I RESTART IDENTITY', name); END IF;
        END LOOP;
    END $$
"""


async def _emptied(url: str, template: str) -> bool:
    """Takes everything out of a database, of whomever a test left behind too; False when it is not as it was made."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_ALONE)
        if await _looks(connection) != await _look_of(template):
            return False
        await connection.execute(_EMPTY)
        return True
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.close()


_seen: dict[str, tuple[object, ...]] = {}


async def _look_of(template: str) -> tuple[object, ...]:
    if template not in _seen:
        connection = await asyncpg.connect(template)
        try:
            _seen[template] = await _looks(connection)
        finally:
            await connection.close()
    return _seen[template]


async def _looks(connection: asyncpg.Connection) -> tuple[object, ...]:
    shape = await connection.fetchrow(_SHAPE)
    return tuple(shape or ()), await connection.fetchval(_REVISIONS)


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextmanager
def server_of_tests() -> Iterator[PostgresqlServer]:
    """TEST_DATABASE_URL's server, else one of our own; skips with the reason when there is neither."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        server = PostgresqlServer(url)
        try:
            yield server
        finally:
            server.drop_all()
        return
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: set TEST_DATABASE_URL, or install its programs (initdb, postgres)")
    with _started(programs) as url:
        yield PostgresqlServer(url)


def _programs() -> Path | None:
    """The folder of initdb and postgres, the newest there is."""
    folders = [str(Path(found).resolve().parent) for name in ("initdb", "postgres") if (found := shutil.which(name))]
    folders += sorted(glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[-2]), reverse=True)
    return next(
        (Path(path) for path in folders if all((Path(path) / x).exists() for x in ("initdb", "postgres"))), None
    )


@contextmanager
def _started(programs: Path) -> Iterator[str]:
    user = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="cogwerk-pg-", ignore_cleanup_errors=True) as directory:
        if user is not None:
            shutil.chown(directory, user)
        data = f"{directory}/data"
        init: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "cogwerk",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        made = subprocess.run(init, user=user, cwd=directory, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"initdb failed: {made.stderr.strip()}")
        settings = [part for setting in (*_QUICK, f"unix_socket_directories={directory}") for part in ("-c", setting)]
        # In a session of its own Ctrl-C reaches the tests alone, which stop it in order; killed, they take it along.
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", data, *settings],
            user=user,
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent() if sys.platform == "linux" else None,
        )
        try:
            url = f"postgresql://cogwerk@/postgres?host={quote(directory)}"
            _await(url, server)
            yield url
        finally:
            _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # ends the connections too
    with suppress(subprocess.TimeoutExpired):
        server.wait(20)
    server.kill()
    server.wait()


def _unprivileged() -> str | None:
    """Another user when this is root, whom PostgreSQL refuses; None otherwise."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError, asyncpg.PostgresError):
            asyncio.run(_run(url, "SELECT 1"))
            return
        time.sleep(0.05)
    pytest.skip(f"the PostgreSQL started for the tests does not answer (it ended with {server.poll()})")
