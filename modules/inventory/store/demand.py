"""Demand, supply policies and plans in the database."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol

from modules.inventory.engine.demand_intake import OrderLine
from modules.inventory.engine.replenishing import expected, safety_changes
from modules.inventory.model.demand import (
    Demand,
    MethodScore,
    Policies,
    StockPlan,
    SupplyPolicy,
)
from modules.inventory.model.levels import Level, Levels
from modules.inventory.model.sources import ANY
from modules.inventory.store.stock import InventoryStore, lock_levels, save_levels
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import Quantity
from modules.runtime.database import AuditEntry, Database, Transaction

Row = tuple[Any, ...]

QUARTER: Final = 900_000_000
"""Microseconds; every zone's midnight stands at a quarter of an hour."""

_DEMAND = "SELECT sku, source, day, units_micros, promoted, censored FROM inventory_demand"
_RECORDED = f"{_DEMAND} WHERE sku IN :skus AND source IN :sources AND day >= :since"
_SHIPPED = """
    SELECT sku, source, at_us / :quarter, CAST(-SUM(quantity_micros) AS BIGINT) FROM inventory_movement
    WHERE kind = 'ship' AND sku IN :skus AND source IN :sources AND at_us >= :since_us
    GROUP BY sku, source, at_us / :quarter
"""
_TOLD = "SELECT source, MAX(day) FROM inventory_demand WHERE source IN :sources AND NOT censored GROUP BY source"
_SHIPPED_LAST = """
    SELECT source, MAX(at_us) FROM inventory_movement WHERE kind = 'ship' AND source IN :sources GROUP BY source
"""
_RECORD = """
    INSERT INTO inventory_demand (sku, source, day, units_micros, promoted, censored)
    VALUES (:sku, :source, :day, :units, :promoted, :censored) ON CONFLICT (sku, source, day)
"""
_RENEW = f"""
    {_RECORD} DO UPDATE SET units_micros = excluded.units_micros, promoted = excluded.promoted,
        censored = excluded.censored
"""
_NOTE = f"{_RECORD} DO NOTHING"
_POLICY = ", ".join(SupplyPolicy._fields)
_SET_POLICY = f"""
    INSERT INTO inventory_supply_policy ({_POLICY}) VALUES ({", ".join(f":{name}" for name in SupplyPolicy._fields)})
    ON CONFLICT (sku, source)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SupplyPolicy._fields[2:])}
"""
_PLAN = "sku, source, made_us, until, demand_class, method, demand, safety_stock, reorder_point"
_PLANS = f"SELECT {_PLAN}, details FROM inventory_stock_plan"
_SAVE_PLAN = f"""
    INSERT INTO inventory_stock_plan ({_PLAN}, details)
    VALUES ({", ".join(f":{name}" for name in _PLAN.split(", "))}, :details)
    ON CONFLICT (sku, source)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _PLAN.split(", ")[2:])}, details = excluded.details
"""
_PLANNABLE = """
    SELECT sku FROM inventory_level WHERE sku > :after AND (:source = '*' OR source = :source)
    UNION SELECT sku FROM inventory_demand WHERE sku > :after AND (:source = '*' OR source = :source)
    ORDER BY sku LIMIT :most
"""
_ORDERED = """
    SELECT sku FROM inventory_supply_policy WHERE sku > :after AND source = :source AND reorder_point IS NOT NULL
    UNION SELECT sku FROM inventory_stock_plan
    WHERE sku > :after AND source = :source AND reorder_point IS NOT NULL
    ORDER BY sku LIMIT :most
"""
_PEERS = """
    SELECT sku, demand FROM inventory_stock_plan
    WHERE source = :source AND demand_class NOT IN ('new', 'none') ORDER BY made_us DESC, sku LIMIT :most
"""


class DemandStore:
    """Reads of a statement or two, and the transactions of planning.

    Rows are written in the order of their keys, so that no two writers wait for one another.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stock = InventoryStore(database)

    async def now_us(self) -> int:
        """The store's clock."""
        return await self._database.now_us()

    async def levels(self, skus: Collection[Sku], sources: Collection[SourceId], now_us: int) -> Levels:
        """The levels there are, without holds that are due."""
        return await self._stock.levels(skus, sources, now_us)

    async def recorded(self, skus: Sequence[str], sources: Sequence[str], since: date) -> list[Demand]:
        """What was told of these, from a day on."""
        rows = await self._database.read(_RECORDED, skus=skus, sources=sources, since=since.isoformat())
        return [_demand(row) for row in rows]

    async def shipped(
        self, skus: Sequence[str], sources: Sequence[str], since_us: int
    ) -> list[tuple[str, str, int, int]]:
        """What left, as (sku, source, moment, quantity), by quarters of an hour of which moment is the first."""
        given: dict[str, object] = {"skus": skus, "sources": sources, "since_us": since_us}
        rows = await self._database.read(_SHIPPED, **given, quarter=QUARTER)
        return [(sku, source, quarter * QUARTER, quantity) for sku, source, quarter, quantity in rows]

    async def told_last(self, sources: Sequence[str]) -> tuple[dict[str, date], dict[str, int]]:
        """Per source the last day that was told of anything, and the moment of the last shipment."""
        days = await self._database.read(_TOLD, sources=sources)
        moments = await self._database.read(_SHIPPED_LAST, sources=sources)
        return {source: date.fromisoformat(day) for source, day in days}, dict(moments)

    async def plannable(self, source: str, after: str, most: int) -> list[Sku]:
        """The skus behind `after` that have a level or a demand at the source, in order; `*`: anywhere."""
        return [Sku(sku) for (sku,) in await self._database.read(_PLANNABLE, source=source, after=after, most=most)]

    async def ordered(self, source: str, after: str, most: int) -> list[Sku]:
        """The skus behind `after` that have a reorder point for the source, in order."""
        return [Sku(sku) for (sku,) in await self._database.read(_ORDERED, source=source, after=after, most=most)]

    async def policies(self, skus: Collection[str]) -> Policies:
        """All that may hold for these skus."""
        return await _policies(self._database.read, skus)

    async def plans(self, skus: Collection[str], source: str) -> dict[Sku, StockPlan]:
        """The newest plans of these skus at the source."""
        rows = await self._database.read(
            f"{_PLANS} WHERE source = :source AND sku IN :skus", source=source, skus=[*skus]
        )
        return {row[0]: _plan(row) for row in rows}

    async def peers(self, source: str, most: int) -> dict[Sku, int]:
        """What planned articles sell a day at the source; the most recently planned first."""
        return {Sku(sku): demand for sku, demand in await self._database.read(_PEERS, source=source, most=most)}

    async def record(self, demands: Sequence[Demand], by: str, reason: str) -> int:
        """Writes what was told; how many days are other than before. One audit entry a source and call."""
        async with self._database.transaction() as tx:
            before = {_key(each): each for each in await _held(tx, demands)}
            changed = [each for each in demands if before.get(_key(each)) != each]
            if changed:
                await tx.run_many(_RENEW, [_row(each) for each in sorted(changed, key=_key)])
                tx.audit([_told(source, changed, by, reason) for source in sorted({each.source for each in changed})])
        return len(changed)

    async def set_policies(self, policies: Sequence[SupplyPolicy], by: str, reason: str) -> int:
        """Replaces policies wholly; how many are other than before."""
        async with self._database.transaction() as tx:
            before = await _policies(tx.read, [policy.sku for policy in policies])
            changed = [policy for policy in policies if before.get((policy.sku, policy.source)) != policy]
            if changed:
                await tx.run_many(_SET_POLICY, [policy._asdict() for policy in sorted(changed, key=_at)])
            for policy in changed:
                former = before.get(_at(policy))
                held = former._asdict() if former else None
                tx.audit([_entry("set_supply_policy", "supply", held, policy, policy._asdict(), by, reason)])
        return len(changed)

    async def save_plans(self, plans: Sequence[StockPlan], dry: Sequence[Demand], by: str, reason: str) -> None:
        """Writes plans, and notes the days without stock that were seen on the way (S-5): once stock is there again
        nobody would know of them. What was told of a day stays."""
        async with self._database.transaction() as tx:
            if dry:
                await tx.run_many(_NOTE, [_row(each) for each in sorted(dry, key=_key)])
            if plans:
                await tx.run_many(_SAVE_PLAN, [_plan_row(each) for each in sorted(plans, key=_at)])
                told = {"plans": len(plans), "first": plans[0].sku, "last": plans[-1].sku}
                tx.audit([AuditEntry(by, "inventory.plan_stock", f"plan:{plans[0].source}", None, told, reason)])

    async def activate(self, safety: Mapping[Sku, Quantity], source: str, by: str, reason: str) -> tuple[int, set[Sku]]:
        """Writes safety stock to the levels of a source: how many changed, and which skus have a level there."""
        async with self._database.transaction() as tx:
            locked = await lock_levels(tx, [(sku, source) for sku in safety])
            before = {_at(level): level for level in locked if level.version and level.sku in safety}
            changed = safety_changes(safety, before.values(), await tx.now_us())
            await _save(tx, changed, before, "activate_safety_stock", by, reason)
        return len(changed), {level.sku for level in before.values()}

    async def expect(self, lines: Sequence[OrderLine], by: str, reason: str) -> int:
        """What is on its way to each of these places is this and nothing else; how many levels changed."""
        async with self._database.transaction() as tx:
            places = {_at(line) for line in lines}
            # A place without a level gets one for goods alone: with an empty one its sku would count as sold out.
            awaited = {_at(line) for line in lines if line.goods}
            before = {_at(level): level for level in await lock_levels(tx, places, awaited)}
            named = [level for place, level in before.items() if place in places]
            changed = expected(lines, named, await tx.now_us())
            await _save(tx, changed, before, "expect_goods", by, reason)
        return len(changed)


Place = tuple[str, str]


class Placed(Protocol):
    """Whatever stands at a source."""

    @property
    def sku(self) -> str:
        """Of what."""

    @property
    def source(self) -> str:
        """Where."""


async def _save(
    tx: Transaction, levels: Sequence[Level], before: Mapping[Place, Level], action: str, by: str, reason: str
) -> None:
    await save_levels(tx, levels)
    tx.emit([level.event() for level in levels])
    for level in levels:
        former = before[_at(level)]
        tx.audit(
            [_entry(action, "level", former.state() if former.version else None, level, level.state(), by, reason)]
        )


def _entry(
    action: str, kind: str, before: Mapping[str, Any] | None, of: Placed, after: Mapping[str, Any], by: str, reason: str
) -> AuditEntry:
    return AuditEntry(by, f"inventory.{action}", f"{kind}:{of.sku}@{of.source}", before, after, reason)


def _at(placed: Placed) -> Place:
    return placed.sku, placed.source


async def _policies(read: Callable[..., Awaitable[list[Row]]], skus: Collection[str]) -> dict[Place, SupplyPolicy]:
    rows = await read(f"SELECT {_POLICY} FROM inventory_supply_policy WHERE sku IN :skus", skus=[*skus, ANY])
    return {_at(policy): policy for policy in map(SupplyPolicy._make, rows)}


async def _held(tx: Transaction, demands: Sequence[Demand]) -> list[Demand]:
    """What is told already of these and perhaps of some more."""
    days = [each.day.isoformat() for each in demands]
    rows = await tx.read(
        f"{_DEMAND} WHERE sku IN :skus AND source IN :sources AND day >= :first AND day <= :last",
        skus=sorted({each.sku for each in demands}),
        sources=sorted({each.source for each in demands}),
        first=min(days, default=""),
        last=max(days, default=""),
    )
    return [_demand(row) for row in rows]


def _told(source: str, demands: Sequence[Demand], by: str, reason: str) -> AuditEntry:
    days = [each.day.isoformat() for each in demands if each.source == source]
    told = {"records": len(days), "first": min(days), "last": max(days)}
    return AuditEntry(by, "inventory.record_demand", f"demand:{source}", None, told, reason)


def _key(demand: Demand) -> tuple[str, str, date]:
    return demand.sku, demand.source, demand.day


def _demand(row: Row) -> Demand:
    sku, source, day, units, promoted, censored = row
    return Demand(Sku(sku), source, date.fromisoformat(day), Quantity(units), bool(promoted), bool(censored))


def _row(demand: Demand) -> dict[str, object]:
    return {**demand._asdict(), "day": demand.day.isoformat()}


def _plan_row(plan: StockPlan) -> dict[str, object]:
    columns = {name: getattr(plan, name) for name in _PLAN.split(", ")}
    details = {name: value for name, value in plan._asdict().items() if name not in columns}
    return {**columns, "until": plan.until.isoformat(), "details": json.dumps(details)}


def _plan(row: Row) -> StockPlan:
    columns = dict(zip(_PLAN.split(", "), row, strict=False))
    details = json.loads(row[-1])
    details["daily"] = tuple(details["daily"])
    details["scores"] = tuple(MethodScore._make(score) for score in details["scores"])
    details["policy"] = SupplyPolicy._make(details["policy"])
    return StockPlan(**{**columns, **details, "until": date.fromisoformat(columns["until"])})
