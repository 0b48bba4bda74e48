"""An open transaction of pricing: what every writer in it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modules.kernel.events import Event
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry

_LOCK = """
    INSERT INTO pricing_revision (topic, name, version) VALUES (:topic, :name, 0)
    ON CONFLICT (topic, name) DO UPDATE SET version = pricing_revision.version
"""
_RAISE = """
    UPDATE pricing_revision SET version = version + 1 WHERE topic = :topic AND name IN :names
    RETURNING name, version
"""


class Writing(Change):
    """An open transaction; the nouns of pricing each add their own."""

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
