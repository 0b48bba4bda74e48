"""Change: what every store's open transaction can do; each store adds its nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.kernel.outcome import Repeatable
from modules.runtime import idempotency
from modules.runtime.database import Transaction


class Change:
    """An open transaction, in which a command with a key happens once (`modules.kernel.outcome.Memory`)."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx

    async def now_us(self) -> int:
        """The store's clock, which all processes share."""
        return await self.tx.now_us()

    async def replay(self, command: Repeatable) -> Mapping[str, Any] | None:
        """What was remembered of the command; None for a new key. Raises IdempotencyConflict for other input."""
        return await idempotency.replay(self.tx, command)

    async def remember(self, command: Repeatable, outcome: Mapping[str, Any]) -> None:
        """Keeps the outcome, a JSON object, for whoever sends the command again."""
        await idempotency.remember(self.tx, command, outcome)
