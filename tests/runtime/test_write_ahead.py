"""Many that open one new file at once all get its write-ahead log."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from modules.runtime.write_ahead import use_write_ahead_log


def test_connections_that_switch_one_new_file_together_all_succeed(tmp_path: Path) -> None:
    def switch(path: Path, together: threading.Barrier) -> str:
        with closing(sqlite3.connect(path, timeout=10)) as raw:
            together.wait()
            use_write_ahead_log(raw, 10.0)
            return str(raw.execute("PRAGMA journal_mode").fetchone()[0])

    with ThreadPoolExecutor(6) as pool:
        for attempt in range(30):
            together = threading.Barrier(6)
            path = tmp_path / f"{attempt}.db"
            assert list(pool.map(lambda _: switch(path, together), range(6))) == ["wal"] * 6  # noqa: B023


def test_a_file_that_stays_busy_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as raw, pytest.raises(sqlite3.OperationalError, match="locked"):
            use_write_ahead_log(raw, 0.05)
