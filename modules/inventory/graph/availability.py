"""What can be had: `Product.availability` and `stockChanged`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from modules.inventory.graph.sources import Source
from modules.inventory.model.levels import StockNews, sees_stock
from modules.inventory.service.following import FollowingService
from modules.inventory.service.stock import InventoryService
from modules.kernel import stock
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    After,
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Product,
    Wanted,
    product_field,
    subscription,
)
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import format_quantity
from modules.kernel.stock import AvailabilityState
from modules.kernel.viewer import Permission, Viewer

strawberry.enum(
    AvailabilityState,
    description="IN_STOCK and FEW_LEFT: can leave at once. BACK_ORDER: can be ordered, leaves at `earliest` or when it "
    "is known. PRE_ORDER: comes at `earliest`. OUT_OF_STOCK: nothing is expected. UNKNOWN: nobody counts it here.",
)


@strawberry.type(description="Goods on their way.")
class Incoming:
    at: DateTime = strawberry.field(description="When they are expected.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")


@strawberry.type(
    description="One source's share. `onHand`, `held`, `committed`, `safetyStock`, `buffer`, `stale` and `incoming` "
    "are null for who may not see stock: the scope stock:read, or store associates."
)
class SourceAvailability:
    source: Source = strawberry.field(description="Where.")
    available: Decimal | None = strawberry.field(
        description="What can be had from here, in the product's unit; null: without limit, or states only."
    )
    on_hand: Decimal | None = strawberry.field(description="In the product's unit.")
    held: Decimal | None = strawberry.field(description="Set aside for others, in the product's unit.")
    committed: Decimal | None = strawberry.field(description="Sold and not shipped yet, in the product's unit.")
    safety_stock: Decimal | None = strawberry.field(description="Never sold, in the product's unit.")
    buffer: Decimal | None = strawberry.field(
        description="Left untouched by this channel, and while the figures are stale, in the product's unit."
    )
    stale: bool | None = strawberry.field(
        description="STALE_STOCK: nobody has told of it for longer than its figures hold, or a change is missing."
    )
    earliest: DateTime | None = strawberry.field(
        description="When the first unit can leave from here at the earliest; null: not known."
    )
    incoming: list[Incoming] | None = strawberry.field(description="The soonest first.")
    can_ship: bool = strawberry.field(description="Whether goods are sent from here.")
    can_pick_up: bool = strawberry.field(description="Whether customers fetch goods here.")
    as_of: DateTime = strawberry.field(description="When this level last changed.")


@strawberry.type(description="What can be had of a product in this channel, over all of the channel's sources.")
class Availability:
    state: AvailabilityState = strawberry.field(description="How a shopper is told.")
    available: Decimal | None = strawberry.field(
        description="What can be had, in the product's unit; null: without limit, or the channel shows states only."
    )
    earliest: DateTime | None = strawberry.field(description="When it can leave at the earliest; null: not known.")
    sources: list[SourceAvailability] = strawberry.field(description="Sources that count it, in the channel's order.")


@strawberry.type(description="Availability as it is now.")
class StockEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="Where to resume: `after`.")
    items: list[Product] = strawberry.field(
        description="All products asked for, or with CHANGE those whose stock changed. Their `availability` counts the "
        "sources asked for."
    )


Skus = Annotated[list[strawberry.ID], strawberry.argument(description="1 to 1,000, all of products that exist.")]

Places = Annotated[
    list[strawberry.ID] | None, strawberry.argument(description="Of this channel; without them, all of its sources.")
]

Promised = Annotated[
    DateTime | None,
    strawberry.argument(
        description="A promise date, which counts what arrives until then, or a moment of the past; needs the scope "
        "time:travel. Without it: now."
    ),
]


async def _stock_changed(
    info: Info, skus: Skus, sources: Places = None, after: After = None
) -> AsyncGenerator[StockEvent, None]:
    service, context = info.context.use(InventoryService), info.context
    following = context.use(FollowingService)
    async for news in following.follow(context.viewer, context.feed, [Sku(sku) for sku in skus], sources, after):
        # Fields that no slot answers must not be asked for the moment at which the subscription began.
        context.viewer = replace(context.viewer, now=news.at)
        yield _event(news, service, context.viewer)


def _reads(viewer: Viewer) -> Hashable:
    """Whether figures are shown, and whether those of another moment may be asked for."""
    return sees_stock(viewer), viewer.may(Permission.TIME_TRAVEL)


@strawberry.type
class StockSubscription:
    stock_changed: StockEvent = subscription(
        _stock_changed,
        reads=_reads,
        description="Availability of at most 1,000 products in this channel, or in some of its sources: that of now, "
        "then each change.",
    )


_AVAILABLE_NOW = Wanted("availability", (None,))
"""`availability` without arguments."""


def _event(news: StockNews, service: InventoryService, viewer: Viewer) -> StockEvent:
    """New objects each time: slots of an earlier delivery hold its availability."""
    sight = Sight(service, viewer)
    items = [Product(sku=strawberry.ID(item.sku), filled={_AVAILABLE_NOW: sight.of(item)}) for item in news.items]
    return StockEvent(kind=news.kind, cursor=news.cursor, items=items)


def _product_availability(parent: strawberry.Parent[Product], info: Info, at: Promised = None) -> Availability | None:
    return parent.slot(info, "availability", at)  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `availability` of all products; one statement for each moment that was selected."""
    service = context.use(InventoryService)
    sight = Sight(service, context.viewer)
    skus = [Sku(product.sku) for product in products]
    for want in selection:
        (at,) = want.arguments
        answers = await service.availability(skus, context.viewer, at)  # type: ignore[arg-type]
        for product, answer in zip(products, answers, strict=True):
            product.filled[want] = sight.of(answer)


async def exists(skus: Sequence[Sku], context: GraphContext) -> Sequence[bool]:
    """Which of these anybody counts."""
    return await context.use(InventoryService).counted(skus)


class Sight:
    """What one viewer sees of stock: everything becomes plain values here, which cost nothing to read."""

    def __init__(self, service: InventoryService, viewer: Viewer) -> None:
        self._service = service
        self.sees = sees_stock(viewer)
        self.figures = viewer.channel.shows_figures or self.sees
        self._sources: dict[SourceId, Source] = {}

    def of(self, answer: stock.Availability) -> Availability:
        """The answer, without what this viewer may not see."""
        return Availability(
            state=answer.state,
            available=figure(answer.available, self.figures),
            earliest=None if answer.earliest is None else DateTime(answer.earliest),
            sources=[self._share(share) for share in answer.sources],
        )

    def _share(self, share: stock.SourceAvailability) -> SourceAvailability:
        return SourceAvailability(
            source=self._source(share.source),
            available=figure(share.available, self.figures),
            on_hand=figure(share.on_hand, self.sees),
            held=figure(share.held, self.sees),
            committed=figure(share.committed, self.sees),
            safety_stock=figure(share.safety_stock, self.sees),
            buffer=figure(share.buffer, self.sees),
            stale=share.stale if self.sees else None,
            earliest=None if share.earliest is None else DateTime(share.earliest),
            incoming=[_incoming(item) for item in share.incoming] if self.sees else None,
            can_ship=share.can_ship,
            can_pick_up=share.can_pick_up,
            as_of=DateTime(share.as_of),
        )

    def _source(self, name: SourceId) -> Source:
        if name not in self._sources:
            self._sources[name] = Source.of(self._service.source(name))
        return self._sources[name]


def _incoming(item: stock.IncomingStock) -> Incoming:
    return Incoming(at=DateTime(item.at), quantity=Decimal(format_quantity(item.quantity)))


def figure(quantity: int | None, seen: bool) -> Decimal | None:
    return Decimal(format_quantity(quantity)) if seen and quantity is not None else None


FIELDS = {"availability": product_field(_product_availability, description="What can be had of it.", reads=_reads)}
