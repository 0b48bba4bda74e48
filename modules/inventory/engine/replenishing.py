"""What to order: from the stock position up to the reorder point, in whole packs. Integers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from modules.inventory.engine.demand_intake import OrderLine
from modules.inventory.model.demand import Demand, Proposal, Stock, StockPlan, SupplyPolicy
from modules.inventory.model.levels import Level
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import ZERO, Quantity
from modules.kernel.stock import IncomingStock


def propose(
    sku: Sku, source: str, stock: Stock, policy: SupplyPolicy, plan: StockPlan | None, quantity_scale: int
) -> Proposal | None:
    """S-1: an order once the position has fallen to the reorder point, which one set by hand is before a planned one
    (S-6). The reorder point covers lead time and review, so it is what the order fills up to; less than the least order
    is not ordered, and nothing but whole packs. None when nothing is to be ordered."""
    point = policy.reorder_point
    if point is None and plan is not None:
        point = plan.reorder_point
    position = stock.available + stock.incoming
    if point is None or position > point:
        return None
    needed = point - position
    pack = policy.pack_size or 10 ** (6 - quantity_scale)
    quantity = -(-max(needed, policy.min_order or ZERO) // pack) * pack
    if not quantity:
        return None
    by_hand = policy.reorder_point is not None
    return Proposal(
        sku, source, stock, position, point, by_hand, needed, Quantity(quantity), policy, None if by_hand else plan
    )


def stock_of(levels: Mapping[SourceId, Level]) -> Stock:
    """A sku's stock at these sources as one (I-2: the raw sum is kept for planning); what nobody counts is none."""
    stock = Stock()
    for level in levels.values():
        if level.track:
            stock = stock.plus(level)
    return stock


def dry_days(level: Level, changed_on: date, today: date) -> list[Demand]:
    """S-5: the whole days since the level last changed on which nothing could be had of it."""
    left = level.on_hand - level.safety_stock + level.backorder_limit
    if not level.track or not level.version or left > 0:
        return []
    count = (today - changed_on).days - 1
    return [
        Demand(level.sku, level.source, changed_on + timedelta(days=ago), ZERO, censored=True)
        for ago in range(1, count + 1)
    ]


def safety_changes(plans: Mapping[Sku, Quantity], levels: Iterable[Level], now_us: int) -> Sequence[Level]:
    """The levels whose safety stock is other than planned, with it; versions rise by one. Only what is counted
    already has a level to change."""
    return [
        level._replace(safety_stock=plans[level.sku], version=level.version + 1, as_of_us=now_us)
        for level in levels
        if level.version and level.sku in plans and level.safety_stock != plans[level.sku]
    ]


def expected(lines: Sequence[OrderLine], levels: Sequence[Level], now_us: int) -> list[Level]:
    """The levels to which other goods are on their way than the lines say, with these and nothing else."""
    goods: dict[tuple[str, str], list[IncomingStock]] = defaultdict(list)
    for line in lines:
        if line.goods:
            goods[line.sku, line.source].append(line.goods)
    wished = [
        level._replace(
            incoming=tuple(sorted(goods[level.sku, level.source], key=lambda item: (item.at, item.quantity)))
        )
        for level in levels
    ]
    return [
        after._replace(version=before.version + 1, as_of_us=now_us)
        for before, after in zip(levels, wished, strict=True)
        if after != before
    ]
