"""What a cart may choose as its delivery, as the graph shows it."""

from __future__ import annotations

from datetime import date
from typing import Self

import strawberry

from modules.cart.engine.arrival import DeliveryEstimate
from modules.cart.graph.quotes import PriceStep
from modules.kernel.graph import Notice, TaxedMoney


@strawberry.type(description="A shipping method of the cart's market: what it costs and when it arrives, or why not.")
class DeliveryOption:
    method: strawberry.ID = strawberry.field(description="What the cart names to choose it.")
    label: str = strawberry.field(description="Its name, in the viewer's language.")
    pickup: bool = strawberry.field(description="Whether the goods are fetched in the store.")
    cost: TaxedMoney | None = strawberry.field(
        description="After promotions, as the quote says it once it is chosen. Null where it cannot serve."
    )
    steps: list[PriceStep] = strawberry.field(description="From its price to the amount due, in order.")
    earliest_days: int | None = strawberry.field(description="Working days on the way; null: not known.")
    latest_days: int | None = strawberry.field(description="At the latest; null: not known.")
    arrives_from: date | None = strawberry.field(
        description="The first day on which the goods may arrive, in the market's calendar. They leave when all of "
        "them can; a day is Monday to Friday, holidays are not known here. Null: not known."
    )
    arrives_until: date | None = strawberry.field(description="The last such day.")
    hindrance: Notice | None = strawberry.field(
        description="Why it cannot serve: DELIVERY_NOT_POSSIBLE, DELIVERY_TOO_HEAVY, DELIVERY_VALUE_TOO_HIGH, "
        "CURRENCY_MISMATCH, TAX_RATE_NOT_FOUND. Null where it can."
    )

    @classmethod
    def of(cls, estimate: DeliveryEstimate) -> Self:
        """From the engine's value."""
        option, cost = estimate.option, estimate.option.cost
        earliest, latest = (cost and cost.days) or (None, None)
        since, until = estimate.arrives or (None, None)
        return cls(
            method=strawberry.ID(option.method),
            label=option.label,
            pickup=option.pickup,
            cost=TaxedMoney.of(cost.total) if cost else None,
            steps=[PriceStep.of(step) for step in cost.steps] if cost else [],
            earliest_days=earliest,
            latest_days=latest,
            arrives_from=since,
            arrives_until=until,
            hindrance=Notice.of(option.hindrance) if option.hindrance else None,
        )
