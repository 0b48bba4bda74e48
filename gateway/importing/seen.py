"""What an import must remember of files of any size: in a temporary file, not in memory."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from typing import Any, Self


class _Temporary:
    """SQLite's private temporary database: it grows on disk, belongs to this process, and vanishes when closed."""

    def __init__(self, schema: str) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(schema)
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()


class Seen(_Temporary):
    """Keys with the place of their first coming."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE seen (key TEXT PRIMARY KEY, place TEXT) WITHOUT ROWID")

    def earlier(self, key: str, place: str) -> str | None:
        """The place where the key came before; None when this is the first time."""
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, place)).rowcount
        if added:
            return None
        (found,) = self._database.execute("SELECT place FROM seen WHERE key = ?", (key,)).fetchone()
        return str(found)


class Sorter(_Temporary):
    """Takes values in any order and gives them back by their keys; those of one key in the order they came."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE held (key TEXT, number INTEGER PRIMARY KEY, value BLOB)")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: str, value: Any) -> None:
        """One more."""
        self._count += 1
        self._database.execute("INSERT INTO held VALUES (?, ?, ?)", (key, self._count, pickle.dumps(value)))

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """All, by key."""
        for key, value in self._database.execute("SELECT key, value FROM held ORDER BY key, number"):
            yield key, pickle.loads(value)
