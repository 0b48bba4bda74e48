"""An open transaction of pricing: what every writer in it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modules.kernel.events import Event
from modules.kernel.outcome import Repeatable
from modules.runtime.database import AuditEntry, Transaction
from modules.runtime.idempotency import remember, replay

_LOCK = """
    INSERT INTO pricing_revision (topic, name, version) VALUES (:topic, :name, 0)
    ON CONFLICT (topic, name) DO UPDATE SET version = pricing_revision.version
"""
_RAISE = """
    UPDATE pricing_revision SET version = version + 1 WHERE topic = :topic AND name IN :names
    RETURNING name, version
"""


def upsert(table: str, columns: Sequence[str], key: Sequence[str], updated: Sequence[str]) -> str:
    """The statement that adds a row or writes these columns of the one that is there."""
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in updated)}"
    )


class Writing:
    """An open transaction; the nouns of pricing each add their own."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    async def replay(self, command: Repeatable) -> Mapping[str, Any] | None:
        """What was remembered of the command; raises IdempotencyConflict for other input under its key."""
        return await replay(self.tx, command.principal, command.mutation, command.key or "", command.body)

    async def remember(self, command: Repeatable, outcome: Mapping[str, Any]) -> None:
        """Keeps the outcome for whoever sends the command again."""
        await remember(self.tx, command.principal, command.mutation, command.key or "", command.body, outcome)

    async def now_us(self) -> int:
        """The store's clock."""
        return await self.tx.now_us()

    async def lock(self, topic: str, names: Iterable[str]) -> None:
        """Lets no other writing have one of these names until this one ends."""
        # In one order always, or two writers would wait for each other.
        wished = [{"topic": topic, "name": name} for name in sorted(names)]
        if wished:
            await self.tx.run_many(_LOCK, wished)

    async def raise_versions(self, topic: str, names: Iterable[str]) -> dict[str, int]:
        """The next version of each name, which must be locked."""
        return dict(await self.tx.read(_RAISE, topic=topic, names=list(names)))

    def audit(self, entries: Sequence[AuditEntry]) -> None:
        """Kept with the commit."""
        self.tx.audit(entries)

    def emit(self, events: Sequence[Event]) -> None:
        """Sent with the commit."""
        self.tx.emit(events)
