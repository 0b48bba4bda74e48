"""Feeds: what systems of record tell about stock."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.inventory.model import feeds as model
from modules.inventory.model.feeds import FeedMode
from modules.inventory.service.feeds import FeedService, FeedSight, Taken
from modules.kernel.graph import DateTime, Decimal, Info, Problem, field, problems

strawberry.enum(
    FeedMode,
    description="ABSOLUTE: what lies there. DELTA: what came (positive) or went (negative) since the last one.",
)


@strawberry.input(description="A figure of a system of record.")
class StockMessageInput:
    sku: strawberry.ID = strawberry.field(description="Of a product that exists.")
    source: strawberry.ID = strawberry.field(description="Of a source that exists.")
    mode: FeedMode = strawberry.field(description="What `quantity` is.")
    quantity: Decimal = strawberry.field(description="In the product's unit; may be negative.")
    seq: Decimal = strawberry.field(
        description="A whole number that rises by one with each message of this system about this product at this "
        "source. An absolute figure may leave numbers out."
    )
    as_of: DateTime = strawberry.field(description="When it was so, by the system's clock.")
    orders: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Orders that the figure contains already, so that they are not taken off twice.",
    )


@strawberry.input(description="Messages of one system; in any order, any number of times.")
class RecordStockFeedInput:
    system: str = strawberry.field(description="Its name, 1 to 64 of letters, digits, `.`, `_` and `-`.")
    messages: list[StockMessageInput] = strawberry.field(description="1 to 1,000.")
    snapshot: strawberry.ID = strawberry.field(
        default=strawberry.ID(""), description="Of the full telling they are part of; empty for none."
    )


@strawberry.type(
    description="What became of the messages. All but refused ones are acknowledged: do not send them again."
)
class StockFeedPayload:
    applied: int = strawberry.field(description="Messages that count now.")
    ignored: int = strawberry.field(description="Messages that were known, or older than what is known.")
    parked: int = strawberry.field(description="Deltas that wait for one before them.")
    changed: int = strawberry.field(description="Levels that are others now.")
    problems: list[Problem] = strawberry.field(description="Why single messages were refused, each with its path.")

    @classmethod
    def of(cls, info: Info, taken: Taken) -> Self:
        """From the service's answer."""
        found = problems(info.context, taken.problems)
        return cls(
            applied=taken.applied, ignored=taken.ignored, parked=taken.parked, changed=taken.changed, problems=found
        )


@strawberry.input(description="The beginning of a full telling.")
class BeginStockSnapshotInput:
    system: str = strawberry.field(description="Whose.")
    snapshot: strawberry.ID = strawberry.field(description="Made by the system, a new one for each telling.")
    sources: list[strawberry.ID] = strawberry.field(description="Where everything is told of.")


@strawberry.input(description="The end of a full telling.")
class EndStockSnapshotInput:
    snapshot: strawberry.ID = strawberry.field(description="As it was begun.")
    complete: bool = strawberry.field(description="True: what was not named has gone, and counts 0 now.")


@strawberry.input(description="Orders that a system of record has taken up.")
class AcknowledgeOrdersInput:
    orders: list[strawberry.ID] = strawberry.field(description="1 to 1,000.")
    at: DateTime = strawberry.field(description="Since when its figures contain them.")


@strawberry.type(description="What became of it.")
class FeedPayload:
    problems: list[Problem] = strawberry.field(description="Why not; empty when it was done.")


@strawberry.type(description="A system's telling about a source.")
class StockFeed:
    system: str = strawberry.field(description="Its name.")
    source: strawberry.ID = strawberry.field(description="About what.")
    heard_at: DateTime = strawberry.field(description="When it was heard last.")
    applied: int = strawberry.field(description="Messages applied so far.")
    ignored: int = strawberry.field(description="Messages that were known already, so far.")

    @classmethod
    def of(cls, sight: FeedSight) -> Self:
        """From the service's answer."""
        return cls(
            system=sight.system,
            source=strawberry.ID(sight.source),
            heard_at=DateTime(sight.heard_at),
            applied=sight.applied,
            ignored=sight.ignored,
        )


async def _record(info: Info, input: RecordStockFeedInput) -> StockFeedPayload:
    messages = [model.MessageInput(**vars(message)) for message in input.messages]
    service = info.context.use(FeedService)
    return StockFeedPayload.of(info, await service.take(info.context.viewer, input.system, messages, input.snapshot))


async def _begin(info: Info, input: BeginStockSnapshotInput) -> FeedPayload:
    service = info.context.use(FeedService)
    refused = await service.begin(info.context.viewer, input.system, input.snapshot, input.sources)
    return FeedPayload(problems=problems(info.context, refused))


async def _end(info: Info, input: EndStockSnapshotInput) -> StockFeedPayload:
    service = info.context.use(FeedService)
    return StockFeedPayload.of(info, await service.end(info.context.viewer, input.snapshot, input.complete))


async def _acknowledge(info: Info, input: AcknowledgeOrdersInput) -> FeedPayload:
    service = info.context.use(FeedService)
    refused = await service.acknowledge(info.context.viewer, input.orders, input.at)
    return FeedPayload(problems=problems(info.context, refused))


async def _feeds(info: Info) -> list[StockFeed]:
    return [StockFeed.of(sight) for sight in await info.context.use(FeedService).feeds(info.context.viewer)]


@strawberry.type
class FeedQuery:
    stock_feeds: list[StockFeed] = field(
        _feeds, description="Who tells about what, and when it was heard last; needs the scope stock:read."
    )


@strawberry.type
class FeedMutation:
    record_stock_feed: StockFeedPayload = field(
        _record, description="Takes up figures of a system of record; needs the scope stock:write."
    )
    begin_stock_snapshot: FeedPayload = field(_begin, description="A full telling begins; needs stock:write.")
    end_stock_snapshot: StockFeedPayload = field(_end, description="A full telling is over; needs stock:write.")
    acknowledge_orders: FeedPayload = field(
        _acknowledge, description="Figures of later moments contain these orders; needs stock:write."
    )
