"""Reservations: set aside, extended, bound to an order, shipped, given back."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from modules.inventory.engine.wishes import HoldInput, LineInput
from modules.inventory.graph.sources import SetUpStockPayload, StockDestinationInput
from modules.inventory.model import holding as rules_model
from modules.inventory.model.holding import Purpose
from modules.inventory.model.reservations import (
    Decision,
    HoldLimitReached as LimitReached,
    InsufficientOnHand as TooFew,
    InvalidTransition as Invalid,
    Reservation as Kept,
    ReservationExpired as Expired,
    ReservationState,
    UnknownReservation as Unknown,
)
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import KEY, REASON, DateTime, Decimal, Info, Problem, Product, field, instant, problems
from modules.kernel.graph.problems import common
from modules.kernel.quantity import format_quantity

strawberry.enum(
    Purpose,
    name="HoldPurpose",
    description="What goods are set aside for; each has a life time of its own: CART 30 minutes, CHECKOUT 15 minutes, "
    "PAYMENT an hour, PICKUP 48 hours, CUSTOMER 7 days, QUOTE 14 days, MANUAL until released, unless a channel's hold "
    "rules say otherwise.",
)
strawberry.enum(
    ReservationState,
    description="HELD becomes COMMITTED, RELEASED or EXPIRED; COMMITTED becomes SHIPPED or RELEASED. Nothing else.",
)


@strawberry.type(description="So much of a product, set aside at one source.")
class Reservation:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    hold_id: strawberry.ID = strawberry.field(description="Of the hold that made it, with others perhaps.")
    line_id: str = strawberry.field(description="As the caller named it.")
    product: Product = strawberry.field(description="Of what.")
    source: strawberry.ID = strawberry.field(description="Where.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")
    shipped: Decimal = strawberry.field(description="How much of it has left.")
    state: ReservationState = strawberry.field(description="Where it stands.")
    purpose: Purpose = strawberry.field(description="What for.")
    order: str | None = strawberry.field(description="The order it is bound to.")
    expires_at: DateTime | None = strawberry.field(
        description="The first moment at which it counts no more; null: it does not expire."
    )

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(kept.id),
            hold_id=strawberry.ID(kept.hold),
            line_id=kept.line,
            product=Product(sku=strawberry.ID(kept.sku)),
            source=strawberry.ID(kept.source),
            quantity=Decimal(format_quantity(kept.quantity)),
            shipped=Decimal(format_quantity(kept.shipped)),
            state=kept.state,
            purpose=kept.purpose,
            order=kept.order or None,
            expires_at=instant(kept.expires_at_us),
        )


@strawberry.type(description="The reservations of a call as they are now; none when it was refused.")
class ReservationsPayload:
    reservations: list[Reservation] = strawberry.field(description="In the order of the lines.")
    problems: list[Problem] = strawberry.field(description="Why not, each with its path; nothing is half done.")

    @classmethod
    def of(cls, info: Info, decision: Decision) -> Self:
        """From the service's answer."""
        made = [Reservation.of(item) for item in decision.reservations]
        return cls(reservations=made, problems=problems(info.context, decision.problems))


@strawberry.federation.type(shareable=True, description="No reservation or hold has this id.")
class UnknownReservation(Problem):
    reservation: strawberry.ID = strawberry.field(description="As it was given.")


@strawberry.federation.type(shareable=True, description="A reservation cannot become this from what it is.")
class InvalidTransition(Problem):
    reservation: strawberry.ID = strawberry.field(description="Which.")
    state: str = strawberry.field(description="What it is.")


@strawberry.federation.type(shareable=True, description="The hold's time is over and its goods have gone to others.")
class ReservationExpired(Problem):
    hold: strawberry.ID = strawberry.field(description="Which.")


@strawberry.federation.type(shareable=True, description="Less lies there than is to be shipped.")
class InsufficientOnHand(Problem):
    sku: strawberry.ID = strawberry.field(description="Of what.")
    source: strawberry.ID = strawberry.field(description="Where.")
    on_hand: Decimal = strawberry.field(description="What lies there, in the product's unit.")
    requested: Decimal = strawberry.field(description="What was to be shipped.")


@strawberry.federation.type(shareable=True, description="A customer or owner holds as much as one may.")
class HoldLimitReached(Problem):
    limit: str = strawberry.field(description="How much one may.")


@strawberry.input(description="So much of a product.")
class HoldLineInput:
    line_id: str = strawberry.field(description="The caller's own name for it, 1 to 64 characters.")
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")
    source: strawberry.ID | None = strawberry.field(
        default=None,
        description="From there only; without it, from where the channel's strategy takes it, for PICKUP from the "
        "store of `Cogwerk-Store`.",
    )


@strawberry.input(description="Goods to be set aside: all lines or none.")
class HoldStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[HoldLineInput] = strawberry.field(description="1 to 1,000.")
    purpose: Purpose = strawberry.field(default=Purpose.CHECKOUT, description="What for.")
    owner: str = strawberry.field(default="", description="The cart or session it counts for; without it, the caller.")
    customer: str = strawberry.field(default="", description="Whom limits for one customer count.")
    ttl_seconds: int | None = strawberry.field(
        default=None, description="How long it lasts; without it, as long as its purpose usually does."
    )
    split: bool = strawberry.field(default=True, description="Whether a line may come from several sources.")
    destination: StockDestinationInput | None = strawberry.field(
        default=None, description="Where goods are sent; without it, it is open whether they are sent or fetched."
    )

    def given(self) -> HoldInput:
        """As the service takes it."""
        lines = [
            LineInput(line=line.line_id, sku=line.sku, quantity=line.quantity, source=line.source)
            for line in self.lines
        ]
        place = self.destination.given() if self.destination else None
        return HoldInput(**{**vars(self), "lines": tuple(lines), "destination": place})


@strawberry.input(description="A hold that is to last longer.")
class ExtendHoldInput:
    idempotency_key: str = strawberry.field(description=KEY)
    hold_id: strawberry.ID = strawberry.field(description="Of a hold that has not expired.")
    ttl_seconds: int = strawberry.field(description="From now on; bounded by its purpose.")


@strawberry.input(description="A reservation of another size.")
class ResizeReservationInput:
    idempotency_key: str = strawberry.field(description=KEY)
    reservation_id: strawberry.ID = strawberry.field(description="Of one that is HELD.")
    quantity: Decimal = strawberry.field(description="The new quantity; only what is added must be available.")


@strawberry.input(description="A hold that becomes part of an order.")
class CommitHoldInput:
    idempotency_key: str = strawberry.field(description=KEY)
    hold_id: strawberry.ID = strawberry.field(description="One that has expired is held again first, if that can be.")
    order: str = strawberry.field(description="The order's id, 1 to 64 of letters, digits, `.`, `_` and `-`.")


@strawberry.input(description="Goods to be given back.")
class ReleaseHoldInput:
    idempotency_key: str = strawberry.field(description=KEY)
    id: strawberry.ID = strawberry.field(description="Of a hold, or of one reservation.")
    quantity: Decimal | None = strawberry.field(default=None, description="Of a reservation: only so much.")


@strawberry.input(description="So much of a reservation.")
class ParcelInput:
    reservation_id: strawberry.ID = strawberry.field(description="Of one that is COMMITTED.")
    quantity: Decimal = strawberry.field(description="What has left, at most what is open.")


@strawberry.input(description="Goods that have left. Each parcel for itself: one that is refused hurts no other.")
class ShipStockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    parcels: list[ParcelInput] = strawberry.field(description="1 to 1,000.")


@strawberry.input(description="Goods that came back.")
class RestockInput:
    idempotency_key: str = strawberry.field(description=KEY)
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    source: strawberry.ID = strawberry.field(description="Of a source that exists.")
    quantity: Decimal = strawberry.field(description="In the product's unit, more than 0.")


@strawberry.input(description="How long holds of a purpose last.")
class LifeTimeInput:
    purpose: Purpose = strawberry.field(description="Which.")
    usual_seconds: int | None = strawberry.field(default=None, description="Unless said; null: until released.")
    longest_seconds: int | None = strawberry.field(default=None, description="In all; null: without end.")


@strawberry.input(description="How long and how much a channel lets be set aside, whole.")
class HoldRulesInput:
    channel: strawberry.ID = strawberry.field(
        default=strawberry.ID("*"), description="* is every channel without its own."
    )
    units_per_customer: Decimal | None = strawberry.field(
        default=None, description="Of one product, held at the same time; null: no bound."
    )
    holds_per_owner: int | None = strawberry.field(default=None, description="At the same time; null: no bound.")
    life_times: list[LifeTimeInput] = strawberry.field(
        default_factory=list, description="Purposes that are not named last as long as they usually do."
    )


@strawberry.input(description="Rules of holds.")
class SetHoldRulesInput:
    reason: str = strawberry.field(description=REASON)
    rules: list[HoldRulesInput] = strawberry.field(description="Each channel once.")


async def _hold(info: Info, input: HoldStockInput) -> ReservationsPayload:
    service = info.context.use(ReservationService)
    return ReservationsPayload.of(info, await service.hold(info.context.viewer, input.given()))


async def _extend(info: Info, input: ExtendHoldInput) -> ReservationsPayload:
    service, key = info.context.use(ReservationService), input.idempotency_key
    return ReservationsPayload.of(
        info, await service.extend(info.context.viewer, key, input.hold_id, input.ttl_seconds)
    )


async def _resize(info: Info, input: ResizeReservationInput) -> ReservationsPayload:
    service, key = info.context.use(ReservationService), input.idempotency_key
    done = await service.resize(info.context.viewer, key, input.reservation_id, input.quantity)
    return ReservationsPayload.of(info, done)


async def _commit(info: Info, input: CommitHoldInput) -> ReservationsPayload:
    service, key = info.context.use(ReservationService), input.idempotency_key
    return ReservationsPayload.of(info, await service.commit(info.context.viewer, key, input.hold_id, input.order))


async def _release(info: Info, input: ReleaseHoldInput) -> ReservationsPayload:
    service, key = info.context.use(ReservationService), input.idempotency_key
    return ReservationsPayload.of(info, await service.release(info.context.viewer, key, input.id, input.quantity))


async def _ship(info: Info, input: ShipStockInput) -> ReservationsPayload:
    service = info.context.use(ReservationService)
    parcels = [(str(parcel.reservation_id), str(parcel.quantity)) for parcel in input.parcels]
    return ReservationsPayload.of(info, await service.ship(info.context.viewer, input.idempotency_key, parcels))


async def _restock(info: Info, input: RestockInput) -> ReservationsPayload:
    service, key = info.context.use(ReservationService), input.idempotency_key
    done = await service.restock(info.context.viewer, key, input.sku, input.source, input.quantity)
    return ReservationsPayload.of(info, done)


async def _set_hold_rules(info: Info, input: SetHoldRulesInput) -> SetUpStockPayload:
    rules = [
        rules_model.HoldRulesInput(
            **{**vars(each), "life_times": [rules_model.LifeTimeInput(**vars(life)) for life in each.life_times]}
        )
        for each in input.rules
    ]
    service = info.context.use(InventoryService)
    return SetUpStockPayload.of(info, await service.set_hold_rules(info.context.viewer, rules, input.reason))


Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Of holds or reservations, at most 1,000.")]


async def _reservations(info: Info, ids: Ids) -> list[Reservation]:
    found = await info.context.use(ReservationService).reservations(info.context.viewer, ids)
    return [Reservation.of(item) for item in found]


@strawberry.type
class ReservationQuery:
    reservations: list[Reservation] = field(
        _reservations, description="Those of these ids or holds; needs the scope stock:hold or stock:read."
    )


@strawberry.type
class ReservationMutation:
    hold_stock: ReservationsPayload = field(
        _hold, description="Sets goods aside, all lines or none; needs the scope stock:hold."
    )
    extend_hold: ReservationsPayload = field(_extend, description="Lets a hold last longer; needs stock:hold.")
    resize_reservation: ReservationsPayload = field(_resize, description="Sets aside more or less; needs stock:hold.")
    commit_hold: ReservationsPayload = field(_commit, description="Binds a hold to an order; needs stock:hold.")
    release_hold: ReservationsPayload = field(_release, description="Gives goods back; needs stock:hold.")
    ship_stock: ReservationsPayload = field(_ship, description="Goods have left; needs stock:write.")
    restock: ReservationsPayload = field(_restock, description="Goods came back; needs stock:write.")
    set_hold_rules: SetUpStockPayload = field(
        _set_hold_rules, description="How long and how much may be set aside; needs stock:write."
    )


PROBLEMS = {
    Unknown: lambda error: UnknownReservation(**common(error), reservation=error.reservation),
    Invalid: lambda error: InvalidTransition(**common(error), reservation=error.reservation, state=error.state),
    Expired: lambda error: ReservationExpired(**common(error), hold=error.hold),
    TooFew: lambda error: InsufficientOnHand(
        **common(error), sku=error.sku, source=error.source, on_hand=error.on_hand, requested=error.requested
    ),
    LimitReached: lambda error: HoldLimitReached(**common(error), limit=error.limit),
}
TYPES = (UnknownReservation, InvalidTransition, ReservationExpired, InsufficientOnHand, HoldLimitReached)
