"""The waiting list: who comes first is offered first what is free again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from modules.inventory.engine.intake import check_quantity
from modules.inventory.model.reservations import Offer
from modules.inventory.model.waiting import Waiter, WaiterState
from modules.inventory.ports import Articles
from modules.inventory.service.reservations import ReservationService
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.waiting import WaitingStore
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused
from modules.kernel.intake import NAMES, check
from modules.kernel.names import ChannelId, is_name
from modules.kernel.outcome import MOST_ITEMS, Path, in_order, sift
from modules.kernel.product import Assortment
from modules.kernel.viewer import Permission, Viewer

LOOK_SECONDS: Final = 1.0
LOOKED: Final = 500
"""Skus whose waiters are looked after in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiterInput:
    """A wish to wait, as handed in, unchecked; `id` is the caller's own, so that asking again is harmless."""

    id: str
    sku: str
    quantity: str
    owner: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Places on the list as they are now, by id, and refusals with their paths."""

    waiters: tuple[Waiter, ...] = ()
    problems: tuple[Refused, ...] = ()


class WaitingService:
    """Joins and leaves; offers what became free in other ways than by reservations. Needs STOCK_HOLD.

    What a release, an expiry or a return frees is offered in the transaction that frees it; what a count, a feed or a
    delivery brings is offered within about a second, and may be bought by somebody else until then.
    """

    def __init__(
        self, store: WaitingStore, reservations: ReservationService, stock: InventoryService, articles: Articles
    ) -> None:
        self._store = store
        self._reservations = reservations
        self._stock = stock
        self._articles = articles

    async def join(self, viewer: Viewer, given: Sequence[WaiterInput]) -> Waiting:
        """Puts them on the list of the viewer's channel; who stands there already keeps the place."""
        viewer.require_here(Permission.STOCK_HOLD)
        if problem := _too_many("waiters", given):
            return Waiting(problems=(problem,))
        assortment = await Assortment.of((each.sku for each in given), self._articles)
        good, refused = sift("waiters", given, lambda item, path: _waiter(item, path, assortment, viewer), "id")
        joined = await self._store.join([waiter for _, waiter in good]) if good else []
        wishes = {waiter.id: (path, waiter.wish) for path, waiter in good}
        others = [kept for kept in joined if kept.wish != wishes[kept.id][1]]
        refused += [IdempotencyConflict(kept.id, (*wishes[kept.id][0], "id")) for kept in others]
        return Waiting(tuple(kept for kept in joined if kept not in others), in_order(refused))

    async def leave(self, viewer: Viewer, ids: Sequence[str]) -> Waiting:
        """Takes those off the list that still wait; an offer is given back by releasing its hold. Those of channels and
        stores that are not the principal's do not exist for them."""
        viewer.require_here(Permission.STOCK_HOLD)
        if problem := _too_many("ids", ids):
            return Waiting(problems=(problem,))
        mine = await self._store.waiters(list(ids))
        return Waiting(tuple(await self._store.leave([one.id for one in mine if one.is_for(viewer.principal)])))

    async def waiters(self, viewer: Viewer, ids: Sequence[str]) -> list[Waiter]:
        """Those of these ids that are the principal's, by id."""
        viewer.require_here(Permission.STOCK_HOLD)
        found = await self._store.waiters(list(ids)[:MOST_ITEMS])
        return [one for one in found if one.is_for(viewer.principal)]

    async def watch(self) -> None:
        """Looks after those who wait, until it is cancelled."""
        while True:
            await self.offer()
            await asyncio.sleep(LOOK_SECONDS)

    async def retire(self, age: timedelta) -> None:
        """Forgets places that ended, with their offers; of who joined so long ago."""
        while await self._store.retire(age // timedelta(microseconds=1), LOOKED) == LOOKED:
            pass

    async def offer(self) -> None:
        """Lets those who wait have what can be had by now."""
        skus = await self._store.wanted(LOOKED)
        sources = list(self._stock.all_sources())
        if skus and sources:
            places = tuple((sku, source) for sku in skus for source in sources)
            await self._reservations.decide(Offer(places=places))


def _too_many(name: str, given: Sequence[object]) -> Refused | None:
    if len(given) <= MOST_ITEMS:
        return None
    return InvalidInput(f"There are {len(given)}.", ("input", name), f"at most {MOST_ITEMS} a call")


def _waiter(given: WaiterInput, path: Path, assortment: Assortment, viewer: Viewer) -> Waiter:
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    for name in ("owner", "customer"):
        value = getattr(given, name)
        check(not value or is_name(value), value, (*path, name), NAMES)
    article = assortment.article(given.sku, path)
    quantity = check_quantity(given.quantity, article.quantity_scale, (*path, "quantity"))
    check(quantity > 0, given.quantity, (*path, "quantity"), "more than 0")
    customer = given.customer or (viewer.customer.id if viewer.customer else "")
    channel = ChannelId(viewer.channel.id)
    owner = given.owner or given.id
    store = viewer.store.id if viewer.store else ""
    return Waiter(given.id, article.sku, channel, quantity, owner, customer, WaiterState.WAITING, 0, store=store)
