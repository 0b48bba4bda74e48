"""Lines on their way from list price to amount due, step by step (2.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from modules.kernel.basket import PriceStep, QuoteLine, TaxedMoney
from modules.kernel.later import Later
from modules.kernel.money import MICROS, Money, UnitPrice, divide, format_micros
from modules.kernel.names import LineId, Locale
from modules.kernel.policies import TaxMode
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity
from modules.pricing.engine.case import Promoted, Reduction
from modules.pricing.engine.quote.drafts import Draft
from modules.pricing.engine.quote.labels import label
from modules.pricing.engine.quote.question import Reckoning
from modules.pricing.engine.tax import Levy, Taxable, Terms, unit_prices


class Move(NamedTuple):
    """A step as it is reckoned with; `PriceStep` is what it becomes for who asks."""

    kind: str
    label: str
    change: int
    minor: int
    """The line's amount after it."""
    rule: tuple[str, int] | None

    def told(self, currency: str) -> PriceStep:
        """The step with its amounts as money."""
        return PriceStep(self.kind, self.label, Money(self.change, currency), Money(self.minor, currency), self.rule)


Cut = tuple[int, int]
"""What a promotion took off a line: the place of its reduction, and minor units."""


@dataclass(slots=True)
class Item:
    """A line as far as it has come: `minor` is the result of its last step, in the cart's tax mode."""

    line: LineId | None
    article: Article
    quantity: Quantity
    levy: Levy
    micros: int
    """One unit, as `Product.price` shows it: what reduces the article itself is off, other promotions are not."""
    list_minor: int
    minor: int
    first: tuple[Move, ...] = ()
    """Its steps before promotions."""
    cuts: tuple[Cut, ...] = ()
    """What promotions took off it then, in the order in which they applied."""
    reductions: Sequence[Reduction] = ()
    """Those of the whole cart, for who asks what the cuts are."""
    last: tuple[Move, ...] = ()
    """Its steps behind those of promotions."""
    gift_of: tuple[str, int] | None = None
    """The promotion that gave it; None: it was asked for."""

    def taxable(self, mode: TaxMode) -> Taxable:
        """What tax is reckoned on (T-5)."""
        return Taxable(self.minor, self.micros, self.quantity, mode, self.levy.rule)

    def told_steps(self, currency: str) -> tuple[PriceStep, ...]:
        """Its steps for who asks."""
        return tuple(move.told(currency) for move in (*self.first, *self._promoted(), *self.last))

    def moved(self, change: int, kind: str, label: str, rule: tuple[str, int] | None) -> Item:
        """The line after one more step."""
        minor = self.minor + change
        return replace(self, minor=minor, last=(*self.last, Move(kind, label, change, minor, rule)))

    def _promoted(self) -> Iterator[Move]:
        minor = self.first[-1].minor if self.first else 0
        for place, share in self.cuts:
            reduction, minor = self.reductions[place], minor - share
            yield Move("promotion", reduction.label, -share, minor, reduction.promotion)


def items(drafts: Sequence[Draft], promoted: Promoted, reckoning: Reckoning, locale: Locale) -> list[Item]:
    """The lines after promotions, in the order in which these apply (O-1)."""
    cuts: dict[int, list[Cut]] = defaultdict(list)
    for place, reduction in enumerate(promoted.reductions):
        for index, minor in reduction.shares:
            if index is not None and minor:
                cuts[index].append((place, minor))
    found = (tuple(cuts.get(index, ())) for index in range(len(drafts)))
    return [_item(*pair, promoted.reductions, reckoning, locale) for pair in zip(drafts, found, strict=True)]


def _item(
    draft: Draft, cuts: tuple[Cut, ...], reductions: Sequence[Reduction], reckoning: Reckoning, locale: Locale
) -> Item:
    find, first = draft.find, _first(draft, locale)
    minor, micros = first[-1].minor, draft.micros + draft.extra_micros
    for place, share in cuts:
        minor -= share
        if reductions[place].is_article:
            micros = _unit_of(minor, micros, find.line.quantity, reckoning.terms)
    line, listed = find.line, draft.list_minor + draft.extra_minor
    return Item(line.id, find.article, line.quantity, find.levy, micros, listed, minor, first, cuts, reductions)


def _first(draft: Draft, locale: Locale) -> tuple[Move, ...]:
    """List price, quantity price, reduced row, what its configuration adds, in this order (O-9)."""
    find, minor = draft.find, draft.list_minor
    original, row = find.original, find.row
    moves = [Move("list_price", label("list_price", locale), minor, minor, (original.id, original.version))]
    if draft.tier_minor != minor:
        minor = draft.tier_minor
        moves.append(Move("tier", label("tier", locale, find.counted), minor - draft.list_minor, minor, moves[0].rule))
    if row is not original:
        minor = draft.minor
        change = minor - draft.tier_minor
        moves.append(Move("sale", label("sale", locale), change, minor, (row.id, row.version)))
    for extra in draft.extras:
        minor += extra.minor
        moves.append(Move("surcharge", extra.label, extra.minor, minor, extra.rule))
    return tuple(moves)


def _unit_of(minor: int, micros: int, quantity: int, terms: Terms) -> int:
    """One unit of a reduced article costs its part of the line; with no more decimals than it had."""
    grain = terms.step * terms.minor_micros
    if micros % grain:
        grain = 1
    return divide(minor * terms.minor_micros * MICROS, quantity * grain, terms.rounding) * grain


def quote_line(item: Item, tax: int, reckoning: Reckoning, locale: Locale) -> QuoteLine:
    """The finished line: net + tax = gross (T-7, T-8)."""
    rate, terms = item.levy.rule.rate_micros, reckoning.terms
    total = with_tax(item.minor, tax, reckoning)
    _, gross = unit_prices(item.micros, reckoning.mode, rate, terms)
    return QuoteLine(
        item.line,
        item.article.sku,
        item.quantity,
        UnitPrice(gross, terms.currency),
        total,
        format_micros(rate),
        Later(_told_steps, item, total, reckoning, locale),
        item.gift_of is not None,
        1 if item.article.quantity_scale else max(1, item.quantity // MICROS),
    )


def _told_steps(item: Item, total: TaxedMoney, reckoning: Reckoning, locale: Locale) -> tuple[PriceStep, ...]:
    return with_tax_step(item.told_steps(reckoning.terms.currency), total, item.levy, reckoning, locale)


def with_tax(minor: int, tax: int, reckoning: Reckoning) -> TaxedMoney:
    """An amount of the cart's tax mode with its tax."""
    net, currency = minor if reckoning.mode is TaxMode.NET else minor - tax, reckoning.terms.currency
    return TaxedMoney(Money(net, currency), Money(tax, currency), Money(net + tax, currency))


def with_tax_step(
    steps: tuple[PriceStep, ...], total: TaxedMoney, levy: Levy, reckoning: Reckoning, locale: Locale
) -> tuple[PriceStep, ...]:
    """Gross amounts hold their tax already; net ones need one more step."""
    if reckoning.mode is TaxMode.GROSS:
        return steps
    rule = (levy.rule.id, levy.rule.version) if levy.rule.id else None
    return (*steps, PriceStep("tax", label("tax", locale, levy.rule.rate_micros), total.tax, total.gross, rule))
