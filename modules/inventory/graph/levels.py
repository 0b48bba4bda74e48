"""How counts are handed in."""

from __future__ import annotations

import strawberry

from modules.inventory.model import levels as levels_model
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import KEY, REASON, DateTime, Decimal, Info, Outcome, Problem, field
from modules.kernel.graph.problems import common


@strawberry.federation.type(
    shareable=True, description="The product may be back-ordered at another source already; it may at one only."
)
class BackorderElsewhere(Problem):
    sku: strawberry.ID = strawberry.field(description="Which product.")
    source: strawberry.ID = strawberry.field(description="Where it may be back-ordered.")


def backorder_elsewhere(error: levels_model.BackorderElsewhere) -> BackorderElsewhere:
    return BackorderElsewhere(**common(error), sku=strawberry.ID(error.sku), source=strawberry.ID(error.source))


@strawberry.federation.type(
    shareable=True,
    description="Less than is set aside at the source, which a market that buys from there refuses.",
)
class CountBelowReserved(Problem):
    sku: strawberry.ID = strawberry.field(description="Which product.")
    source: strawberry.ID = strawberry.field(description="Where.")
    reserved: Decimal = strawberry.field(description="What is held and committed there, in the product's unit.")
    on_hand: Decimal = strawberry.field(description="What would lie there, in the product's unit.")


def below_reserved(error: levels_model.CountBelowReserved) -> CountBelowReserved:
    return CountBelowReserved(
        **common(error),
        sku=strawberry.ID(error.sku),
        source=strawberry.ID(error.source),
        reserved=Decimal(error.reserved),
        on_hand=Decimal(error.on_hand),
    )


@strawberry.input(description="Goods on their way.")
class IncomingInput:
    at: DateTime = strawberry.field(description="When they are expected.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")


@strawberry.input(description="The stock of a product at a source. What is left out stays as it was.")
class StockLevelInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    source: strawberry.ID = strawberry.field(description="Of a source that exists.")
    on_hand: Decimal = strawberry.field(description="What lies there, in the product's unit; 0 or more.")
    safety_stock: Decimal | None = strawberry.field(default=None, description="Of that, what is never sold.")
    track: bool | None = strawberry.field(default=None, description="False: nobody counts it, there is always enough.")
    backorder_limit: Decimal | None = strawberry.field(
        default=None, description="What may be sold beyond the shelf; at one source only."
    )
    incoming: list[IncomingInput] | None = strawberry.field(default=None, description="At most 100.")

    def given(self) -> levels_model.LevelInput:
        """As the service takes it."""
        goods = self.incoming
        incoming = None if goods is None else [levels_model.IncomingInput(**vars(item)) for item in goods]
        return levels_model.LevelInput(**{**vars(self), "incoming": incoming})


@strawberry.input(description="At most 1,000 levels, each pair of product and source once.")
class SetStockLevelsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description=REASON)
    levels: list[StockLevelInput] = strawberry.field(description="At most 1,000, each pair of product and source once.")


@strawberry.type(description="What became of the levels; the good ones are written, whatever became of the others.")
class SetStockLevelsPayload(Outcome):
    pass


async def _set_stock_levels(info: Info, input: SetStockLevelsInput) -> SetStockLevelsPayload:
    service = info.context.use(InventoryService)
    levels = [level.given() for level in input.levels]
    done = await service.set_stock_levels(info.context.viewer, levels, input.reason, input.idempotency_key)
    return SetStockLevelsPayload.of(info, done)


@strawberry.type
class LevelMutation:
    set_stock_levels: SetStockLevelsPayload = field(
        _set_stock_levels, description="Writes counts absolutely; needs the scope stock:write."
    )
