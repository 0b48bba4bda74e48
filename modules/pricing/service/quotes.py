"""Quotes: loads what a basket needs in few statements, prices it purely, keeps nothing but a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from modules.kernel.basket import Basket, Quote
from modules.kernel.errors import BadUserInput, Unavailable
from modules.kernel.moments import contains, to_us
from modules.kernel.names import PromotionId, Sku
from modules.kernel.product import Article
from modules.kernel.quantity import ZERO
from modules.kernel.stock import AvailabilityState
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Circumstances, Room
from modules.pricing.engine.quote import Rules, quote
from modules.pricing.model.promotions import Promotion, PromotionState
from modules.pricing.model.shipping import ShippingMethod
from modules.pricing.ports import Articles, Customers, Stock
from modules.pricing.service.baskets import BasketRecorder
from modules.pricing.service.codes import CodeService
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.service.shipping import ShippingService
from modules.pricing.service.taxes import TaxService
from modules.pricing.service.uses import UseService
from modules.pricing.store.prices import PricingStore

_NOW_US: Final = 60_000_000
"""A question within a minute of the clock is about now; any other is a what-if."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom a quote asks."""

    store: PricingStore
    articles: Articles
    taxes: TaxService
    promotions: PromotionBooks
    codes: CodeService
    uses: UseService
    shipping: ShippingService
    recorder: BasketRecorder
    stock: Stock | None = None
    """None: nobody counts gifts, all can be had."""
    customers: Customers | None = None
    """None: no customer is known."""


class QuoteService:
    """Prices baskets. One statement for the rows; one more each for codes, limits, gifts and a customer, if any."""

    def __init__(self, sources: Sources, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._ask = sources
        self._clock = clock

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """Prices a basket at the viewer's moment; nothing is held and no code is used up.

        Raises Forbidden for drafts or a customer without the right to them, BadUserInput for those that do not exist.
        """
        asking = await self._asking(basket, viewer)
        book = await self._book(basket, asking)
        claims = await self._ask.codes.claims(basket.codes, asking, basket.id) if basket.codes else ()
        known = await self.articles(line.sku for line in basket.lines)
        circumstances = Circumstances(
            to_us(asking.now), asking.currency, asking.channel, asking.store, asking.locale, asking.customer, claims
        )
        needs = book.needs(known.values(), circumstances)
        goods = await self.goods({**known, **await self.articles(needs.gifts)}, asking.currency, circumstances.at_us)
        rules = Rules(
            book=book,
            claims=claims,
            rooms=await self._rooms(book, needs.limited, asking, basket.id),
            gifts=needs.gifts,
            stock=await self._stock(needs.gifts, goods.articles, basket, asking),
            shipping=await self.shipping(basket, asking),
        )
        if self._is_now(viewer) and not basket.drafts:
            self._ask.recorder.offer(basket, asking, claims)
        return quote(basket, goods, asking, rules)

    async def articles(self, skus: Iterable[Sku]) -> dict[Sku, Article]:
        """The articles that exist, by sku."""
        wanted = list(dict.fromkeys(skus))
        found = await self._ask.articles.articles(wanted) if wanted else []
        return {article.sku: article for article in found if article}

    async def goods(self, articles: Mapping[Sku, Article], currency: str, at_us: int) -> Goods:
        """The articles with their rows, one statement, and the tax rules."""
        rows = await self._ask.store.rows(list(articles), currency, at_us) if articles else {}
        return Goods(articles, rows, await self._ask.taxes.book())

    async def shipping(self, basket: Basket, viewer: Viewer) -> ShippingMethod | None:
        """The method that the basket names; None for none, and where there is none."""
        chosen = basket.delivery
        return await self._ask.shipping.method(chosen, viewer.channel.market.id) if chosen else None

    async def drafted(self, ids: Sequence[PromotionId]) -> list[Promotion]:
        """The newest saved versions, as if they were active. Raises BadUserInput for one that does not exist."""
        found = await self._ask.promotions.drafts(ids)
        for id, promotion in zip(ids, found, strict=True):
            if promotion is None:
                raise BadUserInput(f"There is no promotion {id[:100]!r}.", "input.drafts")
        return [replace(promotion, state=PromotionState.ACTIVE) for promotion in found if promotion]

    async def book(self, at_us: int) -> PromotionBook:
        """The promotions of a moment: those of now for the present and the future."""
        if at_us < to_us(self._clock()) - _NOW_US:
            return await self._ask.promotions.book_at(at_us)
        return await self._ask.promotions.book()

    async def _book(self, basket: Basket, viewer: Viewer) -> PromotionBook:
        if basket.drafts:
            viewer.require(Permission.PROMOTIONS_READ)
        book = await self.book(to_us(viewer.now))
        return book.with_promotions(await self.drafted(basket.drafts)) if basket.drafts else book

    async def _asking(self, basket: Basket, viewer: Viewer) -> Viewer:
        if basket.customer is None:
            return viewer
        viewer.require(Permission.CUSTOMERS_ACT)
        customers = self._ask.customers
        profiles = await customers.profiles([basket.customer], viewer.now) if customers else []
        profile = next(iter(profiles), None)
        if profile is None:
            raise BadUserInput(f"There is no customer {basket.customer!r}.", "input.customer")
        return replace(viewer, customer=profile)

    async def _rooms(
        self, book: PromotionBook, limited: Iterable[PromotionId], viewer: Viewer, own: str
    ) -> Mapping[PromotionId, Room]:
        entries = {id: entry for id in limited if (entry := book.entry(id))}
        limits = {id: entry.promotion.limits for id, entry in entries.items()}
        return await self._ask.uses.rooms(limits, viewer, viewer.currency, own) if limits else {}

    async def _stock(
        self, gifts: Iterable[Sku], articles: Mapping[Sku, Article], basket: Basket, viewer: Viewer
    ) -> dict[Sku, int]:
        """What can be given away: nothing that does not exist or is not on sale, and not what is in the basket."""
        at_us, wanted = to_us(viewer.now), list(gifts)
        on_sale = [sku for sku in wanted if sku in articles and _is_active(articles[sku], at_us)]
        left: dict[Sku, int] = dict.fromkeys(set(wanted).difference(on_sale), ZERO)
        try:
            found = await self._ask.stock.availability(on_sale, viewer) if on_sale and self._ask.stock else []
        except Unavailable:
            # A quote without stock is worth more than none; whoever takes the order looks again.
            found = []
        for answer in found:
            if answer.available is not None and answer.state is not AvailabilityState.UNKNOWN:
                bought = sum(line.quantity for line in basket.lines if line.sku == answer.sku)
                left[answer.sku] = max(answer.available - bought, ZERO)
        return left

    def _is_now(self, viewer: Viewer) -> bool:
        return abs(to_us(viewer.now) - to_us(self._clock())) < _NOW_US


def _is_active(article: Article, at_us: int) -> bool:
    return contains(article.active_from_us, article.active_until_us, at_us)
