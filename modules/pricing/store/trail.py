"""The audit trail in the database: read only, whoever changes something writes it with the change."""

from __future__ import annotations

import json
from typing import Any, Final

from modules.pricing.model.trail import Entry, Subject
from modules.runtime.database import Database

_SELECT: Final = """
    SELECT id, at_us, principal, action, target, before, after, reason FROM runtime_audit
    WHERE action LIKE 'pricing.%' AND {target} AND id < :below ORDER BY id DESC LIMIT :most
"""
_ONE: Final = _SELECT.format(target="target = :target")
_ALL: Final = _SELECT.format(target="target LIKE :target ESCAPE '!'")


class TrailStore:
    """Reads of one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, subject: Subject, id: str | None, most: int, below: int) -> list[Entry]:
        """The newest first, of one thing or of all of its kind, at most `most` with a number below one."""
        prefix = f"{subject.value}:"
        target = prefix.replace("_", "!_") + "%" if id is None else prefix + id
        rows = await self._database.read(_ALL if id is None else _ONE, target=target, below=below, most=most)
        return [_entry(row, len(prefix)) for row in rows]


def _entry(row: tuple[Any, ...], prefix: int) -> Entry:
    number, at_us, by, action, target, before, after, reason = row
    return Entry(
        number,
        at_us,
        by,
        action.removeprefix("pricing."),
        target[prefix:],
        None if before is None else json.loads(before),
        None if after is None else json.loads(after),
        reason,
    )
