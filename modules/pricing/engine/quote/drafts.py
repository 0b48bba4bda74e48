"""Lines before promotions: which row holds, and what it makes of so much in the cart's tax mode.

What is made for each line of a cart is not frozen, which makes it three times as fast; nobody changes it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modules.kernel.basket import BasketLine, Notice
from modules.kernel.names import LineId, Sku
from modules.kernel.product import Article
from modules.pricing.engine.case import Ware
from modules.pricing.engine.prices import Selection, explain, floor, select, tallies
from modules.pricing.engine.quote.configured import Extra, extras, unpriced
from modules.pricing.engine.quote.question import Question, Reckoning
from modules.pricing.engine.tax import Levy, line_amount, unit_in
from modules.pricing.model.prices import PriceRow


@dataclass(slots=True)
class Find:
    """A line with the rows and the levy that hold for it."""

    line: BasketLine
    article: Article
    row: PriceRow
    original: PriceRow
    floor: PriceRow | None
    levy: Levy
    before: int
    """How much of its row stands in earlier lines (P-2)."""
    counted: int
    """What its tiers are looked up by (P-2)."""


@dataclass(slots=True)
class Draft:
    """A line with its amounts in the cart's tax mode, in minor units."""

    find: Find
    list_minor: int
    tier_minor: int
    """At the list row, after its tiers."""
    minor: int
    """At the row that holds."""
    list_micros: int
    micros: int
    """One unit, at the row that holds."""
    floor_minor: int
    extras: tuple[Extra, ...] = ()
    """What its configuration adds to all of these."""

    @property
    def extra_minor(self) -> int:
        """All that the configuration adds to the line."""
        return sum(extra.minor for extra in self.extras)

    @property
    def extra_micros(self) -> int:
        """All that the configuration adds to one unit."""
        return sum(extra.micros for extra in self.extras)

    @property
    def whole_minor(self) -> int:
        """The line with its configuration, before promotions."""
        return self.minor + self.extra_minor

    def ware(self) -> Ware:
        """What promotions see of it. A price below its floor stays where it is (O-10)."""
        find = self.find
        return Ware(
            line=find.line.id,
            configuration=find.line.configuration or "",
            article=find.article,
            quantity=find.line.quantity,
            minor=self.whole_minor,
            list_minor=self.list_minor + self.extra_minor,
            unit_list_micros=self.list_micros + self.extra_micros,
            is_reduced=find.row is not find.original and not find.row.is_personal,
            floor_minor=min(self.floor_minor, self.whole_minor),
        )


def selections(question: Question, skus: Iterable[Sku]) -> dict[Sku, tuple[Selection, Selection]]:
    """The price and the floor of each sku (P-4, O-10)."""
    rows, context = question.goods.rows, question.context
    return {sku: (select(rows.get(sku, ()), context), floor(rows.get(sku, ()), context)) for sku in skus}


def finds(question: Question, chosen: dict[Sku, tuple[Selection, Selection]]) -> tuple[list[Find], list[Notice]]:
    """The lines that can be priced, in the order in which cents are given out (O-5a), and in the basket's order notices
    about the others and about those that no tax rule covers."""
    lines = sorted(question.basket.lines, key=lambda line: (line.sku, line.configuration or "", line.id))
    counts = tallies([(line.sku, line.quantity) for line in lines], question.market.policies.tier_scope)
    found: list[Find] = []
    doubtful: set[LineId] = set()
    odd: dict[LineId, Notice] = {}
    for line, (before, counted) in zip(lines, counts, strict=True):
        (price, least), levy = chosen[line.sku], levy_of(question, line.sku)
        article = question.goods.articles.get(line.sku)
        if article is None or price.row is None or price.original is None or levy is None:
            doubtful.add(line.id)
            continue
        if notice := unpriced(line, price.row, counted, question):
            odd[line.id] = notice
            continue
        if not levy.rule.id:
            # Sold untaxed, as this market wishes, but never silently (T-1).
            doubtful.add(line.id)
        found.append(Find(line, article, price.row, price.original, least.row, levy, before, counted))
    said = [line for line in question.basket.lines if line.id in doubtful or line.id in odd]
    return found, [odd.get(line.id) or _missing(line, chosen[line.sku][0], question) for line in said]


def levy_of(question: Question, sku: Sku) -> Levy | None:
    """What is due for an article where it goes; None without an article or a rate."""
    article = question.goods.articles.get(sku)
    return question.levy(article.tax_class) if article else None


def draft(find: Find, question: Question, reckoning: Reckoning) -> Draft:
    """The amounts of a line (P-2, G-3, T-4)."""
    row, original, quantity = find.row, find.original, find.line.quantity

    def tiered(row: PriceRow) -> int:
        # What tiers make of the line is exact already: as the price of one it is rounded once, with the conversion.
        return amount(row, row.cost(quantity, find.before, find.counted), 1, find.levy, reckoning)

    list_minor = amount(original, original.micros, quantity, find.levy, reckoning)
    list_micros = unit(original, original.micros, find.levy, reckoning)
    tier_minor = tiered(original) if original.tiers else list_minor
    is_plain = row is original and not row.tiers
    return Draft(
        find,
        list_minor=list_minor,
        tier_minor=tier_minor,
        minor=tier_minor if row is original else tiered(row),
        list_micros=list_micros,
        micros=list_micros if is_plain else unit(row, row.micros_at(find.counted), find.levy, reckoning),
        floor_minor=amount(find.floor, find.floor.micros, quantity, find.levy, reckoning) if find.floor else 0,
        extras=extras(find.line, original, find.levy, question, reckoning),
    )


def amount(row: PriceRow, micros: int, quantity: int, levy: Levy, reckoning: Reckoning) -> int:
    """Minor units in the cart's tax mode."""
    return line_amount(micros, row.tax_mode, quantity, reckoning.mode, levy, reckoning.terms)


def unit(row: PriceRow, micros: int, levy: Levy, reckoning: Reckoning) -> int:
    """Millionths in the cart's tax mode."""
    return unit_in(micros, row.tax_mode, reckoning.mode, levy, reckoning.terms)


def _missing(line: BasketLine, selection: Selection, question: Question) -> Notice:
    goods, place = question.goods, question.place
    article = goods.articles.get(line.sku)
    data: dict[str, object] = {"sku": line.sku}
    if article is None:
        return Notice("UNKNOWN_SKU", f"There is no product {line.sku!r}.", line.id, data)
    if selection.row is None:
        nearest = explain(goods.rows.get(line.sku, ()), question.context)
        data |= {"currency": question.currency, "market": question.market.id}
        data["nearest"] = [{"row": row.id, "because": [str(reason) for reason in why]} for row, why in nearest]
        return Notice("PRICE_NOT_FOUND", f"{line.sku!r} has no price in {question.currency} here.", line.id, data)
    data |= {"country": place.country, "taxClass": article.tax_class}
    message = f"There is no tax rate for class {article.tax_class!r} in {place.country or 'this market'}."
    return Notice("TAX_RATE_NOT_FOUND", message, line.id, data)
