"""Movements in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from modules.inventory.model.movements import OWN, Move
from modules.runtime.database import Transaction

Place = tuple[str, str]
_ADD = """
    INSERT INTO inventory_movement (sku, source, quantity_micros, kind, reference, at_us)
    VALUES (:sku, :source, :quantity, :kind, :reference, :now)
"""
_SINCE = """
    SELECT sku, source, at_us, quantity_micros FROM inventory_movement
    WHERE sku IN :skus AND source IN :sources AND kind IN :kinds AND at_us > :since
"""


async def save_moves(tx: Transaction, moves: Sequence[Move], now_us: int) -> None:
    """Adds what came and went at this moment."""
    if moves:
        await tx.run_many(_ADD, [{**move._asdict(), "now": now_us} for move in moves])


async def own_moves(tx: Transaction, places: Collection[Place], since_us: int) -> dict[Place, list[tuple[int, int]]]:
    """What we moved ourselves after the moment, by place, as (moment, quantity)."""
    found: dict[Place, list[tuple[int, int]]] = defaultdict(list)
    skus, sources = sorted({sku for sku, _ in places}), sorted({source for _, source in places})
    kinds = [kind.value for kind in OWN]
    for sku, source, at_us, quantity in await tx.read(_SINCE, skus=skus, sources=sources, kinds=kinds, since=since_us):
        found[sku, source].append((at_us, quantity))
    return found
