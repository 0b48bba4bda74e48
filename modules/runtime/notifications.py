"""The queue of notifications in the database: taken once by their ids, handed out until something became of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modules.kernel.names import Locale
from modules.kernel.notification import Notification
from modules.runtime.database import Database

KEPT_US: Final = 30 * 24 * 60 * 60 * 1_000_000
"""How long an id is known after it was taken."""

_TAKE = (
    "INSERT INTO runtime_notification"
    " (id, kind, language, recipient, data, unsubscribe, created_us, due_us, tries, outcome)"
    " VALUES (:id, :kind, :language, :recipient, :data, :unsubscribe, :now, :now, 0, '')"
    " ON CONFLICT (id) DO NOTHING"
)
_DUE = (
    "SELECT id, kind, language, recipient, data, unsubscribe, created_us, tries FROM runtime_notification"
    " WHERE due_us <= :now ORDER BY due_us, id LIMIT :most"
)
_POSTPONE = "UPDATE runtime_notification SET due_us = :due, tries = tries + 1 WHERE id = :id AND due_us IS NOT NULL"
_SETTLE = (
    "UPDATE runtime_notification SET due_us = NULL, outcome = :outcome, recipient = '', data = '{}', unsubscribe = ''"
    " WHERE id IN :ids AND due_us IS NOT NULL"
)
_SWEEP = "DELETE FROM runtime_notification WHERE created_us < :line AND due_us IS NULL"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification that is to be delivered now; `tries` have failed since it was taken."""

    notification: Notification
    created_us: int
    tries: int


class NotificationQueue:
    """All notifications of this database. Addresses and contents are erased as soon as something became of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Callable[[], None]] = []

    def on_taken(self, listener: Callable[[], None]) -> None:
        """Calls the listener after this process has taken notifications; it must not block."""
        self._listeners.append(listener)

    async def take(self, notifications: Sequence[Notification]) -> None:
        """Keeps them for delivery; those whose id is known change nothing."""
        if not notifications:
            return
        async with self._database.transaction() as tx:
            now = await tx.now_us()
            await tx.run_many(_TAKE, [_values(notification, now) for notification in notifications])
        for listener in self._listeners:
            listener()

    async def due(self, most: int) -> list[Waiting]:
        """Those whose time has come, longest due first."""
        now = await self._database.now_us()
        return [_waiting(row) for row in await self._database.read(_DUE, now=now, most=most)]

    async def postpone(self, id: str, seconds: int) -> None:
        """Counts a failed try; the next one is due so much later."""
        async with self._database.transaction() as tx:
            await tx.run(_POSTPONE, id=id, due=await tx.now_us() + seconds * 1_000_000)

    async def settle(self, ids: Sequence[str], outcome: str) -> None:
        """Something became of those that wait: `sent`, `refused`, `withdrawn`. Nothing of them is left but that."""
        if ids:
            async with self._database.transaction() as tx:
                await tx.run(_SETTLE, ids=list(ids), outcome=outcome)

    async def sweep(self) -> None:
        """Forgets ids after 30 days."""
        async with self._database.transaction() as tx:
            await tx.run(_SWEEP, line=await tx.now_us() - KEPT_US)


def _values(notification: Notification, now: int) -> dict[str, object]:
    return {
        "id": notification.id,
        "kind": notification.kind,
        "language": notification.language,
        "recipient": notification.to,
        "data": json.dumps(dict(notification.data), separators=(",", ":"), ensure_ascii=False),
        "unsubscribe": notification.unsubscribe,
        "now": now,
    }


def _waiting(row: tuple[Any, ...]) -> Waiting:
    id, kind, language, recipient, data, unsubscribe, created_us, tries = row
    notification = Notification(
        id=id,
        to=recipient,
        kind=kind,
        language=Locale(language),
        data=json.loads(data),
        unsubscribe=unsubscribe,
    )
    return Waiting(notification, created_us, tries)
