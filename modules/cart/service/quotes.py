"""Quotes of carts: kept for a day where their id is asked for, and compared with earlier ones (P-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from modules.cart.engine.changes import differs, price_changes
from modules.cart.engine.glimpses import Glimpse
from modules.cart.engine.keeping import KeptQuote, own_view, views
from modules.cart.engine.notices import by_line
from modules.cart.engine.terms import NOTHING, Wishes
from modules.cart.model import Cart
from modules.cart.service.carts import CartService
from modules.cart.store import QuoteStore
from modules.kernel.basket import Notice, Quote
from modules.kernel.later import Later
from modules.kernel.names import Sku
from modules.kernel.viewer import Viewer


class Memory:
    """What a subscription has shown: by terms, the quotes of its present event, and what was seen of earlier ones."""

    def __init__(self) -> None:
        self.before: dict[Wishes, Glimpse] = {}
        self.latest: dict[Wishes, KeptQuote] = {}
        """Of the event that is being answered."""
        self.shown: dict[Wishes, Glimpse] = {}
        """Of the event that was answered last."""
        self.stocked: set[Wishes] = set()
        """Terms on which somebody is shown whether the goods are there."""

    def turn(self) -> None:
        """A new event begins."""
        self.rest()
        self.before |= self.shown
        self.shown = {}

    def rest(self) -> None:
        """The event is answered: of its quotes no more is kept than later ones are compared with."""
        if self.latest:
            self.shown = {wishes: Glimpse.of(kept) for wishes, kept in self.latest.items()}
            self.latest = {}

    def known(self, wishes: Wishes, stock: bool) -> KeptQuote | None:
        """The present event's quote, if it says what is asked for."""
        if stock and wishes not in self.stocked:
            self.stocked.add(wishes)
            return None
        return self.latest.get(wishes)

    @property
    def until(self) -> datetime | None:
        """When the first of the quotes ends that were answered; None when none does, as those of another moment never
        do."""
        ends = (glimpse.valid_until for wishes, glimpse in self.shown.items() if wishes.at is None)
        return min(ends, default=None)

    @property
    def skus(self) -> set[Sku]:
        """What stands in the quotes, gifts too."""
        present = {line.sku for kept in self.latest.values() for line in kept.quote.lines}
        return present.union(*(glimpse.skus for glimpse in self.shown.values()))


class CartQuotes:
    """One per process."""

    def __init__(self, carts: CartService, store: QuoteStore) -> None:
        self._carts = carts
        self._store = store

    async def quote(
        self,
        cart: Cart,
        viewer: Viewer,
        wishes: Wishes = NOTHING,
        *,
        keep: bool = False,
        since: str | None = None,
        memory: Memory | None = None,
        stock: bool = True,
    ) -> Quote:
        """What the cart costs this viewer on these terms, with PRICE_CHANGED notices against an earlier quote: the one
        that the subscription has shown last, else the kept one of the id `since`. With `keep` it can be read again for
        24 hours. At most one round trip more; QUOTE_NOT_KEPT when there is none of that id. Without `stock` no notice
        says what is missing; what is kept says it always.

        Raises what `CartService.quote` raises.
        """
        stock = stock or keep or (memory is not None and wishes in memory.stocked)
        now = memory.known(wishes, stock) if memory else None
        if now is None:
            now = KeptQuote.of(await self._carts.quote(cart, viewer, wishes, stock=stock), cart, wishes)
        earlier = memory.before.get(wishes) if memory else None
        sought = None if earlier else since
        if keep or sought:
            new = now if keep else None
            found = await self._store.exchange(cart.id, new, own_view(viewer), sought, views(viewer))
            earlier = earlier or (Glimpse.of(found) if found else None)
        if memory and (stock or wishes not in memory.stocked):
            memory.latest[wishes] = now

        def notices() -> tuple[Notice, ...]:
            said = price_changes(earlier, now) if earlier else _not_kept(sought)
            return by_line([*now.quote.notices, *said], cart.lines)

        return replace(now.quote, notices=Later(notices))

    async def kept(self, cart: Cart, viewer: Viewer, id: str) -> Quote | None:
        """A quote of this cart as it was answered within the last 24 hours; None for one that was not kept, or that
        this viewer would not have been shown. Whoever calls has opened the cart."""
        found = await self._store.read(cart.id, id, views(viewer))
        return found.quote if found else None

    async def has_news(self, cart: Cart, viewer: Viewer, memory: Memory) -> bool:
        """Prices the cart anew on all terms that were shown last; whether anything differs from what was shown. Then
        the new quotes stand in the memory for the next event. Always where nothing was shown that could differ.

        Raises what `CartService.quote` raises.
        """
        if not memory.shown:
            return True
        fresh: dict[Wishes, KeptQuote] = {}
        for wishes in memory.shown:
            quote = await self._carts.quote(cart, viewer, wishes, stock=wishes in memory.stocked)
            fresh[wishes] = KeptQuote.of(quote, cart, wishes)
        changed = any(differs(memory.shown[wishes], kept.quote) for wishes, kept in fresh.items())
        if changed:
            memory.turn()
        memory.latest = fresh
        if not changed:
            memory.rest()
        return changed


def _not_kept(id: str | None) -> list[Notice]:
    if id is None:
        return []
    message = "The earlier quote is not kept any more, so nothing is compared with it."
    return [Notice("QUOTE_NOT_KEPT", message, data={"quote": id[:64]})]
