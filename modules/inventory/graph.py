"""Inventory's part of the graph: `Product.availability`, `sources`, `setStockLevels`, `stockChanged`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from modules.inventory import model
from modules.inventory.model import ANY, SourceType, StockNews, UnknownLocation as Unknown, sees_stock
from modules.inventory.service import InventoryService
from modules.kernel import stock
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    After,
    DateTime,
    Decimal,
    GraphContext,
    Info,
    Outcome,
    Part,
    Problem,
    Product,
    Wanted,
    field,
    product_field,
    subscription,
)
from modules.kernel.money import format_micros
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import format_quantity
from modules.kernel.stock import AvailabilityState
from modules.kernel.viewer import Viewer

strawberry.enum(
    AvailabilityState,
    description="IN_STOCK and FEW_LEFT: can leave at once. BACK_ORDER: can be ordered, leaves at `earliest` or when it "
    "is known. PRE_ORDER: comes at `earliest`. OUT_OF_STOCK: nothing is expected. UNKNOWN: nobody counts it here.",
)
strawberry.enum(SourceType, description="What kind of place it is.")


@strawberry.type(description="A warehouse, store or dropshipper that holds stock.")
class Source:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    name: str = strawberry.field(description="For people.")
    type: SourceType = strawberry.field(description="What kind of place it is.")
    country: str | None = strawberry.field(description="ISO 3166, two letters.")
    latitude: Decimal | None = strawberry.field(description="Degrees, north is positive.")
    longitude: Decimal | None = strawberry.field(description="Degrees, east is positive.")
    cut_off: str | None = strawberry.field(description='"HH:MM" in `zone`: what is ordered later leaves a day later.')
    zone: str = strawberry.field(description="IANA time zone.")
    can_ship: bool = strawberry.field(description="Whether goods are sent from here.")
    can_pick_up: bool = strawberry.field(description="Whether customers fetch goods here.")
    sells: bool = strawberry.field(description="False: for planning only, in no channel's availability.")

    @classmethod
    def of(cls, source: model.Source) -> Source:
        """From the model's value."""
        latitude, longitude = source.latitude_micros, source.longitude_micros
        return cls(
            id=strawberry.ID(source.id),
            name=source.name,
            type=source.type,
            country=source.country,
            latitude=None if latitude is None else Decimal(format_micros(latitude)),
            longitude=None if longitude is None else Decimal(format_micros(longitude)),
            cut_off=source.cut_off,
            zone=source.zone,
            can_ship=source.can_ship,
            can_pick_up=source.can_pick_up,
            sells=source.sells,
        )


@strawberry.type(description="Goods on their way.")
class Incoming:
    at: DateTime = strawberry.field(description="When they are expected.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")


@strawberry.type(
    description="One source's share. `onHand`, `safetyStock` and `incoming` are null for who may not see stock: the "
    "scope stock:read, or store associates."
)
class SourceAvailability:
    source: Source = strawberry.field(description="Where.")
    available: Decimal | None = strawberry.field(
        description="What can be had from here, in the product's unit; null: without limit, or states only."
    )
    on_hand: Decimal | None = strawberry.field(description="In the product's unit.")
    safety_stock: Decimal | None = strawberry.field(description="Never sold, in the product's unit.")
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


@strawberry.federation.type(shareable=True, description="No source has this id.")
class UnknownLocation(Problem):
    source: strawberry.ID = strawberry.field(description="As it was given.")
    allowed: str | None = strawberry.field(description="Those there are.")


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
    backorder_limit: Decimal | None = strawberry.field(default=None, description="What may be sold beyond the shelf.")
    incoming: list[IncomingInput] | None = strawberry.field(default=None, description="At most 100.")

    def given(self) -> model.LevelInput:
        """As the service takes it."""
        goods = self.incoming
        incoming = None if goods is None else [model.IncomingInput(**vars(item)) for item in goods]
        return model.LevelInput(**{**vars(self), "incoming": incoming})


@strawberry.input(description="At most 1,000 levels, each pair of product and source once.")
class SetStockLevelsInput:
    idempotency_key: str = strawberry.field(
        description="Made by the client, 1 to 200 characters; the same key and input within 24 hours: the same outcome."
    )
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    levels: list[StockLevelInput] = strawberry.field(description="At most 1,000, each pair of product and source once.")


@strawberry.input(description="A source, whole: what is left out gets its default.")
class SourceInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    type: SourceType = strawberry.field(default=SourceType.WAREHOUSE, description="What kind of place it is.")
    priority: int = strawberry.field(default=0, description="The smaller, the sooner it is asked.")
    country: str | None = strawberry.field(default=None, description="ISO 3166, two letters.")
    latitude: Decimal | None = strawberry.field(default=None, description="Degrees, north is positive.")
    longitude: Decimal | None = strawberry.field(default=None, description="Degrees, east is positive.")
    cut_off: str | None = strawberry.field(default=None, description='"HH:MM" in `zone`.')
    zone: str = strawberry.field(default="UTC", description="IANA time zone.")
    can_ship: bool = strawberry.field(default=True, description="Whether goods are sent from here.")
    can_pick_up: bool = strawberry.field(default=False, description="Whether customers fetch goods here.")
    sells: bool = strawberry.field(default=True, description="False: for planning only.")


@strawberry.input(description="At most 1,000 sources.")
class UpsertSourcesInput:
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    sources: list[SourceInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.input(description="What a channel leaves untouched for others: exactly one of `units` and `percent`.")
class ChannelBufferInput:
    channel: strawberry.ID = strawberry.field(description="For whom it is held back.")
    sku: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="* is every product.")
    source: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="* is every source.")
    units: Decimal | None = strawberry.field(default=None, description="In the product's unit; 0 ends a buffer.")
    percent: Decimal | None = strawberry.field(default=None, description="Of what is on hand, rounded up to units.")


@strawberry.input(description="At most 1,000 buffers. The most specific one counts.")
class SetChannelBuffersInput:
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    buffers: list[ChannelBufferInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.type(description="What became of the levels; the good ones are written, whatever became of the others.")
class SetStockLevelsPayload(Outcome):
    pass


@strawberry.type(description="What became of sources or buffers; the good ones are written.")
class SetUpStockPayload(Outcome):
    pass


def _sources(info: Info) -> list[Source]:
    return [Source.of(source) for source in info.context.use(InventoryService).sources(info.context.viewer)]


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


async def _set_stock_levels(info: Info, input: SetStockLevelsInput) -> SetStockLevelsPayload:
    service = info.context.use(InventoryService)
    levels = [level.given() for level in input.levels]
    done = await service.set_stock_levels(info.context.viewer, levels, input.reason, input.idempotency_key)
    return SetStockLevelsPayload.of(info, done)


async def _upsert_sources(info: Info, input: UpsertSourcesInput) -> SetUpStockPayload:
    service = info.context.use(InventoryService)
    sources = [model.SourceInput(**vars(source)) for source in input.sources]
    return SetUpStockPayload.of(info, await service.upsert_sources(info.context.viewer, sources, input.reason))


async def _set_channel_buffers(info: Info, input: SetChannelBuffersInput) -> SetUpStockPayload:
    service = info.context.use(InventoryService)
    buffers = [model.BufferInput(**vars(buffer)) for buffer in input.buffers]
    done = await service.set_channel_buffers(info.context.viewer, buffers, input.reason)
    return SetUpStockPayload.of(info, done)


async def _stock_changed(
    info: Info, skus: Skus, sources: Places = None, after: After = None
) -> AsyncGenerator[StockEvent, None]:
    service, context = info.context.use(InventoryService), info.context
    async for news in service.follow(context.viewer, context.feed, [Sku(sku) for sku in skus], sources, after):
        # Fields that no slot answers must not be asked for the moment at which the subscription began.
        context.viewer = replace(context.viewer, now=news.at)
        yield _event(news, service, context.viewer)


@strawberry.type
class Query:
    sources: list[Source] = field(
        _sources, description="All sources, the first asked first; those for planning only with the scope stock:read."
    )


@strawberry.type
class Mutation:
    set_stock_levels: SetStockLevelsPayload = field(
        _set_stock_levels, description="Writes counts absolutely; needs the scope stock:write."
    )
    upsert_sources: SetUpStockPayload = field(
        _upsert_sources, description="Replaces sources or adds them; needs the scope stock:write."
    )
    set_channel_buffers: SetUpStockPayload = field(
        _set_channel_buffers, description="What channels leave untouched for others; needs the scope stock:write."
    )


@strawberry.type
class Subscription:
    stock_changed: StockEvent = subscription(
        _stock_changed,
        description="Availability of at most 1,000 products in this channel, or in some of its sources: that of now, "
        "then each change.",
    )


_AVAILABLE_NOW = Wanted("availability", (None,))
"""`availability` without arguments."""


def _event(news: StockNews, service: InventoryService, viewer: Viewer) -> StockEvent:
    """New objects each time: slots of an earlier delivery hold its availability."""
    sight = _Sight(service, viewer)
    items = [Product(sku=strawberry.ID(item.sku), filled={_AVAILABLE_NOW: sight.of(item)}) for item in news.items]
    return StockEvent(kind=news.kind, cursor=news.cursor, items=items)


def _product_availability(parent: strawberry.Parent[Product], info: Info, at: Promised = None) -> Availability | None:
    return parent.slot(info, "availability", at)  # type: ignore[no-any-return]


async def prefetch(products: Sequence[Product], selection: Sequence[Wanted], context: GraphContext) -> None:
    """Fills `availability` of all products; one statement for each moment that was selected."""
    service = context.use(InventoryService)
    sight = _Sight(service, context.viewer)
    skus = [Sku(product.sku) for product in products]
    for want in selection:
        (at,) = want.arguments
        answers = await service.availability(skus, context.viewer, at)  # type: ignore[arg-type]
        for product, answer in zip(products, answers, strict=True):
            product.filled[want] = sight.of(answer)


async def exists(skus: Sequence[Sku], context: GraphContext) -> Sequence[bool]:
    """Which of these anybody counts."""
    return await context.use(InventoryService).counted(skus)


class _Sight:
    """What one viewer sees of stock: everything becomes plain values here, which cost nothing to read."""

    def __init__(self, service: InventoryService, viewer: Viewer) -> None:
        self._service = service
        self._sees = sees_stock(viewer)
        self._figures = viewer.channel.shows_figures or self._sees
        self._sources: dict[SourceId, Source] = {}

    def of(self, answer: stock.Availability) -> Availability:
        """The answer, without what this viewer may not see."""
        return Availability(
            state=answer.state,
            available=_figure(answer.available, self._figures),
            earliest=None if answer.earliest is None else DateTime(answer.earliest),
            sources=[self._share(share) for share in answer.sources],
        )

    def _share(self, share: stock.SourceAvailability) -> SourceAvailability:
        return SourceAvailability(
            source=self._source(share.source),
            available=_figure(share.available, self._figures),
            on_hand=_figure(share.on_hand, self._sees),
            safety_stock=_figure(share.safety_stock, self._sees),
            incoming=[_incoming(item) for item in share.incoming] if self._sees else None,
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


def _figure(quantity: int | None, seen: bool) -> Decimal | None:
    return Decimal(format_quantity(quantity)) if seen and quantity is not None else None


def _unknown_location(error: Unknown) -> UnknownLocation:
    return UnknownLocation(
        code=error.code,
        message=error.message,
        path=list(error.path),
        source=strawberry.ID(error.source),
        allowed=error.allowed,
    )


PART = Part(
    "inventory",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    product_fields={
        "availability": product_field(
            _product_availability,
            description="What can be had of it.",
        )
    },
    prefetch=prefetch,
    exists=exists,
    types=(UnknownLocation,),
    problems={Unknown: _unknown_location},
)
