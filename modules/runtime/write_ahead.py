"""SQLite's write-ahead log, switched on however many processes meet on the file."""

from __future__ import annotations

import random
import sqlite3
import time


def use_write_ahead_log(raw: sqlite3.Connection, seconds: float) -> None:
    """Switches the file to its write-ahead log, a property of the file; raises OperationalError when it stays busy.

    HAZARD: two that switch one new file at the same time each wait for the other, so SQLite answers "locked" at once
    and asks no busy handler: the busy timeout does not help, only trying again does.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.001, 0.02))
