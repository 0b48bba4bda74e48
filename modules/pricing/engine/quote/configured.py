"""Configured products: the product's own price, and beside it what the configuration adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.basket import Basket, BasketLine, Notice
from modules.kernel.configuration import OwnPrice, SurchargeRequest, Surcharges, Unpriced
from modules.kernel.names import LineId, Sku
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import Viewer
from modules.pricing.engine.answers import Goods
from modules.pricing.engine.prices import PriceContext, select
from modules.pricing.engine.quote.question import Question, Reckoning
from modules.pricing.engine.tax import Levy, line_amount, unit_in
from modules.pricing.model.prices import PriceRow


@dataclass(frozen=True, slots=True)
class Extra:
    """A surcharge on a line: minor units for its whole quantity, millionths for one unit, in the cart's tax mode."""

    label: str
    minor: int
    micros: int
    rule: tuple[str, int] | None


def surcharge_requests(basket: Basket, goods: Goods, viewer: Viewer) -> list[tuple[LineId, SurchargeRequest]]:
    """What is to be asked about the configured lines that have a price of their own, in the basket's order."""
    context = PriceContext.of(viewer)
    lines = [(line.id, line.sku, line.configuration) for line in basket.lines if line.configuration]
    chosen = {
        sku: select(goods.rows.get(sku, ()), context).original for sku in dict.fromkeys(sku for _, sku, _ in lines)
    }
    return [
        (id, SurchargeRequest(sku, configuration, row.price_list, row.currency, row.micros))
        for id, sku, configuration in lines
        if configuration and (row := chosen[sku])
    ]


def own_prices(skus: Sequence[Sku], rows: Mapping[Sku, Sequence[PriceRow]], viewer: Viewer) -> list[OwnPrice | None]:
    """The list price of each sku for the viewer, in order; None for one without a price."""
    context = PriceContext.of(viewer)
    found = [select(rows.get(sku, ()), context).original for sku in skus]
    return [
        OwnPrice(row.sku, row.price_list, row.currency, row.micros, row.tax_mode is TaxMode.NET) if row else None
        for row in found
    ]


def unpriced(line: BasketLine, row: PriceRow, counted: int, question: Question) -> Notice | None:
    """CONFIGURATION_NOT_PRICED where nobody can say what a configuration adds, or it takes off more than there is."""
    found = question.rules.surcharges.get(line.id)
    data = {"sku": line.sku, "configuration": line.configuration or ""}
    if isinstance(found, Unpriced):
        return Notice("CONFIGURATION_NOT_PRICED", found.message, line.id, {**data, "because": found.code})
    if found and row.micros_at(counted) + sum(step.micros for step in found.steps) < 0:
        message = f"The configuration {line.configuration!r} would cost less than nothing."
        return Notice("CONFIGURATION_NOT_PRICED", message, line.id, {**data, "because": "NEGATIVE_PRICE"})
    return None


def extras(
    line: BasketLine, original: PriceRow, levy: Levy, question: Question, reckoning: Reckoning
) -> tuple[Extra, ...]:
    """What its configuration adds to a line, each rounded by itself as the line is."""
    found = question.rules.surcharges.get(line.id)
    if not isinstance(found, Surcharges):
        return ()
    mode, terms = original.tax_mode, reckoning.terms
    return tuple(
        Extra(
            step.label,
            line_amount(step.micros, mode, line.quantity, reckoning.mode, levy, terms),
            unit_in(step.micros, mode, reckoning.mode, levy, terms),
            step.rule,
        )
        for step in found.steps
    )


def changes(question: Question) -> Sequence[int | None]:
    """When what configurations add may change."""
    return [found.until_us for found in question.rules.surcharges.values() if isinstance(found, Surcharges)]
