"""Forecasts, safety stock and proposals."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

import strawberry

from modules.inventory.engine.forecast.demand_class import DemandClass
from modules.inventory.model import demand as model
from modules.inventory.service.planning import PlanningService
from modules.kernel.graph import (
    REASON,
    DateTime,
    Decimal,
    First,
    Info,
    Outcome,
    Problem,
    Product,
    field,
    instant,
    problems,
)
from modules.kernel.names import Sku
from modules.kernel.quantity import format_quantity

_Source = Annotated[
    strawberry.ID | None, strawberry.argument(description="Of a source; null for all together, as if they were one.")
]


strawberry.enum(
    DemandClass,
    description="SMOOTH and ERRATIC: wanted nearly every day, in even or uneven sizes. INTERMITTENT and LUMPY: "
    "seldom, in even or uneven sizes. NEW: under 8 days are known. NONE: never asked for.",
)


def _decimal(micros: int) -> Decimal:
    return Decimal(format_quantity(micros))


def _maybe(micros: int | None) -> Decimal | None:
    return None if micros is None else _decimal(micros)


@strawberry.type(description="How a product is got, with all that was not said filled in.")
class SupplyPolicy:
    service_level: Decimal = strawberry.field(description="Share of order cycles without a stock-out that is wanted.")
    lead_time_days: Decimal = strawberry.field(description="From order to arrival.")
    lead_deviation_days: Decimal = strawberry.field(description="Standard deviation of the lead time.")
    review_days: Decimal = strawberry.field(description="Between two looks at the stock; 0: always.")
    min_order: Decimal | None = strawberry.field(description="Units an order has at least.")
    pack_size: Decimal | None = strawberry.field(description="Units of a pack.")
    supplier: str | None = strawberry.field(description="Who delivers.")

    @classmethod
    def of(cls, policy: model.SupplyPolicy) -> Self:
        """From the model's value."""
        return cls(
            service_level=_decimal(policy.service_level or 0),
            lead_time_days=_decimal(policy.lead_time or 0),
            lead_deviation_days=_decimal(policy.lead_deviation or 0),
            review_days=_decimal(policy.review or 0),
            min_order=_maybe(policy.min_order),
            pack_size=_maybe(policy.pack_size),
            supplier=policy.supplier,
        )


@strawberry.type(description="How a method did when it forecast the past from what was known then.")
class ForecastScore:
    method: str = strawberry.field(description="Its name.")
    rmsse: Decimal = strawberry.field(description="Below 1 it beats naming yesterday; the smallest is taken.")
    bias: Decimal = strawberry.field(description="Units a day it forecast too much; negative: too little.")


@strawberry.type(description="A day to come.")
class ForecastDay:
    day: str = strawberry.field(description="ISO 8601 date.")
    units: Decimal = strawberry.field(description="Expected, in the product's unit.")


@strawberry.type(description="What the reorder point would have meant in the past that it was made from.")
class StockSimulation:
    service_level: Decimal = strawberry.field(description="Share of order cycles without a stock-out.")
    fill_rate: Decimal = strawberry.field(description="Share of units that were there when they were wanted.")
    mean_stock: Decimal = strawberry.field(description="Units that lay there on the mean.")


@strawberry.type(description="What is expected to be sold of a product at a source, and what to keep for it.")
class Forecast:
    product: Product = strawberry.field(description="Of what.")
    source: strawberry.ID | None = strawberry.field(description="Where; null: all sources together.")
    planned_at: DateTime = strawberry.field(description="When this was worked out.")
    known_until: str = strawberry.field(description="The first day that was not known, ISO 8601.")
    demand_class: DemandClass = strawberry.field(description="How regular it is.")
    method: str | None = strawberry.field(
        description="What forecast best. mean: too little past to try one. category_median: what others of its "
        "category sell. null: no forecast."
    )
    scores: list[ForecastScore] = strawberry.field(description="Of the methods that were tried, the best first.")
    daily_demand: Decimal = strawberry.field(description="The mean of a day to come, in the product's unit.")
    days: list[ForecastDay] = strawberry.field(description="The next 28 days; none without a forecast.")
    safety_stock: Decimal | None = strawberry.field(
        description="In the product's unit, rounded up; null: least stock is set by hand."
    )
    reorder_point: Decimal | None = strawberry.field(description="The stock at which to order, rounded up.")
    basis: str | None = strawberry.field(
        description="normal: from the forecast's errors. empirical: from what lead times of the past asked for. dying: "
        "nothing is kept any more."
    )
    simulation: StockSimulation | None = strawberry.field(description="The proof; null without a reorder point.")
    policy: SupplyPolicy = strawberry.field(description="What it was worked out with.")

    @classmethod
    def of(cls, plan: model.StockPlan) -> Self:
        """From the model's value."""
        days = enumerate(plan.daily)
        return cls(
            product=Product(sku=strawberry.ID(plan.sku)),
            source=_place(plan.source),
            planned_at=instant(plan.made_us),
            known_until=plan.until.isoformat(),
            demand_class=DemandClass(plan.demand_class),
            method=plan.method or None,
            scores=[
                ForecastScore(method=s.method, rmsse=_decimal(s.rmsse), bias=_decimal(s.bias)) for s in plan.scores
            ],
            daily_demand=_decimal(plan.demand),
            days=[_day(plan, number, units) for number, units in days],
            safety_stock=_maybe(plan.safety_stock),
            reorder_point=_maybe(plan.reorder_point),
            basis=plan.basis or None,
            simulation=_simulation(plan),
            policy=SupplyPolicy.of(plan.policy),
        )


def _day(plan: model.StockPlan, number: int, units: int) -> ForecastDay:
    return ForecastDay(day=(plan.until + timedelta(days=number)).isoformat(), units=_decimal(units))


def _simulation(plan: model.StockPlan) -> StockSimulation | None:
    if plan.service_level is None or plan.fill_rate is None or plan.mean_stock is None:
        return None
    level, rate, stock = (_decimal(each) for each in (plan.service_level, plan.fill_rate, plan.mean_stock))
    return StockSimulation(service_level=level, fill_rate=rate, mean_stock=stock)


def _place(source: str) -> strawberry.ID | None:
    return None if source == model.TOTAL else strawberry.ID(source)


@strawberry.type(
    description="What to order, with every figure that led to it: available = onHand - held - committed, position = "
    "available + incoming, needed = reorderPoint - position, quantity = the greater of needed and minOrder, in whole "
    "packs."
)
class ReplenishmentProposal:
    product: Product = strawberry.field(description="What.")
    source: strawberry.ID | None = strawberry.field(description="For where; null: for all sources together.")
    quantity: Decimal = strawberry.field(description="To order, in the product's unit.")
    needed: Decimal = strawberry.field(description="From the position up to the reorder point.")
    reorder_point: Decimal = strawberry.field(description="The position at which to order; it contains safety stock.")
    by_hand: bool = strawberry.field(description="Whether the reorder point is set by hand.")
    position: Decimal = strawberry.field(description="What is available and on order.")
    available: Decimal = strawberry.field(
        description="What nobody has a claim to; negative: more was sold than lies there."
    )
    on_hand: Decimal = strawberry.field(description="What lies there.")
    held: Decimal = strawberry.field(description="Set aside by holds.")
    committed: Decimal = strawberry.field(description="Sold and not shipped yet.")
    incoming: Decimal = strawberry.field(description="On order, whenever it is due.")
    safety_stock: Decimal = strawberry.field(description="Withheld from sale there at present.")
    policy: SupplyPolicy = strawberry.field(description="How it is got.")
    forecast: Forecast | None = strawberry.field(description="Where the reorder point is from; null: set by hand.")

    @classmethod
    def of(cls, proposal: model.Proposal) -> Self:
        """From the model's value."""
        stock = proposal.stock
        return cls(
            product=Product(sku=strawberry.ID(proposal.sku)),
            source=_place(proposal.source),
            quantity=_decimal(proposal.quantity),
            needed=_decimal(proposal.needed),
            reorder_point=_decimal(proposal.reorder_point),
            by_hand=proposal.by_hand,
            position=_decimal(proposal.position),
            available=_decimal(stock.available),
            on_hand=_decimal(stock.on_hand),
            held=_decimal(stock.held),
            committed=_decimal(stock.committed),
            incoming=_decimal(stock.incoming),
            safety_stock=_decimal(stock.safety_stock),
            policy=SupplyPolicy.of(proposal.policy),
            forecast=Forecast.of(proposal.plan) if proposal.plan else None,
        )


@strawberry.type(description="A page of proposals.")
class ReplenishmentProposals:
    items: list[ReplenishmentProposal] = strawberry.field(description="By sku.")
    next: strawberry.ID | None = strawberry.field(description="Give it as `after` to go on; null at the end.")


@strawberry.input(description="Which stock to plan.")
class PlanStockInput:
    reason: str = strawberry.field(description=REASON)
    source: strawberry.ID | None = strawberry.field(default=None, description="Null: all sources together.")
    skus: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At most 1,000; null: the next 1,000 behind `after` that are there or were asked for."
    )
    after: strawberry.ID | None = strawberry.field(default=None, description="`next` of an earlier answer.")


@strawberry.type(description="What planning came to. Unchanged are products whose least stock is set by hand.")
class PlanStockPayload:
    planned: int = strawberry.field(description="Products with a safety stock and a reorder point now.")
    by_hand: int = strawberry.field(description="Products of whose demand too little is known.")
    next: strawberry.ID | None = strawberry.field(description="Give it as `after` to go on; null at the end.")
    problems: list[Problem] = strawberry.field(description="Why not the others, each with its path.")


@strawberry.input(description="Whose planned safety stock is to be withheld from sale.")
class ActivateSafetyStockInput:
    reason: str = strawberry.field(description=REASON)
    source: strawberry.ID = strawberry.field(description="Where.")
    skus: list[strawberry.ID] = strawberry.field(description="At most 1,000.")


@strawberry.type(description="What became of the levels.")
class ActivateSafetyStockPayload(Outcome):
    pass


async def _forecast(
    info: Info,
    sku: Annotated[strawberry.ID, strawberry.argument(description="Of a product.")],
    source: _Source = None,
) -> Forecast | None:
    (plan,) = await info.context.use(PlanningService).plans(info.context.viewer, [Sku(sku)], source)
    return Forecast.of(plan) if plan else None


async def _proposals(
    info: Info,
    source: _Source = None,
    first: First = 50,
    after: Annotated[strawberry.ID | None, strawberry.argument(description="`next` of an earlier page.")] = None,
) -> ReplenishmentProposals:
    page = await info.context.use(PlanningService).proposals(info.context.viewer, source, first, after)
    items = [ReplenishmentProposal.of(each) for each in page.items]
    return ReplenishmentProposals(items=items, next=None if page.next is None else strawberry.ID(page.next))


async def _plan_stock(info: Info, input: PlanStockInput) -> PlanStockPayload:
    service = info.context.use(PlanningService)
    done = await service.plan_stock(info.context.viewer, input.source, input.skus, input.reason, input.after)
    further = None if done.next is None else strawberry.ID(done.next)
    return PlanStockPayload(
        planned=done.changed,
        by_hand=done.unchanged,
        next=further,
        problems=problems(info.context, done.problems),
    )


async def _activate(info: Info, input: ActivateSafetyStockInput) -> ActivateSafetyStockPayload:
    service = info.context.use(PlanningService)
    done = await service.activate(info.context.viewer, input.source, input.skus, input.reason)
    return ActivateSafetyStockPayload.of(info, done)


@strawberry.type
class PlanningQuery:
    forecast: Forecast | None = field(
        _forecast, description="As it was last planned; null: never. Needs the scope stock:read."
    )
    replenishment_proposals: ReplenishmentProposals = field(
        _proposals, description="What to order now, by sku; needs the scope stock:read."
    )


@strawberry.type
class PlanningMutation:
    plan_stock: PlanStockPayload = field(
        _plan_stock, description="Works out forecasts, safety stock and reorder points; needs the scope stock:write."
    )
    activate_safety_stock: ActivateSafetyStockPayload = field(
        _activate, description="Withholds planned safety stock from sale; needs the scope stock:write."
    )
