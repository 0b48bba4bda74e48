"""Pricing put together: its stores, its services, and what these share, by plain constructor calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

from modules.kernel.names import Sku
from modules.kernel.viewer import Viewer
from modules.pricing.model.prices import PriceAnswer
from modules.pricing.ports import Articles, Channels, Configured, Customers, Stock
from modules.pricing.service.baskets import BasketRecorder
from modules.pricing.service.batches import BatchService
from modules.pricing.service.buyers import Buyers
from modules.pricing.service.campaigns import CampaignService
from modules.pricing.service.codes import CodeService
from modules.pricing.service.corrections import CorrectionService
from modules.pricing.service.history import HistoryService
from modules.pricing.service.lists import ListService
from modules.pricing.service.pricing import PricingService
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.service.promotion_reader import PromotionReader
from modules.pricing.service.promotions import PromotionService
from modules.pricing.service.quotes import QuoteService, Sources
from modules.pricing.service.rows import RowService
from modules.pricing.service.shelf import Shelf
from modules.pricing.service.shipping import ShippingService
from modules.pricing.service.taxes import TaxService
from modules.pricing.service.trail import TrailService
from modules.pricing.service.uses import UseService
from modules.pricing.store.campaigns import BasketStore
from modules.pricing.store.codes import CodeStore
from modules.pricing.store.history import HistoryStore
from modules.pricing.store.prices import PricingStore
from modules.pricing.store.promotions import PromotionStore, read_promotions
from modules.pricing.store.shipping import ShippingStore
from modules.pricing.store.taxes import TaxStore
from modules.pricing.store.trail import TrailStore
from modules.pricing.store.uses import UseStore
from modules.runtime.database import Database


@dataclass(frozen=True, slots=True)
class Pricing:
    """The services of pricing, by noun."""

    answers: PricingService
    shelf: Shelf
    quotes: QuoteService
    baskets: BasketRecorder
    campaigns: CampaignService
    books: PromotionBooks
    promotions: PromotionService
    promotion_reader: PromotionReader
    rows: RowService
    lists: ListService
    history: HistoryService
    corrections: CorrectionService
    taxes: TaxService
    shipping: ShippingService
    codes: CodeService
    batches: BatchService
    uses: UseService
    trail: TrailService

    async def load(self) -> None:
        """Reads what is held in memory."""
        await self.taxes.load()
        await self.shipping.load()
        await self.books.load()


def wire_pricing(
    database: Database,
    articles: Articles,
    channels: Channels,
    clock: Callable[[], datetime] | None = None,
    secret: bytes | None = None,
    stock: Stock | None = None,
    customers: Customers | None = None,
    basket_share: int = 0,
    configured: Configured | None = None,
) -> Pricing:
    """Without a test's clock the history goes by the database's; without a `secret` it is this process's own."""
    prices, promotions = PricingStore(database), PromotionStore(database)
    now = clock or (lambda: datetime.now(UTC))
    taxes, books, history, shelf = _wire_history(database, articles, channels, clock)
    shipping = ShippingService(ShippingStore(database), channels)
    codes, uses = _wire_limits(database, promotions, secret or token_bytes(32))
    baskets, buyers = BasketRecorder(BasketStore(database), basket_share), Buyers(customers)
    asked = Sources(shelf, articles, taxes, books, codes, uses, shipping, baskets, buyers, stock, configured)
    quotes = QuoteService(asked, now)
    return Pricing(
        answers=PricingService(prices, articles, history, shelf, buyers, now),
        shelf=shelf,
        quotes=quotes,
        baskets=baskets,
        campaigns=CampaignService(BasketStore(database), quotes, channels, books),
        books=books,
        promotions=PromotionService(promotions, books, articles, channels, history, shipping, customers),
        promotion_reader=PromotionReader(promotions, books, articles, buyers),
        rows=RowService(prices, articles, channels, history, customers),
        lists=ListService(prices, articles, channels, history),
        history=history,
        corrections=CorrectionService(HistoryStore(database), channels, history),
        taxes=taxes,
        shipping=shipping,
        codes=codes,
        batches=BatchService(CodeStore(database), promotions),
        uses=uses,
        trail=TrailService(TrailStore(database)),
    )


def _wire_limits(database: Database, promotions: PromotionStore, key: bytes) -> tuple[CodeService, UseService]:
    return CodeService(CodeStore(database), promotions, key), UseService(UseStore(database, read_promotions), key)


def _wire_history(
    database: Database, articles: Articles, channels: Channels, clock: Callable[[], datetime] | None
) -> tuple[TaxService, PromotionBooks, HistoryService, Shelf]:
    """The history reads the rules and hears of their changes; the shelf forgets what the history has written."""
    taxes = TaxService(TaxStore(database), lambda writing: history.rules_changed(writing))
    books = PromotionBooks(PromotionStore(database), clock)
    history = HistoryService(HistoryStore(database), articles, channels, taxes, books, clock)
    shelf = Shelf(PricingStore(database), HistoryStore(database))
    history.on_written(shelf.forget_written)
    return taxes, books, history, shelf


class PricingAnswers:
    """What pricing answers other modules."""

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing
        self.quote = pricing.quotes.quote
        self.deliveries = pricing.quotes.deliveries
        self.own_prices = pricing.quotes.own_prices
        self.settled = pricing.quotes.settled
        self.prices = pricing.answers.prices

    async def fresh_prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[PriceAnswer | None]:
        """Prices that are never older than the change that was heard of: the shelf may hear of it later."""
        self._pricing.shelf.forget(skus)
        await self._pricing.history.settled()
        return await self.prices(skus, viewer)


def by_field(services: Any) -> dict[type, object]:
    """The services that a dataclass holds, by their classes."""
    found = (getattr(services, field.name) for field in fields(services))
    return {type(service): service for service in found}
