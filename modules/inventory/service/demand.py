"""What is handed in for planning: demand, how articles are got, open purchase orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from modules.inventory.engine.demand_intake import Intake
from modules.inventory.model.demand import DemandInput, OrderLineInput, SupplyInput
from modules.inventory.model.sources import ANY
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.demand import DemandStore
from modules.kernel.moments import from_us
from modules.kernel.names import Sku, is_sku
from modules.kernel.outcome import Upserted, refuse_command, sift
from modules.kernel.viewer import Permission, Viewer


class DemandService:
    """Takes in what plans are made of. Every command needs STOCK_WRITE; an item is refused for itself."""

    def __init__(self, store: DemandStore, stock: InventoryService, articles: Articles) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles

    async def record(self, viewer: Viewer, given: Sequence[DemandInput], reason: str) -> Upserted:
        """What was sold, absolutely and by day: told again it is the same, told otherwise it is replaced. It wins over
        what was shipped on that day, and must contain it."""
        viewer.require(Permission.STOCK_WRITE)
        if problem := refuse_command("demand", given, reason):
            return Upserted(0, 0, (problem,))
        intake = await self._intake(each.sku for each in given)
        good, refused = sift("demand", given, intake.demand, "sku", "source", "day")
        changed = await self._store.record([each for _, each in good], viewer.principal.id, reason) if good else 0
        return Upserted(changed, len(good) - changed, tuple(refused))

    async def set_policies(self, viewer: Viewer, given: Sequence[SupplyInput], reason: str) -> Upserted:
        """Replaces policies wholly or adds them; they count from the next plan on."""
        viewer.require(Permission.STOCK_WRITE)
        if problem := refuse_command("policies", given, reason):
            return Upserted(0, 0, (problem,))
        intake = await self._intake(each.sku for each in given if each.sku != ANY)
        good, refused = sift("policies", given, intake.policy, "sku", "source")
        changed = await self._store.set_policies([each for _, each in good], viewer.principal.id, reason) if good else 0
        return Upserted(changed, len(good) - changed, tuple(refused))

    async def take_order_lines(self, viewer: Viewer, given: Sequence[OrderLineInput], reason: str) -> Upserted:
        """What purchase orders will still bring: all lines of a sku at a source stand in one call and replace whatever
        was expected there. Counted are lines, of places that changed as changed."""
        viewer.require(Permission.STOCK_WRITE)
        if problem := refuse_command("lines", given, reason):
            return Upserted(0, 0, (problem,))
        intake = await self._intake(each.sku for each in given)
        good, refused = sift("lines", given, intake.order_line, "order", "line")
        changed = await self._store.expect([each for _, each in good], viewer.principal.id, reason) if good else 0
        return Upserted(changed, len(good) - changed, tuple(refused))

    async def _intake(self, skus: Iterable[str]) -> Intake:
        named = list(dict.fromkeys(Sku(sku) for sku in skus if is_sku(sku)))
        articles = {article.sku: article for article in await self._articles.articles(named) if article}
        missing = [sku for sku in named if sku not in articles]
        nearest = dict(zip(missing, await self._articles.nearest(missing), strict=True))
        today = from_us(await self._store.now_us()).date() + timedelta(days=1)
        return Intake(articles, nearest, self._stock.all_sources(), today)
