"""What a unit of each sku costs a viewer, as shelves and listings show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modules.kernel.moments import from_us
from modules.kernel.money import UnitPrice
from modules.kernel.names import Sku
from modules.kernel.policies import TaxMode
from modules.kernel.product import Article
from modules.kernel.viewer import Viewer
from modules.pricing.engine.articles import reduced
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.lowest import allowed
from modules.pricing.engine.prices import PriceContext, earliest, floor, select
from modules.pricing.engine.public import Place, next_promotion
from modules.pricing.engine.tax import Levy, TaxBook, TaxPlace, Terms, unit_prices
from modules.pricing.model.points import PricePoint, PriorPrice, Standing, Verdict
from modules.pricing.model.prices import PriceAnswer, PriceKind, PriceRow, TierAnswer

_UNKNOWN: Final = PriorPrice(verdict=Verdict.NO_PRIOR_PRICE)


@dataclass(frozen=True, slots=True)
class Goods:
    """All that is known of some skus: their articles, their rows in the currency asked for, and the rules.

    `standings` are the public prices that hold with what may be said of them; `priors` say it where no standing holds
    at the moment asked about.
    """

    articles: Mapping[Sku, Article]
    rows: Mapping[Sku, Sequence[PriceRow]]
    taxes: TaxBook = field(default_factory=TaxBook)
    book: PromotionBook = field(default_factory=PromotionBook)
    standings: Mapping[Sku, Standing] = field(default_factory=dict)
    priors: Mapping[Sku, PriorPrice] = field(default_factory=dict)


def answer(skus: Sequence[Sku], quantity: int, goods: Goods, viewer: Viewer) -> list[PriceAnswer | None]:
    """One answer per sku, in order; None without an article, a price (P-6) or a tax rate (T-1).

    Article promotions are in the price (O-1). A reduction that nothing is known to be measured by is
    NO_PRIOR_PRICE: nothing is announced on a guess.
    """
    asking = _Asking(
        quantity,
        goods,
        PriceContext.of(viewer),
        Place(viewer.channel, viewer.currency, viewer.store),
        TaxPlace.at_home(viewer),
        Terms.of(viewer.channel.market, viewer.currency),
        viewer.customer.until_us if viewer.customer else None,
    )
    return [asking.answer(sku) for sku in skus]


def unproven(answers: Iterable[PriceAnswer | None], goods: Goods, viewer: Viewer, at_us: int) -> list[Sku]:
    """Skus whose reduction must be judged by their whole history: no standing price holds at this moment."""
    place = Place(viewer.channel, viewer.currency, viewer.store)
    return [
        answer.sku
        for answer in answers
        if answer is not None
        and answer.verdict is Verdict.NO_PRIOR_PRICE
        and answer.sku not in goods.priors
        and standing_at(goods.standings.get(answer.sku), place, at_us) is None
    ]


def standing_at(standing: Standing | None, place: Place, at_us: int) -> PricePoint | None:
    """The point that holds there at this moment, if that is known: the store's own, otherwise the channel's."""
    if standing is None or (standing.due_us is not None and standing.due_us <= at_us):
        return None
    point = point_of(standing.points, place)
    return point if point is not None and point.from_us <= at_us else None


def point_of(points: Iterable[PricePoint], place: Place) -> PricePoint | None:
    """The point of a place: its store's own, otherwise its channel's."""
    channel, store = place.channel.id, place.store.id if place.store else ""
    found = [point for point in points if point.channel == channel and point.store in ("", store)]
    return max(found, key=lambda point: point.store, default=None)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question about some skus, and all that its answer depends on."""

    quantity: int
    goods: Goods
    context: PriceContext
    place: Place
    taxed: TaxPlace
    terms: Terms
    until_us: int | None
    """When the customer's segments change next."""

    def answer(self, sku: Sku) -> PriceAnswer | None:
        """What one unit of it costs; None without an article, a price or a tax rate."""
        article, rows = self.goods.articles.get(sku), self.goods.rows.get(sku)
        if article is None or not rows:
            return None
        at_us, currency = self.context.at_us, self.terms.currency
        levy = self.goods.taxes.levy(self.taxed, article.tax_class, at_us)
        selection = select(rows, self.context)
        row, original = selection.row, selection.original
        if levy is None or row is None or original is None:
            return None
        listed = self._listed(original, levy)
        net, gross = self._unit(article, rows, row, row.micros_at(self.quantity), listed, levy)
        strike, prior, percent, verdict = self._said(sku, row, gross, listed)
        until = earliest(
            self.until_us,
            selection.until_us,
            self.goods.taxes.next_change(self.taxed, article.tax_class, at_us),
            next_promotion(article, self.place, self.goods.book, at_us, False),
        )
        return PriceAnswer(
            sku,
            UnitPrice(net, currency),
            UnitPrice(gross, currency),
            None if strike is None else UnitPrice(strike, currency),
            self._tiers(article, rows, row, listed, levy) if row.tiers else (),
            None if until is None else from_us(until),
            (row.id, row.version),
            None if prior is None else UnitPrice(prior, currency),
            percent,
            verdict,
        )

    def _listed(self, original: PriceRow, levy: Levy) -> int:
        """The gross list price of one unit when so much is bought: quantity prices come first (O-9)."""
        rate = levy.rule.rate_micros
        return unit_prices(original.micros_at(self.quantity), original.tax_mode, rate, self.terms)[1]

    def _unit(
        self, article: Article, rows: Sequence[PriceRow], row: PriceRow, micros: int, listed: int, levy: Levy
    ) -> tuple[int, int]:
        """Net and gross of one unit after the article promotions."""
        rate, at_us = levy.rule.rate_micros, self.context.at_us
        net, gross = unit_prices(micros, row.tax_mode, rate, self.terms)
        least = floor(rows, self.context).row if any(row.kind is PriceKind.FLOOR for row in rows) else None
        left, _ = reduced(
            gross,
            article,
            self.place.articles,
            self.goods.book,
            at_us,
            self.terms,
            unit_list_micros=listed,
            is_reduced=row.kind is PriceKind.SALE,
            floor_micros=unit_prices(least.micros, least.tax_mode, rate, self.terms)[1] if least else 0,
        )
        return (net, gross) if left == gross else unit_prices(left, TaxMode.GROSS, rate, self.terms)

    def _said(
        self, sku: Sku, row: PriceRow, gross: int, listed: int
    ) -> tuple[int | None, int | None, int | None, Verdict]:
        """Strike price, prior price, percentage and verdict. A personal price announces nothing (3.3, step 9)."""
        if listed <= gross or row.is_personal:
            return None, None, None, Verdict.NO_REDUCTION
        prior = self._prior(sku)
        if prior.exempt:
            return listed, None, None, Verdict.ANNOUNCEABLE
        if prior.micros is None:
            return None, None, None, Verdict.NO_PRIOR_PRICE
        verdict, percent = allowed(prior.micros, gross)
        return listed if verdict is Verdict.ANNOUNCEABLE else None, prior.micros, percent, verdict

    def _prior(self, sku: Sku) -> PriorPrice:
        known = self.goods.priors.get(sku)
        if known is None:
            point = standing_at(self.goods.standings.get(sku), self.place, self.context.at_us)
            known = point.prior if point else _UNKNOWN
        return known

    def _tiers(
        self, article: Article, rows: Sequence[PriceRow], row: PriceRow, listed: int, levy: Levy
    ) -> tuple[TierAnswer, ...]:
        currency = self.terms.currency
        found = ((tier, self._unit(article, rows, row, tier.micros, listed, levy)) for tier in row.tiers)
        return tuple(
            TierAnswer(tier.min_quantity, UnitPrice(net, currency), UnitPrice(gross, currency))
            for tier, (net, gross) in found
        )
