"""Sources, buffers and rules in the database."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

from modules.inventory.model.holding import HoldRules, LifeTime, Purpose
from modules.inventory.model.sources import Buffer, Part, Setup, Source, SourceType
from modules.inventory.model.strategies import SourcingRule, Strategy
from modules.kernel.names import SourceId
from modules.kernel.quantity import Quantity
from modules.runtime.database import AuditEntry, Transaction
from modules.runtime.sql import raise_revision, upsert

Row = tuple[Any, ...]

_SOURCE = (
    "id, name, type, priority, country, latitude_micros, longitude_micros, cut_off, zone, can_ship, can_pick_up, sells,"
    " working_days, holidays, ship_capacity_per_day, fresh_seconds, stale_buffer_micros, pickup_buffer_micros, "
    "pickup_days"
)
_SOURCING = "channel, strategy"
_RULES = "channel, units_per_customer_micros, holds_per_owner, life_times"
_BUFFER = "channel, sku, source, units_micros, percent_micros"
_RAISE_REVISION = raise_revision("inventory")
_UPSERT: Mapping[type, str] = {
    Source: upsert("inventory_source", _SOURCE.split(", "), ("id",)),
    Buffer: upsert("inventory_channel_buffer", _BUFFER.split(", "), ("channel", "sku", "source")),
    HoldRules: upsert("inventory_hold_rule", _RULES.split(", "), ("channel",)),
    SourcingRule: upsert("inventory_sourcing_rule", _SOURCING.split(", "), ("channel",)),
}
_ACTIONS: Mapping[type, tuple[str, str]] = {
    Source: ("inventory.upsert_source", "source"),
    Buffer: ("inventory.set_channel_buffer", "buffer"),
    HoldRules: ("inventory.set_hold_rules", "hold_rules"),
    SourcingRule: ("inventory.set_sourcing_rule", "sourcing_rule"),
}
"""What the audit log calls a change, and what was changed."""


class SetupChange:
    """An open transaction that has sources, buffers and rules to itself."""

    def __init__(self, tx: Transaction, revision: int) -> None:
        self._tx = tx
        self._revision = revision

    @classmethod
    async def begin(cls, tx: Transaction) -> Self:
        """Locks out everybody else who changes the setup."""
        ((revision,),) = await tx.read(_RAISE_REVISION)
        return cls(tx, revision)

    async def setup(self) -> Setup:
        """All sources and buffers, as they stand in this transaction."""
        return await read_setup(self._tx.read)

    async def save(self, items: Sequence[Part], before: Setup, principal: str, reason: str) -> None:
        """Writes items of one kind, with an event and an audit entry for each."""
        if not items:
            return
        await self._tx.run_many(_UPSERT[type(items[0])], [_columns(item) for item in items])
        self._tx.emit([item.event(self._revision) for item in items])
        self._tx.audit([self._entry(item, before.former(item), principal, reason) for item in items])

    def _entry(self, item: Part, before: Part | None, principal: str, reason: str) -> AuditEntry:
        former = before.state() if before else None
        action, kind = _ACTIONS[type(item)]
        target = f"{kind}:{item.event(self._revision).key}"
        return AuditEntry(principal, action, target, former, item.state(), reason)


async def read_setup(read: Callable[[str], Awaitable[list[Row]]]) -> Setup:
    """All of it; four statements."""
    sources = [_source(row) for row in await read(f"SELECT {_SOURCE} FROM inventory_source")]
    buffers = [Buffer._make(row) for row in await read(f"SELECT {_BUFFER} FROM inventory_channel_buffer")]
    rules = {row[0]: _rules(row) for row in await read(f"SELECT {_RULES} FROM inventory_hold_rule")}
    sourcing = await read(f"SELECT {_SOURCING} FROM inventory_sourcing_rule")
    strategies = {channel: SourcingRule(channel, Strategy(name)) for channel, name in sourcing}
    return Setup.of(sources, buffers, rules, strategies)


def _columns(item: Part) -> dict[str, Any]:
    """The item's state as columns: lists and maps are JSON texts."""
    return {
        name: json.dumps(value) if isinstance(value, (dict, list, tuple)) else value
        for name, value in item.state().items()
    }


def _rules(row: Row) -> HoldRules:
    channel, units, holds, life_times = row
    lives = {Purpose(name): LifeTime(*life) for name, life in json.loads(life_times).items()}
    return HoldRules(channel, None if units is None else Quantity(units), holds, lives)


def _source(row: Row) -> Source:
    values = dict(zip(_SOURCE.split(", "), row, strict=True))
    truths = {name: bool(values[name]) for name in ("can_ship", "can_pick_up", "sells")}
    lists = {name: tuple(json.loads(values[name])) for name in ("working_days", "holidays")}
    return Source(**{**values, **truths, **lists, "id": SourceId(values["id"]), "type": SourceType(values["type"])})
