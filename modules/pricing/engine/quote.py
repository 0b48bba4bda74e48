"""Basket in, quote out: list price, quantity price, reduction, tax, totals. Nothing is changed, nothing is undone.

Later stages (promotions, delivery) take their place between the line amounts and the tax (O-1).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from modules.kernel.basket import Basket, BasketLine, Notice, PriceStep, Quote, QuoteLine, TaxedMoney, TaxSummary
from modules.kernel.moments import from_us, to_us
from modules.kernel.money import Money, UnitPrice, format_micros
from modules.kernel.names import Sku, TaxClass
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import format_quantity
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.prices import PriceContext, Selection, earliest, explain, select
from modules.pricing.engine.tax import Taxable, Terms, country_of, other_mode, taxes, unit_prices
from modules.pricing.model.prices import PriceRow
from modules.pricing.model.taxes import TaxRule

LONGEST: Final = timedelta(hours=24)
"""How long a quote holds when nothing is known to change it earlier (P-8)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A line with its rows and its amount in the row's own tax mode, before tax."""

    line: BasketLine
    row: PriceRow
    original: PriceRow
    rule: TaxRule
    quantity: int
    """Of all lines with this sku and row: what tiers are looked up by (P-2)."""
    micros: int
    minor: int

    @property
    def order(self) -> tuple[str, str, str]:
        """The place in which cents are given out, whatever the order of adding (O-5a)."""
        return self.line.sku, self.line.configuration or "", self.line.id


def quote(basket: Basket, goods: Goods, viewer: Viewer) -> Quote:
    """Prices a basket for a viewer at his moment; the same question always has the same answer.

    A line without article, price or tax rate is left out and has a notice. `unit` of a line is the gross price of one
    unit as `Product.price` shows it.
    """
    context, terms = PriceContext.of(viewer), Terms.of(viewer.channel.market, viewer.currency)
    selections = {sku: select(goods.rows.get(sku, ()), context) for sku in {line.sku for line in basket.lines}}
    drafts, notices = _draft(basket, goods, selections, viewer, terms)
    lines = _taxed(drafts, terms)
    total = _sum(lines, viewer.currency)
    until = _until(basket, goods, selections.values(), viewer)
    return Quote(
        id=_digest(basket, drafts, lines, viewer),
        at=viewer.now,
        valid_until=viewer.now + LONGEST if until is None else min(from_us(until), viewer.now + LONGEST),
        lines=tuple(lines),
        taxes=tuple(_summaries(drafts, lines, viewer.currency)),
        subtotal=total,
        total=total,
        notices=(*notices, *_unknown_codes(basket)),
    )


def _draft(
    basket: Basket, goods: Goods, selections: Mapping[Sku, Selection], viewer: Viewer, terms: Terms
) -> tuple[list[Draft], list[Notice]]:
    country, at_us = country_of(viewer), to_us(viewer.now)
    quantities: dict[Sku, int] = defaultdict(int)
    for line in basket.lines:
        quantities[line.sku] += line.quantity
    drafts, notices = [], []
    for line in basket.lines:
        article, selection = goods.articles.get(line.sku), selections[line.sku]
        row, original = selection.row, selection.original
        rule = goods.taxes.rule(country, article.tax_class, at_us) if article else None
        if rule is None or row is None or original is None:
            notices.append(_missing(line, goods, selection, viewer))
            continue
        quantity = quantities[line.sku]
        micros = row.micros_at(quantity)
        minor = terms.amount(micros, line.quantity)
        drafts.append(Draft(line, row, original, rule, quantity, micros, minor))
    return drafts, notices


def _missing(line: BasketLine, goods: Goods, selection: Selection, viewer: Viewer) -> Notice:
    article = goods.articles.get(line.sku)
    data: dict[str, object] = {"sku": line.sku}
    if article is None:
        return Notice("UNKNOWN_SKU", f"There is no product {line.sku!r}.", line.id, data)
    if selection.row is None:
        nearest = explain(goods.rows.get(line.sku, ()), PriceContext.of(viewer))
        data |= {"currency": viewer.currency, "market": viewer.channel.market.id}
        data["nearest"] = [{"row": row.id, "because": [str(reason) for reason in why]} for row, why in nearest]
        return Notice("PRICE_NOT_FOUND", f"{line.sku!r} has no price in {viewer.currency} here.", line.id, data)
    country = country_of(viewer)
    data |= {"country": country, "taxClass": article.tax_class}
    message = f"There is no tax rate for class {article.tax_class!r} in {country or 'this market'}."
    return Notice("TAX_RATE_NOT_FOUND", message, line.id, data)


def _taxed(drafts: Sequence[Draft], terms: Terms) -> list[QuoteLine]:
    in_order = sorted(range(len(drafts)), key=lambda index: drafts[index].order)
    tax_of = dict(zip(in_order, taxes([_taxable(drafts[index]) for index in in_order], terms), strict=True))
    return [_line(draft, tax_of[index], terms) for index, draft in enumerate(drafts)]


def _taxable(draft: Draft) -> Taxable:
    return Taxable(draft.minor, draft.micros, draft.line.quantity, draft.row.tax_mode, draft.rule)


def _line(draft: Draft, tax: int, terms: Terms) -> QuoteLine:
    currency, rule, mode = terms.currency, draft.rule, draft.row.tax_mode
    is_net = mode is TaxMode.NET
    net = draft.minor if is_net else draft.minor - tax
    total = TaxedMoney(Money(net, currency), Money(tax, currency), Money(net + tax, currency))
    _, gross = unit_prices(draft.micros, mode, rule.rate_micros, terms)
    rate, percent = _rate(rule.rate_micros)
    kind = "tax" if is_net else "tax_included"
    steps = [*_price_steps(draft, terms), PriceStep(kind, percent, total.tax, total.gross, (rule.id, rule.version))]
    line = draft.line
    return QuoteLine(line.id, line.sku, line.quantity, UnitPrice(gross, currency), total, rate, tuple(steps))


@lru_cache(maxsize=256)
def _rate(rate_micros: int) -> tuple[str, str]:
    return format_micros(rate_micros), f"Tax {format_micros(rate_micros * 100)} %"


def _price_steps(draft: Draft, terms: Terms) -> list[PriceStep]:
    """List price, quantity price, reduction, each in the tax mode of the row that holds. Quantity comes first (O-9)."""
    original, row, currency = draft.original, draft.row, terms.currency
    rule = original.id, original.version
    tier = original.micros_at(draft.quantity)
    if row is original and tier == original.micros:
        money = Money(draft.minor, currency)
        return [PriceStep("list_price", "List price", money, money, rule)]
    result = _amount(original.micros, draft, terms)
    steps = [PriceStep("list_price", "List price", Money(result, currency), Money(result, currency), rule)]
    if tier != original.micros:
        before, result = result, _amount(tier, draft, terms)
        label = f"Quantity price for {format_quantity(draft.quantity)}"
        steps.append(PriceStep("tier", label, Money(result - before, currency), Money(result, currency), rule))
    if row is not original:
        change, after = Money(draft.minor - result, currency), Money(draft.minor, currency)
        steps.append(PriceStep("sale", "Reduced price", change, after, (row.id, row.version)))
    return steps


def _amount(original_micros: int, draft: Draft, terms: Terms) -> int:
    """The line's amount at a price of the list row, in the tax mode of the row that holds."""
    mode = draft.original.tax_mode
    same = mode is draft.row.tax_mode
    micros = original_micros if same else other_mode(original_micros, mode, draft.rule.rate_micros, terms)
    return terms.amount(micros, draft.line.quantity)


def _sum(lines: Iterable[QuoteLine], currency: str) -> TaxedMoney:
    net = tax = 0
    for line in lines:
        net += line.total.net.minor
        tax += line.total.tax.minor
    return TaxedMoney(Money(net, currency), Money(tax, currency), Money(net + tax, currency))


def _summaries(drafts: Sequence[Draft], lines: Sequence[QuoteLine], currency: str) -> list[TaxSummary]:
    """One per rate and tax class, the highest rate first: zero-rated and exempt goods stay apart."""
    groups: dict[tuple[int, TaxClass], list[QuoteLine]] = defaultdict(list)
    for draft, line in zip(drafts, lines, strict=True):
        groups[-draft.rule.rate_micros, draft.rule.tax_class].append(line)
    sums = ((_rate(-rate)[0], kind, _sum(members, currency)) for (rate, kind), members in sorted(groups.items()))
    return [TaxSummary(rate, kind, money.net, money.tax) for rate, kind, money in sums]


def _until(basket: Basket, goods: Goods, selections: Iterable[Selection], viewer: Viewer) -> int | None:
    country, at_us = country_of(viewer), to_us(viewer.now)
    found = (goods.articles.get(line.sku) for line in basket.lines)
    classes = {article.tax_class for article in found if article}
    rates = (goods.taxes.next_change(country, tax_class, at_us) for tax_class in classes)
    return earliest(*(selection.until_us for selection in selections), *rates)


def _unknown_codes(basket: Basket) -> Iterable[Notice]:
    """A code that nobody issued is said, not swallowed (C-2)."""
    for code in basket.codes:
        yield Notice("CODE_UNKNOWN", f"The code {code!r} is not known here.", data={"code": code})


def _digest(basket: Basket, drafts: Sequence[Draft], lines: Sequence[QuoteLine], viewer: Viewer) -> str:
    """The same basket, amounts and rules have the same id, whenever they are asked about (P-8)."""
    store = viewer.store.id if viewer.store else ""
    rules = [(draft.row.id, draft.row.version, draft.rule.id, draft.rule.version) for draft in drafts]
    wishes = [(line.id, line.sku, line.quantity, line.configuration) for line in basket.lines]
    amounts = [(line.total.net.minor, line.total.tax.minor) for line in lines]
    place = (viewer.channel.id, store, viewer.currency)
    document = [basket.id, basket.version, basket.codes, place, wishes, rules, amounts]
    return hashlib.sha256(json.dumps(document, separators=(",", ":")).encode()).hexdigest()[:32]
