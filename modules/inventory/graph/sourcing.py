"""Can I have it, where from, and when: the query `availability`."""

from __future__ import annotations

import strawberry

from modules.inventory.graph.availability import Availability, Sight, figure
from modules.inventory.graph.sources import StockDestinationInput
from modules.inventory.model import sourcing as model
from modules.inventory.model.sourcing import Goal
from modules.inventory.model.strategies import Strategy
from modules.inventory.service.sourcing import SourcingService
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import DateTime, Decimal, Info, Product, field
from modules.kernel.quantity import format_quantity

strawberry.enum(
    Goal,
    name="SourcingGoal",
    description="What a choice of sources is measured by, added up over them; less is better. UNFILLED: millionths of "
    "units nobody has. PARCELS: sources. STORES: those that are stores. PRIORITY: their priorities, counted from 1. "
    "DISTANCE: metres, of unknown places half the earth. SCARCITY: millionths by which others have more.",
)


@strawberry.input(description="So much of a product.")
class AskedLineInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    quantity: Decimal = strawberry.field(default=Decimal("1"), description="In the product's unit, more than 0.")


@strawberry.input(description="What is wanted, and where.")
class AvailabilityInput:
    lines: list[AskedLineInput] = strawberry.field(description="1 to 500.")
    destination: StockDestinationInput | None = strawberry.field(default=None, description="Where the goods are sent.")
    pick_up_at: strawberry.ID | None = strawberry.field(default=None, description="The store where they are fetched.")
    at: DateTime | None = strawberry.field(
        default=None, description="A promise date, which counts what arrives until then; needs the scope time:travel."
    )
    strategy: Strategy | None = strawberry.field(
        default=None, description="Instead of the channel's, for who sees stock: what if it were so?"
    )
    cart: str = strawberry.field(default="", description="Whose own holds do not count against it.")


@strawberry.type(description="What can be had of a line.")
class AvailableLine:
    product: Product = strawberry.field(description="Of what.")
    quantity: Decimal = strawberry.field(description="Wanted, in the product's unit.")
    is_filled: bool = strawberry.field(description="Whether all of it can be had as it was asked for.")
    missing: Decimal | None = strawberry.field(
        description="What is lacking, in the product's unit; null where the channel shows states only."
    )
    availability: Availability = strawberry.field(description="Over all sources of the channel.")


@strawberry.type(description="So much of a line from one source.")
class SourcedShare:
    line: int = strawberry.field(description="Its place among the lines, from 0.")
    sku: strawberry.ID = strawberry.field(description="Of what.")
    source: strawberry.ID = strawberry.field(description="From where.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")


@strawberry.type(description="What leaves one source together.")
class Departure:
    source: strawberry.ID = strawberry.field(description="From where.")
    ready: DateTime | None = strawberry.field(description="From when on all of it is there; null: nobody knows.")
    day: str | None = strawberry.field(description='The day it leaves, in the source\'s calendar: "2026-03-02".')
    same_day: bool = strawberry.field(description="Whether that is the day of the order.")


@strawberry.type(description="How a plan stands by one goal.")
class SourcingScore:
    goal: Goal = strawberry.field(description="Which.")
    value: Decimal = strawberry.field(description="Less is better.")


@strawberry.type(description="Why a source is in the plan, or is not.")
class SourcingReason:
    source: strawberry.ID = strawberry.field(description="Which.")
    because: str = strawberry.field(
        description="CHOSEN, NOT_NEEDED, NOTHING_TO_GIVE, DOES_NOT_SHIP, NOT_THE_CHOSEN_STORE; as long as others can "
        "fill all today: CUT_OFF_PASSED, CAPACITY_USED, CLOSED_TODAY."
    )


@strawberry.type(
    description="From where it would come. Scores and reasons are for who sees stock; shares of a plan that does not "
    "fill all are not shown where the channel shows states only."
)
class SourcingPlan:
    shares: list[SourcedShare] = strawberry.field(description="In the order of the lines.")
    departures: list[Departure] = strawberry.field(description="One per source.")
    score: list[SourcingScore] | None = strawberry.field(description="By goal, the weightiest first.")
    reasons: list[SourcingReason] | None = strawberry.field(description="One per source of the channel.")
    is_exact: bool = strawberry.field(description="Whether no other choice of sources would be better.")


@strawberry.type(description="Whether it can be had, from where, and when.")
class SourcedAvailability:
    is_filled: bool = strawberry.field(description="Whether all of it can be had as it was asked for.")
    on_request: bool = strawberry.field(
        description="STALE_STOCK: it would be fetched at a store whose figures are too old to promise anything; "
        "somebody must look."
    )
    same_day: bool = strawberry.field(description="Whether all of it leaves on the day of the order.")
    earliest: str | None = strawberry.field(description="The day on which the last of it leaves; null: not known.")
    lines: list[AvailableLine] = strawberry.field(description="In the order asked.")
    plan: SourcingPlan = strawberry.field(description="How it would be sourced.")


async def _availability(info: Info, input: AvailabilityInput) -> SourcedAvailability:
    context = info.context
    lines = [model.AskedLine(sku=line.sku, quantity=line.quantity) for line in input.lines]
    place = input.destination.given() if input.destination else None
    asked = model.AskedInput(**{**vars(input), "lines": lines, "destination": place})
    found = await context.use(SourcingService).sourced(context.viewer, asked)
    sight = Sight(context.use(InventoryService), context.viewer)
    earliest = found.earliest
    return SourcedAvailability(
        is_filled=found.is_filled,
        on_request=found.on_request,
        same_day=found.same_day,
        earliest=earliest.isoformat() if earliest else None,
        lines=[_line(found, index, sight) for index in range(len(found.demands))],
        plan=_plan(found, sight),
    )


def _line(found: model.Sourced, index: int, sight: Sight) -> AvailableLine:
    demand, answer = found.demands[index], found.answers[index]
    missing = found.plan.missing.get(demand.line, 0)
    return AvailableLine(
        product=Product(sku=strawberry.ID(demand.sku)),
        quantity=Decimal(format_quantity(demand.quantity)),
        is_filled=not missing,
        missing=figure(missing, sight.figures),
        availability=sight.of(answer),
    )


def _plan(found: model.Sourced, sight: Sight) -> SourcingPlan:
    shown = found.is_filled or sight.figures
    score = [SourcingScore(goal=goal, value=Decimal(str(value))) for goal, value in found.plan.score]
    reasons = [SourcingReason(source=strawberry.ID(each.source), because=each.because) for each in found.plan.reasons]
    return SourcingPlan(
        shares=[_share(share) for share in found.plan.shares] if shown else [],
        departures=[_departure(each) for each in found.departures] if shown else [],
        score=score if sight.sees else None,
        reasons=reasons if sight.sees else None,
        is_exact=found.plan.is_exact,
    )


def _share(share: model.Share) -> SourcedShare:
    return SourcedShare(
        line=int(share.line),
        sku=strawberry.ID(share.sku),
        source=strawberry.ID(share.source),
        quantity=Decimal(format_quantity(share.quantity)),
    )


def _departure(each: model.Departure) -> Departure:
    return Departure(
        source=strawberry.ID(each.source),
        ready=None if each.ready is None else DateTime(each.ready),
        day=each.day.isoformat() if each.day else None,
        same_day=each.same_day,
    )


@strawberry.type
class SourcingQuery:
    availability: SourcedAvailability = field(
        _availability, description="Whether all of this can be had, from where, and when; nothing is set aside."
    )
