"""Forecasts on the command line: planned for a whole source, or drawn for one article."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.forecast_picture import draw
from gateway.importing.progress import progress_on
from gateway.process import open_trade, operator
from gateway.settings import Settings, SettingsError
from gateway.wiring import Trade
from modules.inventory.model.demand import Sight
from modules.kernel.intake import one_of
from modules.kernel.names import Sku, is_sku

NOTHING = "nothing is known of its demand yet: ships, recordDemand and the import target `demand` tell it"


async def plot(settings: Settings, options: argparse.Namespace) -> int:
    """Draws demand, forecast and safety stock of an article as they are now; nothing is written but the file."""
    path = options.out or Path(f"{options.sku.replace('/', '-')}.svg")
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError("--out", str(path), "a file in a directory that exists")
    async with open_trade(settings) as (_, trade):
        _check_source(trade, options.source)
        await _check_sku(trade, options.sku)
        sight = await trade.planning.sight(operator(), Sku(options.sku), options.source)
    if not sight.demands:
        print(f"cogwerk: {options.sku}: {NOTHING}.", file=sys.stderr)
        return 1
    path.write_text(draw(f"{options.sku}, {options.source or 'all sources'}", sight), encoding="utf-8")
    print(f"{path}: {_told(sight)}")
    return 0


async def plan(settings: Settings, options: argparse.Namespace) -> int:
    """Plans all articles of a source, or all sources together: what a night's job calls."""
    planned = by_hand = 0
    after: str | None = ""
    async with open_trade(settings) as (_, trade):
        _check_source(trade, options.source)
        viewer, progress = operator(), progress_on()
        progress.begin("plans", 0, " articles")
        while after is not None:
            done = await trade.planning.plan_stock(viewer, options.source, None, options.reason, after)
            planned, by_hand, after = planned + done.changed, by_hand + done.unchanged, done.next
            progress.moved(planned + by_hand)
        progress.end()
    print(f"{planned} articles planned, {by_hand} with stock by hand")
    return 0


def _check_source(trade: Trade, source: str | None) -> None:
    sources = trade.inventory.all_sources()
    if source is not None and source not in sources:
        raise SettingsError("--source", source, one_of(sources))


async def _check_sku(trade: Trade, sku: str) -> None:
    (found,) = await trade.catalog.articles([Sku(sku)]) if is_sku(sku) else (None,)
    if found is None:
        (nearest,) = await trade.catalog.nearest([sku])
        raise SettingsError("SKU", sku, f"a product of this shop{': ' if nearest else ''}{', '.join(nearest)}")


def _told(sight: Sight) -> str:
    plan = sight.plan
    method = f"forecast by {plan.method}" if plan.method else "no forecast"
    return f"{plan.demand_class} demand, {method}, known until {plan.until}"
