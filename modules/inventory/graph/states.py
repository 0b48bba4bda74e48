"""Few left, back in stock: how a channel shows a product, and when that changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from modules.inventory.engine.following import States
from modules.inventory.graph.availability import Skus
from modules.inventory.service.following import FollowingService
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import After, DateTime, Info, Product, subscription
from modules.kernel.names import Sku
from modules.kernel.stock import AvailabilityState


@strawberry.type(description="How a product is shown now.")
class StockState:
    product: Product = strawberry.field(description="Which.")
    state: AvailabilityState = strawberry.field(description="As it is now.")
    previous: AvailabilityState | None = strawberry.field(
        description="As this subscription was told before; null: it was not."
    )
    earliest: DateTime | None = strawberry.field(description="When it can leave at the earliest; null: not known.")


@strawberry.type(description="States as they are now.")
class StockStateEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="Where to resume: `after`.")
    items: list[StockState] = strawberry.field(
        description="All products asked for, or with CHANGE those that are shown otherwise than before."
    )


async def _stock_state_changed(info: Info, skus: Skus, after: After = None) -> AsyncGenerator[StockStateEvent, None]:
    following, context, states = info.context.use(FollowingService), info.context, States()
    async for news in following.follow(context.viewer, context.feed, [Sku(sku) for sku in skus], None, after):
        changed = states.take(news)
        if changed or news.kind is not ChangeKind.CHANGE:
            items = [
                StockState(
                    product=Product(sku=strawberry.ID(item.sku)),
                    state=item.state,
                    previous=previous,
                    earliest=None if item.earliest is None else DateTime(item.earliest),
                )
                for item, previous in changed
            ]
            yield StockStateEvent(kind=news.kind, cursor=news.cursor, items=items)


@strawberry.type
class StateSubscription:
    stock_state_changed: StockStateEvent = subscription(
        _stock_state_changed,
        description="How at most 1,000 products are shown in this channel, then each change of it: FEW_LEFT, back "
        "IN_STOCK. What lasts is told, once; a state that comes and goes at once may not be.",
    )
