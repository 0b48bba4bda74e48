"""The waiting list."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from modules.inventory.model.waiting import Waiter as Kept, WaiterState
from modules.inventory.service.waiting import WaiterInput as Given, Waiting, WaitingService
from modules.kernel.graph import DateTime, Decimal, Info, Problem, Product, field, instant, problems
from modules.kernel.quantity import format_quantity

strawberry.enum(
    WaiterState,
    description="WAITING; OFFERED: the goods are held under `holdId` for 24 hours; SERVED: bought; LAPSED: not bought "
    "in time; GONE: no more wanted.",
)


@strawberry.type(description="Somebody who waits for what cannot be had now.")
class Waiter:
    id: strawberry.ID = strawberry.field(description="The caller's own.")
    product: Product = strawberry.field(description="What for.")
    quantity: Decimal = strawberry.field(description="How much, in the product's unit.")
    state: WaiterState = strawberry.field(description="Where it stands.")
    since: DateTime = strawberry.field(description="Who came first is offered first.")
    hold_id: strawberry.ID | None = strawberry.field(description="The hold of the offer: commit it, or release it.")

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(kept.id),
            product=Product(sku=strawberry.ID(kept.sku)),
            quantity=Decimal(format_quantity(kept.quantity)),
            state=kept.state,
            since=instant(kept.since_us),
            hold_id=strawberry.ID(kept.hold) if kept.hold else None,
        )


@strawberry.input(description="A wish to wait.")
class WaiterInput:
    id: strawberry.ID = strawberry.field(description="The caller's own; who asks again keeps the place.")
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")
    owner: str = strawberry.field(default="", description="The cart or session it is for; without it, the id.")
    customer: str = strawberry.field(default="", description="Whom limits for one customer count.")


@strawberry.input(description="Places on the list of this channel.")
class JoinWaitingListInput:
    waiters: list[WaiterInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.input(description="Places that are given up.")
class LeaveWaitingListInput:
    ids: list[strawberry.ID] = strawberry.field(description="At most 1,000.")


@strawberry.type(description="Places as they are now.")
class WaitersPayload:
    waiters: list[Waiter] = strawberry.field(description="By id.")
    problems: list[Problem] = strawberry.field(description="Why not the others, each with its path.")

    @classmethod
    def of(cls, info: Info, done: Waiting) -> Self:
        """From the service's answer."""
        return cls(
            waiters=[Waiter.of(waiter) for waiter in done.waiters], problems=problems(info.context, done.problems)
        )


async def _join(info: Info, input: JoinWaitingListInput) -> WaitersPayload:
    given = [Given(**vars(waiter)) for waiter in input.waiters]
    return WaitersPayload.of(info, await info.context.use(WaitingService).join(info.context.viewer, given))


async def _leave(info: Info, input: LeaveWaitingListInput) -> WaitersPayload:
    return WaitersPayload.of(info, await info.context.use(WaitingService).leave(info.context.viewer, input.ids))


Ids = Annotated[list[strawberry.ID], strawberry.argument(description="At most 1,000.")]


async def _waiters(info: Info, ids: Ids) -> list[Waiter]:
    found = await info.context.use(WaitingService).waiters(info.context.viewer, ids)
    return [Waiter.of(waiter) for waiter in found]


@strawberry.type
class WaitingQuery:
    waiters: list[Waiter] = field(_waiters, description="Those of these ids; needs the scope stock:hold.")


@strawberry.type
class WaitingMutation:
    join_waiting_list: WaitersPayload = field(
        _join, description="Waits for what cannot be had now; needs the scope stock:hold."
    )
    leave_waiting_list: WaitersPayload = field(_leave, description="Gives places up; needs stock:hold.")
