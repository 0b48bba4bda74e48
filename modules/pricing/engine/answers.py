"""What a unit of each sku costs a viewer, as shelves and listings show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.kernel.moments import from_us
from modules.kernel.money import UnitPrice
from modules.kernel.names import Sku
from modules.kernel.product import Article
from modules.kernel.viewer import Viewer
from modules.pricing.engine.prices import PriceContext, earliest, select
from modules.pricing.engine.tax import TaxBook, Terms, country_of, unit_prices
from modules.pricing.model.prices import PriceAnswer, PriceRow, TierAnswer
from modules.pricing.model.taxes import TaxRule


@dataclass(frozen=True, slots=True)
class Goods:
    """All that is known of some skus: their articles, their rows in the currency asked for, and the tax rules."""

    articles: Mapping[Sku, Article]
    rows: Mapping[Sku, Sequence[PriceRow]]
    taxes: TaxBook = field(default_factory=TaxBook)


def answer(skus: Sequence[Sku], quantity: int, goods: Goods, viewer: Viewer) -> list[PriceAnswer | None]:
    """One answer per sku, in order; None without an article, a price (P-6) or a tax rate (T-1)."""
    context, country = PriceContext.of(viewer), country_of(viewer)
    terms = Terms.of(viewer.channel.market, viewer.currency)
    return [_answer(sku, quantity, goods, context, country, terms) for sku in skus]


def _answer(
    sku: Sku, quantity: int, goods: Goods, context: PriceContext, country: str, terms: Terms
) -> PriceAnswer | None:
    article = goods.articles.get(sku)
    rows = goods.rows.get(sku)
    if article is None or not rows:
        return None
    rule = goods.taxes.rule(country, article.tax_class, context.at_us)
    selection = select(rows, context)
    row, original = selection.row, selection.original
    if rule is None or row is None or original is None:
        return None
    net, gross = unit_prices(row.micros_at(quantity), row.tax_mode, rule.rate_micros, terms)
    listed = gross
    if original is not row:
        _, listed = unit_prices(original.micros_at(quantity), original.tax_mode, rule.rate_micros, terms)
    until = earliest(selection.until_us, goods.taxes.next_change(country, article.tax_class, context.at_us))
    return PriceAnswer(
        sku,
        UnitPrice(net, terms.currency),
        UnitPrice(gross, terms.currency),
        UnitPrice(listed, terms.currency) if listed > gross else None,
        _tiers(row, rule, terms) if row.tiers else (),
        None if until is None else from_us(until),
        (row.id, row.version),
    )


def _tiers(row: PriceRow, rule: TaxRule, terms: Terms) -> tuple[TierAnswer, ...]:
    found = ((tier, unit_prices(tier.micros, row.tax_mode, rule.rate_micros, terms)) for tier in row.tiers)
    return tuple(
        TierAnswer(tier.min_quantity, UnitPrice(net, terms.currency), UnitPrice(gross, terms.currency))
        for tier, (net, gross) in found
    )
