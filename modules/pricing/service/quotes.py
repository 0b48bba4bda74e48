"""Quotes: loads what a basket needs in few statements, prices it purely, keeps nothing but a sample."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from modules.kernel.basket import Basket, DeliveryOption, Quote
from modules.kernel.configuration import OwnPrice, Surcharges, Unpriced
from modules.kernel.errors import BadUserInput, Unavailable
from modules.kernel.moments import contains, to_us
from modules.kernel.names import LineId, PromotionId, Sku
from modules.kernel.product import Article, known_articles
from modules.kernel.quantity import ZERO
from modules.kernel.stages import Stages, at_once, in_turns
from modules.kernel.stock import AvailabilityState
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import Circumstances, Room
from modules.pricing.engine.quote import Rules, cheapest_first, option, own_prices, stages, surcharge_requests
from modules.pricing.model.promotions import Promotion, PromotionState
from modules.pricing.model.shipping import ShippingMethod
from modules.pricing.ports import Articles, Configured, Stock
from modules.pricing.service.baskets import BasketRecorder
from modules.pricing.service.buyers import Buyers
from modules.pricing.service.codes import CodeService
from modules.pricing.service.promotion_books import PromotionBooks
from modules.pricing.service.quote_memory import MANY, QuoteMemory
from modules.pricing.service.shelf import Shelf
from modules.pricing.service.shipping import ShippingService
from modules.pricing.service.taxes import TaxService
from modules.pricing.service.uses import UseService

_NOW_US: Final = 60_000_000
"""A question within a minute of the clock is about now; any other is a what-if."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom a quote asks."""

    shelf: Shelf
    articles: Articles
    taxes: TaxService
    promotions: PromotionBooks
    codes: CodeService
    uses: UseService
    shipping: ShippingService
    recorder: BasketRecorder
    buyers: Buyers
    stock: Stock | None = None
    """None: nobody counts gifts, all can be had."""
    configured: Configured | None = None
    """None: nobody configures, and a line costs what its product does."""


class QuoteService:
    """Prices baskets: one statement for rows not in memory, and one each for codes, limits, gifts and a customer; one
    question about all configured lines."""

    def __init__(self, sources: Sources, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._ask = sources
        self._clock = clock
        self._memory = QuoteMemory()

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """Prices a basket at the viewer's moment; nothing is held and no code is used up.

        Raises Forbidden for drafts or a customer without the right to them, BadUserInput for those that do not exist.
        """
        asking, goods, rules, left = await self._case(basket, viewer)
        if self._is_now(viewer) and not basket.drafts:
            self._ask.recorder.offer(basket, asking, rules.claims, rules.surcharges)
        return await self._with_stock(basket, goods, asking, rules, left)

    async def deliveries(self, basket: Basket, viewer: Viewer) -> list[DeliveryOption]:
        """Every shipping method of the viewer's market with what it costs this basket after promotions, the cheapest
        first; behind them those that cannot serve it. What it costs is what `quote` says when the basket names it.

        Raises what `quote` raises.
        """
        asking, goods, rules, _ = await self._case(replace(basket, delivery=None), viewer, counted=False)
        options = []
        for method in await self._ask.shipping.active(asking.channel.market.id):
            asked = replace(basket, delivery=method.id)
            found = await _reckoned(asked, stages(asked, goods, asking, replace(rules, shipping=method)))
            options.append(option(method, found, asking))
            await asyncio.sleep(0)  # each is a whole quote: others get their turn between
        return cheapest_first(options)

    async def own_prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[OwnPrice | None]:
        """One answer per sku, in order: its own list price for the viewer at his moment; None for one without a
        price."""
        asking = await self._asking(Basket(()), viewer)
        rows = await self._ask.shelf.rows(list(dict.fromkeys(skus)), asking.currency, to_us(asking.now))
        return own_prices(skus, rows, asking)

    async def settled(self) -> None:
        """Waits until the rules that this process has heard of are those it prices by."""
        await self._ask.promotions.settled()
        await self._ask.taxes.settled()
        await self._ask.shipping.settled()

    async def articles(self, skus: Iterable[Sku]) -> dict[Sku, Article]:
        """The articles that exist, by sku."""
        return await known_articles(skus, self._ask.articles)

    async def goods(self, articles: Mapping[Sku, Article], currency: str, at_us: int) -> Goods:
        """The articles with their rows, one statement for those not in memory, and the tax rules."""
        rows = await self._ask.shelf.rows(list(articles), currency, at_us) if articles else {}
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

    async def _case(
        self, basket: Basket, viewer: Viewer, counted: bool = True
    ) -> tuple[Viewer, Goods, Rules, dict[Sku, int] | None]:
        """Who asks in the end, and all that decides what the basket costs; what can be had of gifts, if stock counts
        and was asked for already."""
        asking = await self._asking(basket, viewer)
        book = await self._book(basket, asking)
        claims = await self._ask.codes.claims(basket.codes, asking, basket.id) if basket.codes else ()
        known = await self.articles(line.sku for line in basket.lines)
        circumstances = Circumstances(
            to_us(asking.now), asking.currency, asking.channel, asking.store, asking.locale, asking.customer, claims
        )
        needs = book.needs(known.values(), circumstances)
        goods = await self.goods({**known, **await self.articles(needs.gifts)}, asking.currency, circumstances.at_us)
        away = _not_on_sale(needs.gifts, goods.articles, circumstances.at_us)
        gifts = needs.gifts.difference(away) if counted else ()
        rooms, left = await self._left(book, needs.limited, gifts, basket, asking)
        rules = Rules(
            book=book,
            claims=claims,
            rooms=rooms,
            gifts=needs.gifts,
            stock=away,
            shipping=await self.shipping(basket, asking),
            surcharges=await self._surcharges(basket, goods, asking),
        )
        return asking, goods, rules, left

    async def _surcharges(self, basket: Basket, goods: Goods, viewer: Viewer) -> dict[LineId, Surcharges | Unpriced]:
        """By line what its configuration adds: without an answer the line is not priced, never at too low a price."""
        asked = surcharge_requests(basket, goods, viewer) if self._ask.configured else []
        if not asked or self._ask.configured is None:
            return {}
        distinct = list(dict.fromkeys(request for _, request in asked))
        try:
            found = dict(zip(distinct, await self._ask.configured.surcharges(distinct, viewer), strict=True))
        except Unavailable as error:
            return {id: Unpriced(error.code, error.message) for id, _ in asked}
        return {id: found[request] for id, request in asked}

    async def _book(self, basket: Basket, viewer: Viewer) -> PromotionBook:
        if basket.drafts:
            viewer.require_here(Permission.PROMOTIONS_READ)
        book = await self.book(to_us(viewer.now))
        return book.with_promotions(await self.drafted(basket.drafts)) if basket.drafts else book

    async def _asking(self, basket: Basket, viewer: Viewer) -> Viewer:
        if basket.customer is not None:
            viewer.require_here(Permission.CUSTOMERS_ACT)
        asking = await self._ask.buyers.buying(viewer, basket.customer)
        if basket.customer is not None and asking.customer is None:
            raise BadUserInput(f"There is no customer {basket.customer!r}.", "input.customer")
        return asking

    async def _left(
        self,
        book: PromotionBook,
        limited: Collection[PromotionId],
        gifts: Collection[Sku],
        basket: Basket,
        viewer: Viewer,
    ) -> tuple[Mapping[PromotionId, Room], dict[Sku, int] | None]:
        """What is left of limits and, asked in the same moment, of gifts. These alone are not worth waiting for: the
        basket may earn none."""
        rooms = self._rooms(book, limited, viewer, basket.id)
        if not limited or not gifts:
            return await rooms, None
        return await asyncio.gather(rooms, self._stock(gifts, basket, viewer))

    async def _rooms(
        self, book: PromotionBook, limited: Iterable[PromotionId], viewer: Viewer, own: str
    ) -> Mapping[PromotionId, Room]:
        entries = {id: entry for id in limited if (entry := book.entry(id))}
        limits = {id: entry.promotion.limits for id, entry in entries.items()}
        return await self._ask.uses.rooms(limits, viewer, viewer.currency, own) if limits else {}

    async def _with_stock(
        self, basket: Basket, goods: Goods, viewer: Viewer, rules: Rules, left: dict[Sku, int] | None
    ) -> Quote:
        """The quote when stock is counted too. What was not asked for yet is only when there is a gift to give, and
        when it covers all that is given it changes nothing."""
        found = await _reckoned(basket, self._memory.stages(basket, goods, viewer, rules))
        given: Counter[Sku] = Counter()
        for line in found.lines:
            given[line.sku] += line.quantity if line.is_gift else 0
        if left is None:
            left = await self._stock(rules.gifts.difference(rules.stock), basket, viewer) if +given else {}
        stock = {**left, **rules.stock} if +given else {}
        if all(stock.get(sku, count) >= count for sku, count in given.items()):
            return found
        return await _reckoned(basket, stages(basket, goods, viewer, replace(rules, stock=stock)))

    async def _stock(self, gifts: Collection[Sku], basket: Basket, viewer: Viewer) -> dict[Sku, int]:
        """What can be given away beside what is in the basket; nothing is said of what nobody counts."""
        try:
            found = await self._ask.stock.availability(list(gifts), viewer) if self._ask.stock else []
        except Unavailable:
            # A quote without stock is worth more than none; whoever takes the order looks again.
            return {}
        counted = (answer for answer in found if answer.state is not AvailabilityState.UNKNOWN)
        left = {answer.sku: answer.available for answer in counted if answer.available is not None}
        bought = {sku: sum(line.quantity for line in basket.lines if line.sku == sku) for sku in left}
        return {sku: max(available - bought[sku], ZERO) for sku, available in left.items()}

    def _is_now(self, viewer: Viewer) -> bool:
        return abs(to_us(viewer.now) - to_us(self._clock())) < _NOW_US


def _not_on_sale(gifts: Iterable[Sku], articles: Mapping[Sku, Article], at_us: int) -> dict[Sku, int]:
    """Nothing can be had of what does not exist or is not sold at this moment."""
    known = ((sku, articles.get(sku)) for sku in gifts)
    return {
        sku: ZERO
        for sku, article in known
        if article is None or not contains(article.active_from_us, article.active_until_us, at_us)
    }


async def _reckoned(basket: Basket, stages: Stages[Quote]) -> Quote:
    return await in_turns(stages) if len(basket.lines) > MANY else at_once(stages)
