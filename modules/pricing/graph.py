"""Pricing's part of the graph: `Product.price`, `setPrices`, `upsertTaxRules`, `priceChanged`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Annotated, cast

import strawberry

from modules.kernel.errors import BadUserInput
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    After,
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Moment,
    Outcome,
    Part,
    Problem,
    Product,
    UnitPrice,
    Wanted,
    field,
    product_field,
    subscription,
)
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity, parse_quantity
from modules.pricing import model
from modules.pricing.engine.tax import TaxRuleAmbiguous as Ambiguous
from modules.pricing.model import PriceKind, TaxKind, TaxMode
from modules.pricing.service import PriceNews, PricingService

strawberry.enum(
    PriceKind, description="BASE: a list price. SALE: a reduction of it. OVERRIDE: a price that replaces both."
)
strawberry.enum(TaxMode, description="Whether amounts are without tax (NET) or include it (GROSS).")
strawberry.enum(TaxKind, description="What sort of rate it is.")


@strawberry.enum(description="A day of the week.")
class Weekday(IntEnum):
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


@strawberry.federation.type(shareable=True, description="From so many units on, every unit costs this much.")
class PriceTier:
    min_quantity: Decimal = strawberry.field(description="In the product's unit.")
    net: UnitPrice = strawberry.field(description="Without tax.")
    gross: UnitPrice = strawberry.field(description="With tax.")


@strawberry.federation.type(shareable=True, description="What one unit costs here.")
class ProductPrice:
    net: UnitPrice = strawberry.field(description="Without tax.")
    gross: UnitPrice = strawberry.field(description="With tax.")
    original: UnitPrice | None = strawberry.field(description="The list price with tax, when this is a reduced one.")
    tiers: list[PriceTier] = strawberry.field(description="Prices for larger quantities, the smallest first.")
    valid_until: DateTime | None = strawberry.field(
        description="The next moment at which it may change by itself; null: none is known."
    )


@strawberry.input(description='Hours on some weekdays by the market\'s clock, "HH:MM".')
class PriceHoursInput:
    weekdays: list[Weekday] = strawberry.field(description="One or more.")
    since: str = strawberry.field(description="When it begins.")
    until: str = strawberry.field(
        description="When it ends; at or before `since` it runs over midnight and belongs to the day it begins on."
    )


@strawberry.input(description="From so many units on, every unit costs this much.")
class PriceTierInput:
    min_quantity: Decimal = strawberry.field(description="2 or more, in the product's unit.")
    amount: Decimal = strawberry.field(description="For one unit, net or gross as the row's `taxMode` says.")


@strawberry.input(
    description="A price row. A key that is left out means any. Without `id` it is known by sku, price list, currency, "
    "kind, keys, `validFrom` and schedule; the same again replaces amount, tax mode, end and tiers."
)
class PriceInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    price_list: str = strawberry.field(description="Whose order in a channel decides between rows.")
    currency: str = strawberry.field(description="ISO 4217.")
    amount: Decimal = strawberry.field(description="For one unit, at most 6 decimals.")
    tax_mode: TaxMode = strawberry.field(description="What `amount` and the amounts of tiers are.")
    kind: PriceKind = strawberry.field(default=PriceKind.BASE, description="Which of the prices it is.")
    market: str | None = strawberry.field(default=None, description="Only there.")
    channel: str | None = strawberry.field(default=None, description="Only there.")
    store: str | None = strawberry.field(default=None, description="Only there.")
    segment: str | None = strawberry.field(default=None, description="Only for its customers.")
    customer_group: str | None = strawberry.field(default=None, description="Only for its customers.")
    customer: str | None = strawberry.field(default=None, description="Only for this one.")
    contract: str | None = strawberry.field(default=None, description="Only under this one.")
    valid_from: DateTime | None = strawberry.field(
        default=None, description="The first moment it holds; null: it always has."
    )
    valid_until: DateTime | None = strawberry.field(default=None, description="The first moment it holds no more.")
    schedule: list[PriceHoursInput] = strawberry.field(
        default_factory=list, description="When it holds within its window; none: always."
    )
    tiers: list[PriceTierInput] = strawberry.field(default_factory=list, description="At most 100.")
    source: str = strawberry.field(default="", description="The system it comes from.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the row, 1 to 64 of letters, digits, `.`, `_` and `-`."
    )

    def row(self) -> model.PriceRowInput:
        """As the service takes it."""
        values = {name: value for name, value in vars(self).items() if name not in ("schedule", "tiers")}
        hours = [
            model.SpanInput(weekdays=[int(day) for day in span.weekdays], since=span.since, until=span.until)
            for span in self.schedule
        ]
        tiers = [model.TierInput(min_quantity=tier.min_quantity, amount=tier.amount) for tier in self.tiers]
        return model.PriceRowInput(**values, schedule=hours, tiers=tiers)


@strawberry.input(description="At most 1,000 price rows; all rows of an imported product belong in one call.")
class SetPricesInput:
    idempotency_key: str = strawberry.field(
        description="Made by the client, 1 to 200 characters; the same key and input within 24 hours: the same outcome."
    )
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    prices: list[PriceInput] = strawberry.field(description="At most 1,000, each row once.")


@strawberry.type(description="What became of the rows; the good ones are written, whatever became of the others.")
class SetPricesPayload(Outcome):
    pass


@strawberry.input(
    description="The rate of a tax class in a country. Without `id` it is known by country, class and `validFrom`."
)
class TaxRuleInput:
    country: str = strawberry.field(description="ISO 3166, two letters.")
    tax_class: str = strawberry.field(description="As products name it.")
    rate: Decimal = strawberry.field(description='0 to 1: "0.19".')
    kind: TaxKind = strawberry.field(default=TaxKind.STANDARD, description="What sort of rate it is.")
    valid_from: DateTime | None = strawberry.field(
        default=None, description="The first moment it holds; null: it always has."
    )
    valid_until: DateTime | None = strawberry.field(default=None, description="The first moment it holds no more.")
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the rule, 1 to 64 of letters, digits, `.`, `_` and `-`."
    )


@strawberry.input(description="At most 1,000 tax rules; two that hold at the same time are refused.")
class UpsertTaxRulesInput:
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    tax_rules: list[TaxRuleInput] = strawberry.field(description="At most 1,000, each rule once.")


@strawberry.type(description="What became of the rules.")
class UpsertTaxRulesPayload(Outcome):
    pass


@strawberry.federation.type(shareable=True, description="Two tax rules would hold at the same time.")
class TaxRuleAmbiguous(Problem):
    rule: strawberry.ID = strawberry.field(description="The other rule.")


@strawberry.type(description="Prices as they are now.")
class PriceEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="Where to resume: `after`.")
    items: list[Product] = strawberry.field(
        description="All products asked for, or with CHANGE those whose prices were written."
    )


Skus = Annotated[list[strawberry.ID], strawberry.argument(description="1 to 1,000, all of products that exist.")]
Bought = Annotated[
    Decimal, strawberry.argument(description="How much is bought, in the product's unit; more than 0. Tiers go by it.")
]


async def _set_prices(info: Info, input: SetPricesInput) -> SetPricesPayload:
    service = info.context.use(PricingService)
    rows = [price.row() for price in input.prices]
    done = await service.set_prices(info.context.viewer, rows, input.reason, input.idempotency_key)
    return SetPricesPayload.of(info, done)


async def _upsert_tax_rules(info: Info, input: UpsertTaxRulesInput) -> UpsertTaxRulesPayload:
    service = info.context.use(PricingService)
    rules = [model.TaxRuleInput(**vars(rule)) for rule in input.tax_rules]
    done = await service.upsert_tax_rules(info.context.viewer, rules, input.reason)
    return UpsertTaxRulesPayload.of(info, done)


async def _price_changed(info: Info, skus: Skus, after: After = None) -> AsyncGenerator[PriceEvent, None]:
    service, context = info.context.use(PricingService), info.context
    async for news in service.follow(context.viewer, context.feed, [Sku(sku) for sku in skus], after):
        # Fields that no slot answers must not be asked for the moment at which the subscription began.
        context.viewer = replace(context.viewer, now=news.at)
        yield _event(news)


@strawberry.type
class Mutation:
    set_prices: SetPricesPayload = field(_set_prices, description="Writes price rows; needs the scope prices:write.")
    upsert_tax_rules: UpsertTaxRulesPayload = field(
        _upsert_tax_rules, description="Replaces tax rules or adds them; needs the scope prices:write."
    )


@strawberry.type
class Subscription:
    price_changed: PriceEvent = subscription(
        _price_changed, description="Prices of at most 1,000 products: those of now, then each change."
    )


_ONE = Decimal("1")
_PRICE_NOW = Wanted("price", (_ONE, None))
"""`price` without arguments."""


def _event(news: PriceNews) -> PriceEvent:
    """New objects each time: slots of an earlier delivery hold its prices."""
    items = [Product(sku=strawberry.ID(sku), filled={_PRICE_NOW: _price(price)}) for sku, price in news.prices]
    return PriceEvent(kind=news.kind, cursor=news.cursor, items=items)


def _product_price(
    parent: strawberry.Parent[Product], info: Info, quantity: Bought = _ONE, at: Moment = None
) -> ProductPrice | None:
    return parent.slot(info, "price", quantity, at)  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `price` of all products; one statement for each pair of arguments that was selected."""
    service = context.use(PricingService)
    skus = [Sku(product.sku) for product in products]
    for want in selection:
        quantity, at = want.arguments
        answers = await service.prices(skus, context.viewer, _quantity(str(quantity)), at)  # type: ignore[arg-type]
        for product, answer in zip(products, answers, strict=True):
            product.filled[want] = _price(answer)


async def exists(skus: Sequence[Sku], context: GraphContext) -> Sequence[bool]:
    """Which of these have a price."""
    return await context.use(PricingService).priced(skus)


def _quantity(text: str) -> int:
    try:
        return parse_quantity(text)
    except ValueError as error:
        raise BadUserInput(f"{error}.", "quantity", "above 0 with at most 6 decimals") from None


def _price(answer: model.PriceAnswer | None) -> ProductPrice | None:
    if answer is None or not answer.tiers:
        return cast("ProductPrice | None", answer)  # it has the same attributes, and a page has many
    return ProductPrice(
        net=UnitPrice.of(answer.net),
        gross=UnitPrice.of(answer.gross),
        original=UnitPrice.of(answer.original) if answer.original else None,
        tiers=[_tier(tier) for tier in answer.tiers],
        valid_until=DateTime(answer.valid_until) if answer.valid_until else None,
    )


def _tier(tier: model.TierAnswer) -> PriceTier:
    least = Decimal(format_quantity(tier.min_quantity))
    return PriceTier(min_quantity=least, net=UnitPrice.of(tier.net), gross=UnitPrice.of(tier.gross))


def _ambiguous(error: Ambiguous) -> TaxRuleAmbiguous:
    return TaxRuleAmbiguous(
        code=error.code, message=error.message, path=list(error.path), rule=strawberry.ID(error.rule)
    )


PART = Part(
    "pricing",
    mutation=Mutation,
    subscription=Subscription,
    product_fields={
        "price": product_field(_product_price, description="What one unit costs here when so much is bought.")
    },
    prefetch=prefetch,
    exists=exists,
    types=(TaxRuleAmbiguous,),
    problems={Ambiguous: _ambiguous},
)
