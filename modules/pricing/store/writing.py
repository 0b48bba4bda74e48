"""An open transaction of pricing: what every writer in it needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from modules.kernel.events import Event
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry

_LOCK = """
    INSERT INTO pricing_revision (topic, name, version) VALUES (:topic, :name, 0)
    ON CONFLICT (topic, name) DO UPDATE SET version = pricing_revision.version
"""
_RAISE = """
    INSERT INTO pricing_revision (topic, name, version) SELECT :topic, value, 1 FROM {each} WHERE TRUE
    ON CONFLICT (topic, name) DO UPDATE SET version = pricing_revision.version + 1 RETURNING name, version
"""
_EACH = {
    "sqlite": "json_each(:names)",
    "postgresql": "json_array_elements_text(CAST(:names AS JSON)) AS each (value)",
}


class Writing(Change):
    """An open transaction; the nouns of pricing each add their own."""

    async def lock(self, topic: str, names: Iterable[str]) -> None:
        """Lets no other writing have one of these names until this one ends."""
        if self.tx.database.dialect == "sqlite":  # its transaction is the only one that writes
            return
        # In one order always, or two writers would wait for each other.
        wished = [{"topic": topic, "name": name} for name in sorted(names)]
        if wished:
            await self.tx.run_many(_LOCK, wished)

    async def raise_versions(self, topic: str, names: Iterable[str]) -> dict[str, int]:
        """The next version of each name, which must be locked."""
        sql = _RAISE.format(each=_EACH[self.tx.database.dialect])
        return dict(await self.tx.read(sql, topic=topic, names=json.dumps(sorted(set(names)))))

    def audit(self, entries: Sequence[AuditEntry]) -> None:
        """Kept with the commit."""
        self.tx.audit(entries)

    def emit(self, events: Sequence[Event]) -> None:
        """Sent with the commit."""
        self.tx.emit(events)
