"""Can I have it, where from, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modules.inventory.engine.intake import check_quantity, destination
from modules.inventory.engine.sourced import sourced
from modules.inventory.engine.ways import ways
from modules.inventory.model.levels import sees_stock
from modules.inventory.model.sources import Source
from modules.inventory.model.sourcing import AskedInput, AskedLine, Demand, Destination, Sourced
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.kernel.errors import BadUserInput, InvalidInput
from modules.kernel.intake import check, one_of
from modules.kernel.names import Sku, SourceId, is_name
from modules.kernel.product import Article, check_known
from modules.kernel.viewer import Viewer

MOST_LINES: Final = 500


class SourcingService:
    """Answers for whole carts, from the same levels as availability; nothing is set aside."""

    def __init__(self, stock: InventoryService, articles: Articles) -> None:
        self._stock = stock
        self._articles = articles

    async def sourced(self, viewer: Viewer, asked: AskedInput) -> Sourced:
        """What can be had of all lines, the plan of the viewer's channel for them, and when they leave; one statement.

        Another strategy than the channel's is for who sees stock; `at` needs TIME_TRAVEL. Raises BadUserInput for
        whatever is not as it must be.
        """
        sources = self._stock.selling(viewer.channel.id)
        try:
            place = self._checked(viewer, asked, sources)
            demands = await self._demands(asked.lines)
        except InvalidInput as problem:
            raise BadUserInput(problem.message, ".".join(problem.path), problem.allowed) from None
        skus = [demand.sku for demand in demands]
        answers, known = await self._stock.answer(skus, viewer, sources, asked.at, asked.cart, parcels=True)
        now = min(viewer.now, asked.at or viewer.now)
        store = None if asked.pick_up_at is None else SourceId(asked.pick_up_at)
        open_ways = ways(sources, place, now, known, store)
        strategy = asked.strategy or self._stock.strategy(viewer.channel.id)
        return sourced(demands, answers, open_ways, strategy, known, now, store)

    def _checked(self, viewer: Viewer, asked: AskedInput, sources: Sequence[Source]) -> Destination | None:
        path = ("input",)
        check(1 <= len(asked.lines) <= MOST_LINES, len(asked.lines), (*path, "lines"), f"1 to {MOST_LINES} lines")
        check(not asked.cart or is_name(asked.cart), asked.cart, (*path, "cart"), "the id of a cart")
        may_choose = asked.strategy is None or sees_stock(viewer)
        check(may_choose, asked.strategy, (*path, "strategy"), "only for who sees stock")
        stores = [source.id for source in sources if source.can_pick_up]
        known = asked.pick_up_at is None or asked.pick_up_at in stores
        check(known, asked.pick_up_at, (*path, "pickUpAt"), one_of(stores))
        both = asked.pick_up_at is not None and asked.destination is not None
        check(not both, asked.pick_up_at, (*path, "pickUpAt"), "a store or a destination")
        return destination(asked.destination, (*path, "destination")) if asked.destination else None

    async def _demands(self, lines: Sequence[AskedLine]) -> list[Demand]:
        articles = await self._articles.articles([Sku(line.sku) for line in lines])
        check_known([Sku(line.sku) for line in lines], articles)
        pairs = zip(lines, articles, strict=True)
        return [_demand(number, line, article) for number, (line, article) in enumerate(pairs) if article]


def _demand(number: int, line: AskedLine, article: Article) -> Demand:
    path = ("input", "lines", number, "quantity")
    quantity = check_quantity(line.quantity, article.quantity_scale, path)
    check(quantity > 0, line.quantity, path, "more than 0")
    return Demand(str(number), article.sku, quantity)
