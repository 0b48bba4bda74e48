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
from modules.kernel.product import check_known, known_articles, wished
from modules.kernel.quantity import ONE
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods, answer, unproven
from modules.pricing.events import PriceChanged
from modules.pricing.model.prices import PriceAnswer
from modules.pricing.ports import Articles
from modules.pricing.service.buyers import Buyers
from modules.pricing.service.history import HistoryService
from modules.pricing.service.shelf import Shelf
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
        history: HistoryService,
        shelf: Shelf,
        buyers: Buyers,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._articles = articles
        self._history = history
        self._shelf = shelf
        self._buyers = buyers
        self._clock = clock

    async def prices(
        self, skus: Sequence[Sku], viewer: Viewer, quantity: int = ONE, at: datetime | None = None
    ) -> list[PriceAnswer | None]:
        """What one unit costs when so much is bought, per sku in order; None where it has no price.

        No statement for what is in memory, otherwise two; one more where a reduction must be judged by its whole
        history, as at another moment than now. `at` asks for one and needs TIME_TRAVEL. Raises BadUserInput for a
        quantity that is not above 0.
        """
        if quantity <= 0:
            raise BadUserInput("the quantity is not above 0", "quantity", "more than 0")
        there = await self._buyers.buying(viewer.moved_to(at))
        goods = await self._goods(skus, there)
        answers = answer(skus, quantity, goods, there)
        if unjudged := unproven(answers, goods, there, to_us(there.now)):
            priors = await self._history.priors(unjudged, goods, there)
            answers = answer(skus, quantity, replace(goods, priors=priors), there)
        return answers

    async def follow(
        self, viewer: Viewer, feed: Feed, skus: Sequence[Sku], after: str | None
    ) -> AsyncIterator[PriceNews]:
        """The prices of one unit now, then those that change: never older ones than the change that is heard of.

        Raises BadUserInput for skus that do not exist, none at all or too many, and for a malformed cursor.
        """
        asked = wished(skus)
        check_known(asked, await self._articles.articles(asked))
        lists, currency = set(viewer.channel.price_lists), viewer.currency

        def wanted(change: Change) -> bool:
            state = change.state
            return currency in state["currencies"] and not lists.isdisjoint(state["price_lists"])

        async with feed.follow(PriceChanged.NAME, wanted, after, keys=set(asked)) as deliveries:
            async for delivery in deliveries:
                changed = [Sku(change.key) for change in delivery.changes]
                share = changed if delivery.kind is ChangeKind.CHANGE else asked
                # The shelf hears of the same changes, perhaps later than this subscriber, and so do the rules.
                self._shelf.forget(share)
                await self._history.settled()
                now = self._clock()
                prices = await self.prices(share, replace(viewer, now=now))
                yield PriceNews(delivery.kind, delivery.cursor, now, list(zip(share, prices, strict=True)))

    async def priced(self, skus: Sequence[Sku]) -> list[bool]:
        """Whether a sku has a price anywhere, per sku in order; one statement."""
        found = await self._store.priced({sku for sku in skus if is_sku(sku)})
        return [sku in found for sku in skus]

    async def _goods(self, skus: Sequence[Sku], viewer: Viewer) -> Goods:
        articles = await known_articles(skus, self._articles)
        at_us = to_us(viewer.now)
        known = await self._shelf.load(list(articles), viewer.currency, at_us) if articles else {}
        rules = await self._history.rules()
        return Goods(
            articles,
            {sku: shelved.rows for sku, shelved in known.items()},
            rules.taxes,
            rules.book,
            {sku: shelved.standing for sku, shelved in known.items()},
        )
