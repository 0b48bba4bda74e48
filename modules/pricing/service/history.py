"""The history of public prices: told by every write that changes one (L-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modules.kernel.names import Sku
from modules.kernel.product import Article
from modules.pricing.engine import history
from modules.pricing.model.points import Cause, PricePoint
from modules.pricing.model.prices import PriceRow
from modules.pricing.ports import Channels
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.prices import PriceWriting


class HistoryService:
    """Writes price points in the transactions of others."""

    def __init__(self, taxes: TaxService, channels: Channels) -> None:
        self._taxes = taxes
        self._channels = channels

    async def record(
        self,
        writing: PriceWriting,
        rows: Mapping[Sku, Sequence[PriceRow]],
        articles: Mapping[Sku, Article],
        cause: Cause,
    ) -> None:
        """Points for the public prices that are others now (L-1). `rows` are all rows of these skus as they are now,
        `articles` are theirs; the skus are locked. Two statements and those of the points."""
        taxes, shop = await self._taxes.book(), history.places(self._channels.channels())
        now_us = await writing.now_us()
        told = await writing.points(list(rows), None if cause is Cause.IMPORT else now_us)
        found: list[PricePoint] = []
        for sku, known in rows.items():
            subject = history.Subject.of(articles[sku], known)
            found += history.points_everywhere(subject, shop, taxes, told.get(sku, ()), now_us, cause)
        await writing.save_points(found)
