"""Following a cart: what its devices do, and what prices, promotions, stock and time do to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from modules.cart.engine.news import Cause
from modules.cart.model import Cart
from modules.cart.service.carts import CartService, Seen
from modules.cart.service.opened import OpenCarts, Watch
from modules.cart.service.quotes import CartQuotes, Memory
from modules.kernel.errors import CogwerkError, Unavailable, UnknownPlace
from modules.kernel.feed import ChangeKind, Delivery, Feed
from modules.kernel.viewer import Viewer

AGAIN: Final = timedelta(seconds=1)
"""When a cart is looked at again that could not be priced, as something was away."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A followed cart as it was read at a moment, with what its devices did and what else touched it since."""

    seen: Seen
    causes: tuple[Cause, ...]
    memory: Memory
    """For the quotes of this event, which are compared with those of the one before."""


class CartFollowing:
    """One per process."""

    def __init__(self, carts: CartService, quotes: CartQuotes, opened: OpenCarts, again: timedelta = AGAIN) -> None:
        self._carts = carts
        self._quotes = quotes
        self._opened = opened
        self._again = again

    @asynccontextmanager
    async def follow(
        self, key: str, viewer: Viewer, feed: Feed, after: str | None = None
    ) -> AsyncIterator[AsyncIterator[Sight]]:
        """The cart now, after each change by a device, and whenever something else has changed what the viewer was
        shown of its quotes. The cursor is always that of the cart's own stream: it is what a subscription resumes by,
        and the first sight after that holds the present quote.

        Raises what `CartService.follow` raises.
        """
        async with self._carts.follow(key, feed, after) as seen:
            with self._opened.watch() as watch:
                async with aclosing(self._sights(key, viewer, seen, watch)) as sights:
                    yield sights

    async def _sights(
        self, key: str, viewer: Viewer, carts: AsyncIterator[Seen], watch: Watch
    ) -> AsyncGenerator[Sight, None]:
        memory, arriving = Memory(), _coming(carts)
        last: Seen | None = None
        try:
            while True:
                await watch.wait(arriving, memory.until)
                sight: Sight | None = None
                if arriving.done():
                    last = arriving.result()
                    if last is None:
                        return
                    arriving = _coming(carts)
                    memory.turn()
                    sight = Sight(last, watch.settle(), memory)
                elif last is not None:
                    sight = await self._touched(key, viewer, last.delivery.cursor, watch, memory)
                if sight:
                    # Before the quotes are made: what changes meanwhile touches the cart. Again behind them, as only
                    # then their gifts are known.
                    self._see(watch, sight.seen.cart, viewer, memory)
                    yield sight
                    memory.rest()
                    self._see(watch, sight.seen.cart, viewer, memory)
        finally:
            arriving.cancel()
            await asyncio.gather(arriving, return_exceptions=True)

    async def _touched(self, key: str, viewer: Viewer, cursor: str, watch: Watch, memory: Memory) -> Sight | None:
        """The cart, if what has touched it shows."""
        causes = watch.take()
        try:
            cart, now = await self._carts.get(key), datetime.now(UTC)
            if cart is None or not await self._shows(cart, replace(viewer, now=now), memory):
                return None
        except Unavailable:
            for cause in causes:
                watch.touch(cause, self._again)
            return None
        finally:
            watch.rest()
        return Sight(Seen(Delivery(ChangeKind.CHANGE, cursor), cart, now), causes, memory)

    async def _shows(self, cart: Cart, viewer: Viewer, memory: Memory) -> bool:
        try:
            return await self._quotes.has_news(cart, viewer, memory)
        except Unavailable:
            raise
        except CogwerkError:
            # The event says it where the quote stands: the channel is gone, a right was taken away.
            memory.turn()
            return True

    def _see(self, watch: Watch, cart: Cart, viewer: Viewer, memory: Memory) -> None:
        skus = memory.skus.union(line.sku for line in cart.lines)
        try:
            standing = self._carts.viewer_at(cart, viewer)
            self._opened.see(watch, skus, (standing.channel, standing.currency))
        except UnknownPlace:
            self._opened.see(watch, skus, None)


def _coming(carts: AsyncIterator[Seen]) -> asyncio.Task[Seen | None]:
    return asyncio.create_task(_next(carts), name="open cart")


async def _next(carts: AsyncIterator[Seen]) -> Seen | None:
    return await anext(carts, None)
