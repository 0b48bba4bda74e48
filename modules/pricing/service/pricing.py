"""What things cost: answers for shelves, news for subscribers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from modules.kernel.errors import BadUserInput
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, is_sku
from modules.kernel.product import check_known, wished
from modules.kernel.quantity import ONE
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods, answer
from modules.pricing.events import PriceChanged
from modules.pricing.model.prices import PriceAnswer
from modules.pricing.ports import Articles
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.prices import PricingStore


@dataclass(frozen=True, slots=True)
class PriceNews:
    """Prices as they are now, of the skus asked for (SNAPSHOT, RESYNC) or of those that changed (CHANGE)."""

    kind: ChangeKind
    cursor: str
    at: datetime
    prices: Sequence[tuple[Sku, PriceAnswer | None]]


class PricingService:
    """Answers; writes nothing."""

    def __init__(
        self,
        store: PricingStore,
        articles: Articles,
        taxes: TaxService,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._articles = articles
        self._taxes = taxes
        self._clock = clock

    async def prices(
        self, skus: Sequence[Sku], viewer: Viewer, quantity: int = ONE, at: datetime | None = None
    ) -> list[PriceAnswer | None]:
        """What one unit costs when so much is bought, per sku in order; None where it has no price. One statement.

        `at` asks for another moment and needs TIME_TRAVEL. Raises BadUserInput for a quantity that is not above 0.
        """
        if quantity <= 0:
            raise BadUserInput("the quantity is not above 0", "quantity", "more than 0")
        there = viewer.moved_to(at)
        return answer(skus, quantity, await self._goods(skus, there), there)

    async def follow(
        self, viewer: Viewer, feed: Feed, skus: Sequence[Sku], after: str | None
    ) -> AsyncIterator[PriceNews]:
        """The prices of one unit now, then those that change; each delivery is one statement.

        Raises BadUserInput for skus that do not exist, none at all or too many, and for a malformed cursor.
        """
        asked = wished(skus)
        check_known(asked, await self._articles.articles(asked))
        lists, currency = set(viewer.channel.price_lists), viewer.currency
        names = set(asked)

        def wanted(change: Change) -> bool:
            state = change.state
            return (
                change.key in names and currency in state["currencies"] and not lists.isdisjoint(state["price_lists"])
            )

        async with feed.follow(PriceChanged.NAME, wanted, after) as deliveries:
            async for delivery in deliveries:
                changed = [Sku(change.key) for change in delivery.changes]
                share = changed if delivery.kind is ChangeKind.CHANGE else asked
                now = self._clock()
                prices = await self.prices(share, replace(viewer, now=now))
                yield PriceNews(delivery.kind, delivery.cursor, now, list(zip(share, prices, strict=True)))

    async def priced(self, skus: Sequence[Sku]) -> list[bool]:
        """Whether a sku has a price anywhere, per sku in order; one statement."""
        found = await self._store.priced({sku for sku in skus if is_sku(sku)})
        return [sku in found for sku in skus]

    async def _goods(self, skus: Sequence[Sku], viewer: Viewer) -> Goods:
        found = await self._articles.articles(list(dict.fromkeys(skus)))
        articles = {article.sku: article for article in found if article}
        rows = await self._store.rows(list(articles), viewer.currency, to_us(viewer.now)) if articles else {}
        return Goods(articles, rows, await self._taxes.book())
