"""Click and collect: asked for, picked, fetched, and what tills hear of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Self

import strawberry

from modules.inventory.model import pickups as model
from modules.inventory.model.pickups import PickupState, Settlement
from modules.inventory.service.pickups import PickupService, reaches_stores
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    KEY,
    REASON,
    After,
    DateTime,
    Decimal,
    Info,
    Problem,
    Product,
    field,
    instant,
    problems,
    subscription,
)
from modules.kernel.graph.problems import common
from modules.kernel.quantity import format_quantity

strawberry.enum(
    PickupState,
    description="REQUESTED: somebody must look whether it is there. CONFIRMED: set aside. PICKING: being "
    "collected from the shelves. SHORT: less was found. READY: waits for the customer until its deadline. "
    "COLLECTED, CANCELLED, NOT_COLLECTED (nobody came in time) and RETURNED are its ends.",
)
strawberry.enum(
    Settlement,
    name="PickupSettlement",
    description="PARTIAL: the customer takes what was found. RE_SOURCE: the rest comes from elsewhere.",
)


@strawberry.type(description="So much of a product in a pick-up.")
class PickupLine:
    line_id: str = strawberry.field(description="As the caller named it.")
    product: Product = strawberry.field(description="Of what.")
    quantity: Decimal = strawberry.field(description="Wanted, in the product's unit.")
    picked: Decimal = strawberry.field(description="What lies ready, in the product's unit.")


@strawberry.type(description="Goods of an order that are fetched in a store.")
class Pickup:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    store: strawberry.ID = strawberry.field(description="Where.")
    order: str = strawberry.field(description="As the shop calls it.")
    owner: str = strawberry.field(description="The cart or session it counts for.")
    state: PickupState = strawberry.field(description="Where it stands.")
    lines: list[PickupLine] = strawberry.field(description="In the order asked.")
    deadline: DateTime | None = strawberry.field(
        description="The first moment at which nobody gets it any more; null before it is READY."
    )
    extended: bool = strawberry.field(description="Whether the deadline was extended, which is done once.")
    hold_id: strawberry.ID | None = strawberry.field(description="Of the reservations in the store.")
    resourced_hold_id: strawberry.ID | None = strawberry.field(description="Of what comes from elsewhere instead.")
    created_at: DateTime = strawberry.field(description="When it was asked for.")

    @classmethod
    def of(cls, kept: model.Pickup) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(kept.id),
            store=strawberry.ID(kept.store),
            order=kept.order,
            owner=kept.owner,
            state=kept.state,
            lines=[_line(line) for line in kept.lines],
            deadline=instant(kept.deadline_us),
            extended=kept.extended,
            hold_id=strawberry.ID(kept.hold) if kept.hold else None,
            resourced_hold_id=strawberry.ID(kept.resourced) if kept.resourced else None,
            created_at=instant(kept.created_us),
        )


def _line(line: model.PickupLine) -> PickupLine:
    return PickupLine(
        line_id=line.line,
        product=Product(sku=strawberry.ID(line.sku)),
        quantity=Decimal(format_quantity(line.quantity)),
        picked=Decimal(format_quantity(line.picked)),
    )


@strawberry.type(description="The pick-up as it is now, or why nothing was done.")
class PickupPayload:
    pickup: Pickup | None = strawberry.field(description="Null when there is none.")
    code: str | None = strawberry.field(description="For the customer alone; only of issuePickupCode.")
    problems: list[Problem] = strawberry.field(description="Why not, each with its path; nothing is half done.")

    @classmethod
    def of(cls, info: Info, done: model.PickupDone) -> Self:
        """From the service's answer."""
        pickup = Pickup.of(done.pickup) if done.pickup else None
        return cls(pickup=pickup, code=done.code or None, problems=problems(info.context, done.problems))


@strawberry.federation.type(shareable=True, description="No pick-up has this id.")
class UnknownPickup(Problem):
    pickup: strawberry.ID = strawberry.field(description="As it was given.")


@strawberry.federation.type(shareable=True, description="A pick-up cannot become this from what it is.")
class InvalidPickupTransition(Problem):
    pickup: strawberry.ID = strawberry.field(description="Which.")
    state: PickupState = strawberry.field(description="What it is.")


@strawberry.federation.type(shareable=True, description="The code is not that of the pick-up.")
class WrongPickupCode(Problem):
    tries_left: int = strawberry.field(description="0: it is locked until it gets a new code.")


@strawberry.input(description="So much of a product.")
class PickupLineInput:
    line_id: str = strawberry.field(description="The caller's own name for it, 1 to 64 characters.")
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")


@strawberry.input(description="Goods that are to be fetched in a store: all of them or none.")
class RequestPickupInput:
    idempotency_key: str = strawberry.field(description=KEY)
    store: strawberry.ID = strawberry.field(description="A source of this channel where goods are fetched.")
    order: str = strawberry.field(description="The order's id, 1 to 64 of letters, digits, `.`, `_` and `-`.")
    lines: list[PickupLineInput] = strawberry.field(description="1 to 100.")
    owner: str = strawberry.field(default="", description="The cart or session it counts for; without it, the caller.")

    def given(self) -> model.PickupInput:
        """As the service takes it."""
        lines = [model.PickupLineInput(line=each.line_id, sku=each.sku, quantity=each.quantity) for each in self.lines]
        return model.PickupInput(**{**vars(self), "lines": tuple(lines)})


@strawberry.input(description="A step of a pick-up.")
class PickupStepInput:
    idempotency_key: str = strawberry.field(description=KEY)
    id: strawberry.ID = strawberry.field(description="Of the pick-up.")


@strawberry.input(description="A step that needs a reason.")
class PickupReasonInput(PickupStepInput):
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="How much of a line was found.")
class FoundLineInput:
    line_id: str = strawberry.field(description="Of the pick-up.")
    quantity: Decimal = strawberry.field(description="In the product's unit, 0 or more.")


@strawberry.input(description="What was found in the store.")
class FinishPickupInput(PickupStepInput):
    found: list[FoundLineInput] = strawberry.field(
        default_factory=list, description="Lines of which less was found; the others were found wholly."
    )


@strawberry.input(description="What becomes of a pick-up of which less was found.")
class SettlePickupInput(PickupStepInput):
    settlement: Settlement = strawberry.field(description="As the customer wishes.")


@strawberry.input(description="Goods are handed over.")
class CollectPickupInput(PickupStepInput):
    code: str = strawberry.field(description="As the customer names it; blanks, hyphens and case do not matter.")


async def _request(info: Info, input: RequestPickupInput) -> PickupPayload:
    service = info.context.use(PickupService)
    return PickupPayload.of(info, await service.request(info.context.viewer, input.given()))


async def _confirm(info: Info, input: PickupStepInput) -> PickupPayload:
    service = info.context.use(PickupService)
    return PickupPayload.of(info, await service.confirm(info.context.viewer, input.idempotency_key, input.id))


async def _pick(info: Info, input: PickupStepInput) -> PickupPayload:
    service = info.context.use(PickupService)
    return PickupPayload.of(info, await service.pick(info.context.viewer, input.idempotency_key, input.id))


async def _finish(info: Info, input: FinishPickupInput) -> PickupPayload:
    service, key = info.context.use(PickupService), input.idempotency_key
    found = [model.FoundInput(line=each.line_id, quantity=each.quantity) for each in input.found]
    return PickupPayload.of(info, await service.finish(info.context.viewer, key, input.id, found))


async def _settle(info: Info, input: SettlePickupInput) -> PickupPayload:
    service, key = info.context.use(PickupService), input.idempotency_key
    return PickupPayload.of(info, await service.settle(info.context.viewer, key, input.id, input.settlement))


async def _issue_code(info: Info, input: PickupStepInput) -> PickupPayload:
    service = info.context.use(PickupService)
    return PickupPayload.of(info, await service.issue_code(info.context.viewer, input.idempotency_key, input.id))


async def _collect(info: Info, input: CollectPickupInput) -> PickupPayload:
    service, key = info.context.use(PickupService), input.idempotency_key
    return PickupPayload.of(info, await service.collect(info.context.viewer, key, input.id, input.code))


async def _extend(info: Info, input: PickupStepInput) -> PickupPayload:
    service = info.context.use(PickupService)
    return PickupPayload.of(info, await service.extend(info.context.viewer, input.idempotency_key, input.id))


async def _cancel(info: Info, input: PickupReasonInput) -> PickupPayload:
    service, key = info.context.use(PickupService), input.idempotency_key
    return PickupPayload.of(info, await service.cancel(info.context.viewer, key, input.id, input.reason))


async def _return(info: Info, input: PickupReasonInput) -> PickupPayload:
    service, key = info.context.use(PickupService), input.idempotency_key
    return PickupPayload.of(info, await service.bring_back(info.context.viewer, key, input.id, input.reason))


Of = Annotated[strawberry.ID, strawberry.argument(description="Of the pick-up.")]
At = Annotated[strawberry.ID, strawberry.argument(description="Of the store.")]
In = Annotated[list[PickupState] | None, strawberry.argument(description="Without them: all that are open.")]


async def _pickup(info: Info, id: Of) -> Pickup | None:
    found = await info.context.use(PickupService).pickup(info.context.viewer, id)
    return Pickup.of(found) if found else None


async def _pickups(info: Info, store: At, states: In = None) -> list[Pickup]:
    found = await info.context.use(PickupService).at(info.context.viewer, store, states)
    return [Pickup.of(item) for item in found]


@strawberry.type
class PickupQuery:
    pickup: Pickup | None = field(
        _pickup, description="The one of this id; needs stock:hold, or to stand in its store."
    )
    pickups: list[Pickup] = field(
        _pickups, description="The oldest thousand of a store; for its associates, or with the scope stock:read."
    )


@strawberry.type
class PickupMutation:
    request_pickup: PickupPayload = field(
        _request,
        description="CONFIRMED when the store has it, REQUESTED when its figures are too old to say; needs stock:hold.",
    )
    confirm_pickup: PickupPayload = field(
        _confirm, description="All of it is there; for the store itself, or with the scope stock:write."
    )
    pick_pickup: PickupPayload = field(
        _pick, description="Somebody collects it from the shelves; for the store itself, or with the scope stock:write."
    )
    finish_pickup: PickupPayload = field(
        _finish, description="READY, or SHORT when less was found; for the store itself, or with the scope stock:write."
    )
    settle_pickup: PickupPayload = field(_settle, description="What becomes of a SHORT one; needs stock:hold.")
    issue_pickup_code: PickupPayload = field(
        _issue_code, description="A new code for the customer, instead of the former one; needs stock:hold."
    )
    collect_pickup: PickupPayload = field(
        _collect, description="Hands the goods over; for the store itself, or with the scope stock:write."
    )
    extend_pickup: PickupPayload = field(_extend, description="The deadline once more as long, once; stock:hold.")
    cancel_pickup: PickupPayload = field(_cancel, description="Goods go back to others; stock:hold, or the store.")
    return_pickup: PickupPayload = field(_return, description="All of it came back; stock:hold, or the store.")


@strawberry.type(description="Pick-ups as they are now.")
class PickupEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="Where to resume: `after`.")
    items: list[Pickup] = strawberry.field(description="All open ones, or with CHANGE those that changed.")


Orders = Annotated[
    list[str] | None,
    strawberry.argument(description="1 to 1,000, as the shop calls them; without them, all of the store."),
]


async def _pickup_changed(
    info: Info, store: At, orders: Orders = None, after: After = None
) -> AsyncGenerator[PickupEvent, None]:
    service, context = info.context.use(PickupService), info.context
    wanted = None if orders is None else frozenset(orders)
    async for news in service.follow(context.viewer, context.feed, store, after, wanted):
        yield PickupEvent(kind=news.kind, cursor=news.cursor, items=[Pickup.of(item) for item in news.items])


@strawberry.type
class PickupSubscription:
    pickup_changed: PickupEvent = subscription(
        _pickup_changed,
        reads=reaches_stores,
        description="The open pick-ups of a store now, or of some orders there, then each that changes; for its "
        "associates, or with the scope stock:read.",
    )


PROBLEMS = {
    model.UnknownPickup: lambda error: UnknownPickup(**common(error), pickup=error.pickup),
    model.InvalidPickupTransition: lambda error: InvalidPickupTransition(
        **common(error), pickup=error.pickup, state=PickupState(error.state)
    ),
    model.WrongPickupCode: lambda error: WrongPickupCode(**common(error), tries_left=error.tries_left),
}
TYPES = (UnknownPickup, InvalidPickupTransition, WrongPickupCode)
