"""How demand and supply policies are handed in."""

from __future__ import annotations

import strawberry

from modules.inventory.model import demand as model
from modules.inventory.model.sources import ANY
from modules.inventory.service.demand import DemandService
from modules.kernel.graph import REASON, Decimal, Info, Outcome, field


@strawberry.input(description="What was sold of a product at a source on a day.")
class DemandInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    source: strawberry.ID = strawberry.field(description="Of a source that exists.")
    day: str = strawberry.field(description="ISO 8601 date of the source's own calendar, not in the future.")
    units: Decimal = strawberry.field(
        description="In the product's unit, 0 or more; what was shipped that day included."
    )
    promoted: bool = strawberry.field(
        default=False, description="Whether a promotion ran: the day is left out of the base."
    )
    censored: bool = strawberry.field(
        default=False, description="Whether it could not be had all day: nobody knows what was wanted."
    )


@strawberry.input(description="At most 1,000 days of demand.")
class RecordDemandInput:
    reason: str = strawberry.field(description=REASON)
    demand: list[DemandInput] = strawberry.field(
        description="Each product, source and day once; told again it is the same, told otherwise it is replaced."
    )


@strawberry.type(description="What became of the days; the good ones are written, whatever became of the others.")
class RecordDemandPayload(Outcome):
    pass


@strawberry.input(
    description="How products are got, whole. A value that is not said is taken from the product's policy for all "
    "sources, then from the source's for all products, then from that of all."
)
class SupplyPolicyInput:
    sku: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="`*` for all products.")
    source: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="`*` for all sources.")
    service_level: Decimal | None = strawberry.field(
        default=None, description="Share of order cycles without a stock-out, between 0 and 1; 0.95 if nobody says."
    )
    lead_time_days: Decimal | None = strawberry.field(
        default=None, description="From order to arrival; 7 if nobody says."
    )
    lead_deviation_days: Decimal | None = strawberry.field(
        default=None, description="Standard deviation of the lead time; 0 if nobody says."
    )
    review_days: Decimal | None = strawberry.field(
        default=None, description="Between two looks at the stock; 0, always, if nobody says."
    )
    min_order: Decimal | None = strawberry.field(default=None, description="Units an order has at least.")
    pack_size: Decimal | None = strawberry.field(default=None, description="Units of a pack; orders are whole packs.")
    supplier: str | None = strawberry.field(default=None, description="Who delivers, for people.")
    reorder_point: Decimal | None = strawberry.field(
        default=None,
        description="By hand, before any planned one, for exactly this source (`*`: all together); needs a sku.",
    )


@strawberry.input(description="At most 1,000 policies.")
class SetSupplyPoliciesInput:
    reason: str = strawberry.field(description=REASON)
    policies: list[SupplyPolicyInput] = strawberry.field(description="Each pair of product and source once.")


@strawberry.type(description="What became of the policies; the good ones are written.")
class SetSupplyPoliciesPayload(Outcome):
    pass


async def _record_demand(info: Info, input: RecordDemandInput) -> RecordDemandPayload:
    given = [model.DemandInput(**vars(each)) for each in input.demand]
    done = await info.context.use(DemandService).record(info.context.viewer, given, input.reason)
    return RecordDemandPayload.of(info, done)


async def _set_policies(info: Info, input: SetSupplyPoliciesInput) -> SetSupplyPoliciesPayload:
    given = [model.SupplyInput(**vars(each)) for each in input.policies]
    done = await info.context.use(DemandService).set_policies(info.context.viewer, given, input.reason)
    return SetSupplyPoliciesPayload.of(info, done)


@strawberry.type
class DemandMutation:
    record_demand: RecordDemandPayload = field(
        _record_demand, description="Tells what was sold by day; it wins over shipments. Needs the scope stock:write."
    )
    set_supply_policies: SetSupplyPoliciesPayload = field(
        _set_policies, description="Replaces or adds how products are got; needs the scope stock:write."
    )
