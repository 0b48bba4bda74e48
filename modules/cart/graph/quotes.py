"""What a quote looks like in the graph."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.kernel import basket
from modules.kernel.graph import DateTime, Decimal, Money, Notice, Product, TaxedMoney, UnitPrice
from modules.kernel.quantity import format_quantity

Shelf = dict[str, Product]
"""One Product per sku, so that what is fetched for a cart's lines serves its quote too."""


@strawberry.type(description="The exact version of a rule, as an auditor can look it up.")
class RuleReference:
    id: strawberry.ID = strawberry.field(description="Of the rule.")
    version: int = strawberry.field(description="Rises when the rule is changed.")


@strawberry.type(description="One step from list price to amount due.")
class PriceStep:
    kind: str = strawberry.field(description="Stable, for programs.")
    label: str = strawberry.field(description="For people, in the viewer's language.")
    rule: RuleReference | None = strawberry.field(description="The price row, promotion or tax rule behind it.")
    amount: Money = strawberry.field(description="What the step changed.")
    result: Money = strawberry.field(description="The line's amount after it.")

    @classmethod
    def of(cls, step: basket.PriceStep) -> Self:
        """From the kernel's value."""
        rule = RuleReference(id=strawberry.ID(step.rule[0]), version=step.rule[1]) if step.rule else None
        return cls(
            kind=step.kind, label=step.label, rule=rule, amount=Money.of(step.amount), result=Money.of(step.result)
        )


@strawberry.type(description="A line with its price and how it came about.")
class QuoteLine:
    line_id: strawberry.ID | None = strawberry.field(
        description="The cart's line. Null for a gift that stands only in the quote."
    )
    product: Product = strawberry.field(description="As the channel shows it that the quote is made for.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")
    unit: UnitPrice = strawberry.field(description="The price of one unit.")
    total: TaxedMoney = strawberry.field(description="What is due for the line.")
    tax_rate: Decimal = strawberry.field(description='"0.19" is 19 percent.')
    steps: list[PriceStep] = strawberry.field(description="From list price to amount due, in order.")
    is_gift: bool = strawberry.field(description="Whether a promotion put it here.")

    @classmethod
    def of(cls, line: basket.QuoteLine, shelf: Shelf) -> Self:
        """From the kernel's value."""
        return cls(
            line_id=strawberry.ID(line.line) if line.line else None,
            product=product(shelf, line.sku),
            quantity=Decimal(format_quantity(line.quantity)),
            unit=UnitPrice.of(line.unit),
            total=TaxedMoney.of(line.total),
            tax_rate=Decimal(line.tax_rate),
            steps=[PriceStep.of(step) for step in line.steps],
            is_gift=line.is_gift,
        )


@strawberry.type(description="All that is taxed at one rate.")
class TaxSummary:
    rate: Decimal = strawberry.field(description='"0.19" is 19 percent.')
    tax_class: str = strawberry.field(description="As the products' tax classes are named.")
    base: Money = strawberry.field(description="The net amount that is taxed.")
    tax: Money = strawberry.field(description="The tax on it.")

    @classmethod
    def of(cls, summary: basket.TaxSummary) -> Self:
        """From the kernel's value."""
        base, tax = Money.of(summary.base), Money.of(summary.tax)
        return cls(rate=Decimal(summary.rate), tax_class=summary.tax_class, base=base, tax=tax)


@strawberry.type(description="What goods cost, for one viewer, channel and moment.")
class Quote:
    id: strawberry.ID = strawberry.field(description="The same for the same lines, prices and rules.")
    at: DateTime = strawberry.field(description="The moment it holds for.")
    valid_until: DateTime = strawberry.field(description="The next moment at which a price or a product may change.")
    lines: list[QuoteLine] = strawberry.field(
        description="In the cart's order. A line that cannot be priced is missing here and has a notice."
    )
    taxes: list[TaxSummary] = strawberry.field(description="By rate and tax class.")
    subtotal: TaxedMoney = strawberry.field(description="The sum of the lines.")
    total: TaxedMoney = strawberry.field(description="What is due.")
    notices: list[Notice] = strawberry.field(
        description=(
            "What a person should know before paying: INSUFFICIENT_STOCK (data: sku, requested, available), "
            "PRICE_NOT_FOUND, PRODUCT_NOT_ACTIVE, UNKNOWN_SKU, QUANTITY_NOT_ALLOWED, CART_LINE_LIMIT, UNAVAILABLE."
        )
    )

    @classmethod
    def of(cls, quote: basket.Quote, shelf: Shelf) -> Self:
        """From the kernel's value; products come from the shelf, and new ones go onto it."""
        return cls(
            id=strawberry.ID(quote.id),
            at=DateTime(quote.at),
            valid_until=DateTime(quote.valid_until),
            lines=[QuoteLine.of(line, shelf) for line in quote.lines],
            taxes=[TaxSummary.of(summary) for summary in quote.taxes],
            subtotal=TaxedMoney.of(quote.subtotal),
            total=TaxedMoney.of(quote.total),
            notices=[Notice.of(notice) for notice in quote.notices],
        )


def product(shelf: Shelf, sku: str) -> Product:
    """The one Product of this sku."""
    if sku not in shelf:
        shelf[sku] = Product(sku=strawberry.ID(sku))
    return shelf[sku]
