"""Price rows as those see them who write them: `prices`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from modules.kernel.graph import (
    Behind,
    DateTime,
    Decimal,
    First,
    Info,
    PageInfo,
    decode_cursor,
    encode_cursor,
    field,
    instant,
    page_size,
)
from modules.kernel.money import exponent, format_micros
from modules.kernel.names import Sku
from modules.kernel.policies import TaxMode
from modules.kernel.quantity import format_quantity
from modules.pricing.graph.rows import Weekday
from modules.pricing.model import prices as model
from modules.pricing.model.prices import PriceKind, TierMode
from modules.pricing.service.rows import RowService


@strawberry.type(description="From so many units on, a unit costs this much.")
class PriceRowTier:
    min_quantity: Decimal = strawberry.field(description="In the product's unit.")
    amount: Decimal = strawberry.field(description="For one unit, net or gross as the row's `taxMode` says.")


@strawberry.type(description='Hours on some weekdays by the market\'s clock, "HH:MM".')
class PriceHours:
    weekdays: list[Weekday] = strawberry.field(description="In their order.")
    since: str = strawberry.field(description="When it begins.")
    until: str = strawberry.field(description="When it ends; at or before `since` it runs over midnight.")

    @classmethod
    def of(cls, span: model.Span) -> PriceHours:
        """As it was handed in."""
        days = [Weekday(day) for day in span.weekdays]
        return cls(weekdays=days, since=_wall_time(span.since.isoformat()), until=_wall_time(span.until.isoformat()))


@strawberry.type(description="A price row as it was handed in or derived; a key that is null means any.")
class PriceRow:
    id: strawberry.ID = strawberry.field(description="For `endPrices` and for handing it in again.")
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    price_list: strawberry.ID = strawberry.field(description="The list it stands in.")
    currency: str = strawberry.field(description="ISO 4217.")
    amount: Decimal = strawberry.field(description="For one unit, net or gross as `taxMode` says.")
    tax_mode: TaxMode = strawberry.field(description="What `amount` and the amounts of tiers are.")
    kind: PriceKind = strawberry.field(description="Which of the prices it is.")
    market: str | None = strawberry.field(description="Only there.")
    channel: str | None = strawberry.field(description="Only there.")
    store: str | None = strawberry.field(description="Only there.")
    segment: str | None = strawberry.field(description="Only for its customers.")
    customer_group: str | None = strawberry.field(description="Only for its customers.")
    customer: str | None = strawberry.field(description="Only for this one.")
    contract: str | None = strawberry.field(description="Only under this one.")
    valid_from: DateTime | None = strawberry.field(description="The first moment it holds; null: it always has.")
    valid_until: DateTime | None = strawberry.field(description="The first moment it holds no more; null: none.")
    schedule: list[PriceHours] = strawberry.field(description="When it holds within its window; none: always.")
    tiers: list[PriceRowTier] = strawberry.field(description="The smallest quantity first.")
    tier_mode: TierMode = strawberry.field(description="What a tier prices.")
    source: str = strawberry.field(description="The system it comes from, or empty.")
    derived_from: strawberry.ID | None = strawberry.field(description="The row it is derived from; null: none.")
    exchange_rates: str | None = strawberry.field(
        description="The exchange rates its amount was derived with, as id and version: `ecb:7`."
    )
    version: int = strawberry.field(description="Rises with each change.")

    @classmethod
    def of(cls, row: model.PriceRow) -> PriceRow:
        """With all it says."""
        keys = dict(row.keys)
        return cls(
            id=strawberry.ID(row.id),
            sku=strawberry.ID(row.sku),
            price_list=strawberry.ID(row.price_list),
            currency=row.currency,
            amount=_amount(row.micros, row.currency),
            tax_mode=row.tax_mode,
            kind=row.kind,
            **{name: keys.get(name) for name in model.SPECIFICITY},
            valid_from=instant(row.valid_from_us),
            valid_until=instant(row.valid_until_us),
            schedule=[PriceHours.of(span) for span in row.schedule],
            tiers=[
                PriceRowTier(
                    min_quantity=Decimal(format_quantity(tier.min_quantity)), amount=_amount(tier.micros, row.currency)
                )
                for tier in row.tiers
            ],
            tier_mode=row.tier_mode,
            source=row.source,
            derived_from=strawberry.ID(row.derived_from) if row.derived_from else None,
            exchange_rates=row.rate,
            version=row.version,
        )


@strawberry.type(description="A price row and its place in the list.")
class PriceRowEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind it.")
    node: PriceRow = strawberry.field(description="The row.")


@strawberry.type(description="Price rows page by page, by sku and id.")
class PriceRowConnection:
    edges: list[PriceRowEdge] = strawberry.field(description="In order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


async def _prices(
    info: Info,
    skus: Annotated[list[strawberry.ID], strawberry.argument(description="Whose rows: 1 to 1,000.")],
    first: First = 24,
    after: Behind = None,
) -> PriceRowConnection:
    service, size = info.context.use(RowService), page_size(first)
    place = ("", "") if after is None else tuple(decode_cursor(after, str, str))
    wished = [Sku(sku) for sku in skus]
    rows = await service.page(info.context.viewer, wished, size + 1, (place[0], place[1]))
    edges = [PriceRowEdge(cursor=encode_cursor([row.sku, row.id]), node=PriceRow.of(row)) for row in rows[:size]]
    page = PageInfo.of([edge.cursor for edge in edges], len(rows) > size, after is not None)
    return PriceRowConnection(edges=edges, page_info=page)


@strawberry.type
class RowQuery:
    prices: PriceRowConnection = field(
        _prices,
        description="All price rows of products with all their keys, ended and derived ones too. "
        "Needs the scope prices:write.",
    )


def _amount(micros: int, currency: str) -> Decimal:
    return Decimal(format_micros(micros, exponent(currency)))


def _wall_time(text: str) -> str:
    return text.removesuffix(":00") if text.count(":") == 2 else text
