"""Dry runs: what promotions would do to public prices, page by page (L-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from modules.kernel.names import Sku
from modules.kernel.product import Article
from modules.pricing.engine.entries import is_article_promotion
from modules.pricing.engine.forecast import forecasts, planned, reaches
from modules.pricing.engine.public import Rules, Shop, Subject, goods_of
from modules.pricing.model.forecasts import DryRun, Forecast
from modules.pricing.model.promotions import Promotion
from modules.pricing.ports import Articles
from modules.pricing.store.history import HistoryStore

AT_ONCE: Final = 500
MOST_LOOKED_AT: Final = 100_000
"""Skus that one page may look at."""


class Forecaster:
    """Looks through the shop's skus for those that a promotion reaches."""

    def __init__(self, store: HistoryStore, articles: Articles) -> None:
        self._store = store
        self._articles = articles

    async def page(
        self,
        promotion: Promotion,
        others: Sequence[Promotion],
        rules: Rules,
        shop: Shop,
        now_us: int,
        first: int,
        after: str,
    ) -> DryRun:
        """Forecasts of the skus behind `after`, in order, until there are at least `first`: those of a sku stay
        together. Looks at 100,000 skus at most and says how many it was; the next page goes on behind them.
        """
        if not is_article_promotion(promotion):
            return DryRun()
        then = planned(rules, others, promotion)
        named = goods_of([promotion])
        found: list[Forecast] = []
        looked_at = 0
        while looked_at < MOST_LOOKED_AT:
            skus = await self._next(named, after)
            if not skus:
                return DryRun(forecasts=tuple(found), looked_at=looked_at, end_cursor=after or None)
            reached = await self._reached(skus, shop, then, promotion)
            rows, whole = await self._store.rows(list(reached)), await self._store.whole(list(reached))
            for sku in skus:
                looked_at, after = looked_at + 1, sku
                if sku in reached:
                    subject = Subject.of(reached[sku], rows.get(sku, ()))
                    found += forecasts(subject, shop, (rules, then), promotion, whole.get(sku, {}), now_us)
                if len(found) >= first:
                    return DryRun(forecasts=tuple(found), looked_at=looked_at, end_cursor=after, has_next_page=True)
        return DryRun(forecasts=tuple(found), looked_at=looked_at, end_cursor=after, has_next_page=True)

    async def _next(self, named: Sequence[Sku] | None, after: str) -> list[Sku]:
        if named is None:
            return await self._store.skus(after, AT_ONCE)
        return [sku for sku in named if sku > after][:AT_ONCE]

    async def _reached(
        self, skus: Sequence[Sku], shop: Shop, then: Rules, promotion: Promotion
    ) -> Mapping[Sku, Article]:
        articles = await self._articles.articles(skus)
        return {article.sku: article for article in articles if article and reaches(article, shop, then, promotion)}
