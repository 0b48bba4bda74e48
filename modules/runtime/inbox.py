"""The inbox: an event takes effect once for each consumer, however often it is delivered."""

from __future__ import annotations

import secrets
from typing import Final

from modules.runtime.database import Transaction

KEPT_US: Final = 30 * 24 * 60 * 60 * 1_000_000
_SWEEP_ONE_IN = 500

_MARK = (
    "INSERT INTO runtime_inbox (consumer, event_id, seen_us) VALUES (:consumer, :event_id, :now)"
    " ON CONFLICT (consumer, event_id) DO NOTHING"
)
SWEEP: Final = "DELETE FROM runtime_inbox WHERE seen_us < :line"


async def seen(tx: Transaction, consumer: str, event_id: str) -> bool:
    """Whether the consumer has seen the event; marks it, in the transaction that holds the effect.

    Remembers for 30 days, far longer than a stream keeps its entries.
    """
    now = await tx.now_us()
    new = await tx.run(_MARK, consumer=consumer, event_id=event_id, now=now)
    if secrets.randbelow(_SWEEP_ONE_IN) == 0:
        await tx.run(SWEEP, line=now - KEPT_US)
    return new == 0
