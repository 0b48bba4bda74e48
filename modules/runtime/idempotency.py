"""A mutation with the client's own key happens once: its outcome is remembered for 24 hours."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from modules.kernel.errors import IdempotencyConflict
from modules.kernel.outcome import Repeatable
from modules.runtime.database import Transaction

KEPT_US: Final = 24 * 60 * 60 * 1_000_000
_SWEEP_ONE_IN = 200

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
_REPLAY = (
    "SELECT body_hash, outcome FROM runtime_idempotency"
    " WHERE principal = :principal AND mutation = :mutation AND key = :key AND remembered_us > :line"
)
_REMEMBER = (
    "INSERT INTO runtime_idempotency (principal, mutation, key, body_hash, outcome, remembered_us)"
    " VALUES (:principal, :mutation, :key, :body_hash, :outcome, :now)"
    " ON CONFLICT (principal, mutation, key) DO UPDATE"
    " SET body_hash = excluded.body_hash, outcome = excluded.outcome, remembered_us = excluded.remembered_us"
)
SWEEP: Final = "DELETE FROM runtime_idempotency WHERE remembered_us <= :line"


async def replay(tx: Transaction, command: Repeatable) -> Mapping[str, Any] | None:
    """The outcome remembered of a command with a key; None for a new key. Raises IdempotencyConflict for other input.

    Two calls with one key wait for each other: the second finds what the first has remembered, if it committed.
    """
    if tx.database.dialect == "postgresql":
        await tx.read(_LOCK, name=json.dumps(list(_names(command).values())))
    line = await tx.now_us() - KEPT_US
    rows = await tx.read(_REPLAY, **_names(command), line=line)
    if not rows:
        return None
    body_hash, outcome = rows[0]
    if body_hash != _hash(command):
        raise IdempotencyConflict(command.key or "")
    remembered: Mapping[str, Any] = json.loads(outcome)
    return remembered


async def remember(tx: Transaction, command: Repeatable, outcome: Mapping[str, Any]) -> None:
    """Keeps the outcome, a JSON object, in the transaction that brought it about; forgets old ones now and then."""
    now = await tx.now_us()
    await tx.run(
        _REMEMBER,
        **_names(command),
        body_hash=_hash(command),
        outcome=json.dumps(outcome, separators=(",", ":")),
        now=now,
    )
    if secrets.randbelow(_SWEEP_ONE_IN) == 0:
        await tx.run(SWEEP, line=now - KEPT_US)


def _names(command: Repeatable) -> dict[str, str | None]:
    return {"principal": command.principal, "mutation": command.mutation, "key": command.key}


def _hash(command: Repeatable) -> str:
    return hashlib.sha256(command.body).hexdigest()
