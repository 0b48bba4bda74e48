"""How price rows are handed in."""

from __future__ import annotations

from enum import IntEnum

import strawberry

from modules.kernel.graph import KEY, REASON, DateTime, Decimal, Info, Outcome, field
from modules.kernel.policies import TaxMode
from modules.pricing.model import prices as model
from modules.pricing.model.prices import PriceKind, TierMode
from modules.pricing.service.rows import RowService

strawberry.enum(
    PriceKind,
    description="BASE: a list price. SALE: a reduction of it. OVERRIDE: a price that replaces both. FLOOR: no price, "
    "but what no promotion takes a unit below.",
)
strawberry.enum(
    TierMode,
    description="ALL_UNITS: the largest tier reached prices all units. GRADUATED: each tier prices the units from its "
    "own quantity up to the next one's.",
)


@strawberry.enum(description="A day of the week.")
class Weekday(IntEnum):
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


@strawberry.input(description='Hours on some weekdays by the market\'s clock, "HH:MM".')
class PriceHoursInput:
    weekdays: list[Weekday] = strawberry.field(description="One or more.")
    since: str = strawberry.field(description="When it begins.")
    until: str = strawberry.field(
        description="When it ends; at or before `since` it runs over midnight and belongs to the day it begins on."
    )


@strawberry.input(description="From so many units on, a unit costs this much.")
class PriceTierInput:
    min_quantity: Decimal = strawberry.field(description="2 or more, in the product's unit; each once a row.")
    amount: Decimal = strawberry.field(description="For one unit, net or gross as the row's `taxMode` says.")


@strawberry.input(
    description="A price row. A key that is left out means any. Without `id` it is known by sku, price list, currency, "
    "kind, keys, `validFrom` and schedule; the same again replaces amount, tax mode, end, tiers and their mode."
)
class PriceInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    price_list: str = strawberry.field(
        description="That a channel names or `upsertPriceLists` described; a derived one takes no rows."
    )
    currency: str = strawberry.field(description="ISO 4217, of one of the shop's markets.")
    amount: Decimal = strawberry.field(
        description="For one unit, 0 to 1000000000 with at most 6 decimals. That of a SALE is at most the list price "
        "it reduces, where that is known."
    )
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
    tiers: list[PriceTierInput] = strawberry.field(
        default_factory=list, description="At most 100; a FLOOR has none. They may be dearer than `amount`."
    )
    tier_mode: TierMode = strawberry.field(default=TierMode.ALL_UNITS, description="What a tier prices.")
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


@strawberry.input(description="At most 1,000 price rows.")
class SetPricesInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    prices: list[PriceInput] = strawberry.field(description="At most 1,000, each row once.")


@strawberry.type(description="What became of the rows; the good ones are written, whatever became of the others.")
class SetPricesPayload(Outcome):
    pass


async def _set_prices(info: Info, input: SetPricesInput) -> SetPricesPayload:
    service = info.context.use(RowService)
    rows = [price.row() for price in input.prices]
    done = await service.set_prices(info.context.viewer, rows, input.reason, input.idempotency_key)
    return SetPricesPayload.of(info, done)


@strawberry.input(description="Price rows that shall hold no more.")
class EndPricesInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    ids: list[strawberry.ID] = strawberry.field(
        description="Of rows as `prices` lists them, at most 1,000, each once; derived ones end with their source row."
    )
    at: DateTime | None = strawberry.field(
        default=None,
        description="The first moment at which they hold no more: now, which is the default, or later. "
        "A row that has not begun by then never holds.",
    )


@strawberry.type(description="What became of the rows; one that ends by then already is unchanged.")
class EndPricesPayload(Outcome):
    pass


async def _end_prices(info: Info, input: EndPricesInput) -> EndPricesPayload:
    service = info.context.use(RowService)
    given = model.EndPricesInput(ids=list(input.ids), at=input.at)
    done = await service.end_prices(info.context.viewer, given, input.reason, input.idempotency_key)
    return EndPricesPayload.of(info, done)


@strawberry.type
class RowMutation:
    set_prices: SetPricesPayload = field(_set_prices, description="Writes price rows; needs the scope prices:write.")
    end_prices: EndPricesPayload = field(
        _end_prices, description="Ends price rows by their ids; needs the scope prices:write."
    )
