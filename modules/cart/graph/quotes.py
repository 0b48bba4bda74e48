"""What a quote looks like in the graph."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.cart.graph.promotions import PromotionOutcome, RuleReference
from modules.kernel import basket
from modules.kernel.graph import DateTime, Decimal, Money, Notice, Product, TaxedMoney, UnitPrice, field, listed
from modules.kernel.quantity import format_quantity

Shelf = dict[str, Product]
"""One Product per sku, so that what is fetched for a cart's lines serves its quote too."""


@strawberry.type(description="One step from list price to amount due.")
class PriceStep:
    kind: str = strawberry.field(
        description="list_price, tier, sale, surcharge, promotion or tax, in this order; "
        "surcharges are of configured products, tax is in net quotes only."
    )
    label: str = strawberry.field(description="For people, in the viewer's language.")
    rule: RuleReference | None = strawberry.field(description="The price row, promotion or tax rule behind it.")
    amount: Money = strawberry.field(description="What the step changed.")
    result: Money = strawberry.field(description="The line's amount after it.")

    @classmethod
    def of(cls, step: basket.PriceStep) -> Self:
        """From the kernel's value."""
        rule = RuleReference.of(step.rule) if step.rule else None
        return cls(
            kind=step.kind, label=step.label, rule=rule, amount=Money.of(step.amount), result=Money.of(step.result)
        )


@strawberry.type(description="Units of a line that were paid alike.")
class UnitAmount:
    units: int = strawberry.field(description="So many of them.")
    total: TaxedMoney = strawberry.field(description="What is due for each one.")


def _units(parent: strawberry.Parent[QuoteLine]) -> list[UnitAmount]:
    return [UnitAmount(units=count, total=TaxedMoney.of(each)) for count, each in parent.source.unit_amounts()]


@strawberry.type(description="A line with its price and how it came about.")
class QuoteLine:
    line_id: strawberry.ID | None = strawberry.field(
        description="The cart's line. Null for a gift that stands only in the quote."
    )
    product: Product = strawberry.field(description="As the channel shows it that the quote is made for.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")
    unit: UnitPrice = strawberry.field(
        description="The price of one unit as products show it: reductions of the article itself are off. With tax."
    )
    total: TaxedMoney = strawberry.field(description="What is due for the line.")
    units: list[UnitAmount] = field(
        _units, description="The line's total by unit, for returns to the cent. A line sold by measure is one unit."
    )
    tax_rate: Decimal = strawberry.field(description='"0.19" is 19 percent.')
    steps: list[PriceStep] = strawberry.field(description="From list price to amount due, in order.")
    is_gift: bool = strawberry.field(description="Whether a promotion put it here.")
    source: strawberry.Private[basket.QuoteLine]

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
            steps=listed(lambda: map(PriceStep.of, line.steps)),
            is_gift=line.is_gift,
            source=line,
        )


@strawberry.type(description="All that is taxed at one rate.")
class TaxSummary:
    rate: Decimal = strawberry.field(description='"0.19" is 19 percent.')
    tax_class: str = strawberry.field(description="As the products' tax classes are named.")
    base: Money = strawberry.field(description="The net amount that is taxed.")
    tax: Money = strawberry.field(description="The tax on it.")
    code: str | None = strawberry.field(
        description="Why there is no tax, as an invoice says it: AE is reverse charge, G export; otherwise null."
    )
    text: str | None = strawberry.field(description="The same for people; null where `code` is.")

    @classmethod
    def of(cls, summary: basket.TaxSummary) -> Self:
        """From the kernel's value."""
        return cls(
            rate=Decimal(summary.rate),
            tax_class=summary.tax_class,
            base=Money.of(summary.base),
            tax=Money.of(summary.tax),
            code=summary.code or None,
            text=summary.text or None,
        )


@strawberry.type(description="How delivery is made, and how its costs came about.")
class DeliveryDetails:
    method: strawberry.ID = strawberry.field(description="The shipping method chosen.")
    label: str = strawberry.field(description="Its name, in the viewer's language.")
    steps: list[PriceStep] = strawberry.field(description="From its price to the amount due, in order.")
    earliest_days: int | None = strawberry.field(description="Working days on the way; null: not known.")
    latest_days: int | None = strawberry.field(description="At the latest; null: not known.")

    @classmethod
    def of(cls, cost: basket.DeliveryCost) -> Self:
        """From the kernel's value."""
        earliest, latest = cost.days or (None, None)
        return cls(
            method=strawberry.ID(cost.method),
            label=cost.label,
            steps=[PriceStep.of(step) for step in cost.steps],
            earliest_days=earliest,
            latest_days=latest,
        )


@strawberry.type(description="What goods cost, for one viewer, channel and moment.")
class Quote:
    id: strawberry.ID = strawberry.field(
        description="The same for the same lines, prices and rules. A cart's quote whose id was selected can be read "
        "again for 24 hours as the cart's `keptQuote`."
    )
    at: DateTime = strawberry.field(description="The moment it holds for.")
    valid_until: DateTime = strawberry.field(description="The next moment at which a price or a product may change.")
    lines: list[QuoteLine] = strawberry.field(
        description="In the cart's order. A line that cannot be priced is missing here and has a notice."
    )
    promotions: list[PromotionOutcome] = strawberry.field(
        description="Applied ones first, in the order in which they applied; then the nearest misses first."
    )
    taxes: list[TaxSummary] = strawberry.field(description="By rate and tax class, delivery included.")
    tax_estimated: bool = strawberry.field(description="Whether the destination is only assumed.")
    subtotal: TaxedMoney = strawberry.field(description="The sum of the lines.")
    delivery: TaxedMoney | None = strawberry.field(description="Null while no shipping method is chosen.")
    delivery_details: DeliveryDetails | None = strawberry.field(description="Null where `delivery` is.")
    total: TaxedMoney = strawberry.field(description="Goods and delivery.")
    rounding: Money | None = strawberry.field(
        description="The untaxed difference to what cash can pay; null where none is due."
    )
    payable: Money = strawberry.field(description="What is due: the gross total with the rounding of cash.")
    notices: list[Notice] = strawberry.field(
        description=(
            "What a person should know before paying: INSUFFICIENT_STOCK (data: sku, requested, available), "
            "PRICE_NOT_FOUND, TAX_RATE_NOT_FOUND, VAT_ID_NOT_VALIDATED, PRODUCT_NOT_ACTIVE, UNKNOWN_SKU, "
            "QUANTITY_NOT_ALLOWED; QUANTITY_BELOW_MINIMUM, QUANTITY_ABOVE_MAXIMUM and QUANTITY_NOT_A_STEP (data: sku, "
            "quantity, unit, and minimum, maximum or step); CONFIGURATION_NOT_FOUND, CONFIGURATION_OUTDATED, "
            "CONFIGURATION_CHANGED (data: configuration, sku), STORE_NOT_FOUND, "
            "CART_LINE_LIMIT, CART_CODE_LIMIT, UNAVAILABLE, GIFT_OUT_OF_STOCK, "
            "GIFT_CHOICE_NOT_GIVEN (data: promotion, sku, given), and for codes "
            "(data: code, as it was typed) CODE_UNKNOWN, CODE_EXPIRED, CODE_NOT_STARTED, CODE_LIMIT_REACHED, "
            "CODE_CUSTOMER_LIMIT_REACHED, CODE_NOT_COMBINABLE, CODE_CONDITIONS_NOT_MET, CODE_TOO_MANY_TRIES. For the "
            "delivery (data: delivery) DELIVERY_NOT_FOUND, DELIVERY_NOT_POSSIBLE, DELIVERY_TOO_HEAVY (weightGrams, "
            "limitGrams), DELIVERY_VALUE_TOO_HIGH (value, limit, currency), CURRENCY_MISMATCH. Against an earlier one "
            "PRICE_CHANGED (data: before, now, beforeNet, nowNet, currency; sku and quantity for a line, delivery for "
            "its costs, neither for the total), and QUOTE_NOT_KEPT where that is not kept any more."
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
            promotions=listed(lambda: map(PromotionOutcome.of, quote.promotions)),
            taxes=listed(lambda: map(TaxSummary.of, quote.taxes)),
            tax_estimated=quote.tax_estimated,
            subtotal=TaxedMoney.of(quote.subtotal),
            delivery=TaxedMoney.of(quote.delivery.total) if quote.delivery else None,
            delivery_details=DeliveryDetails.of(quote.delivery) if quote.delivery else None,
            total=TaxedMoney.of(quote.total),
            rounding=Money.of(quote.rounding) if quote.rounding else None,
            payable=Money.of(quote.payable),
            notices=listed(lambda: map(Notice.of, quote.notices)),
        )

    def gifts(self) -> list[Product]:
        """Products that stand in the quote only, so that nothing of them is fetched yet."""
        return [line.product for line in self.lines if line.is_gift and not line.product.filled]


def product(shelf: Shelf, sku: str) -> Product:
    """The one Product of this sku."""
    if sku not in shelf:
        shelf[sku] = Product(sku=strawberry.ID(sku))
    return shelf[sku]
