"""Reservations: asked for one by one, decided together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from modules.inventory.engine.intake import destination
from modules.inventory.engine.ways import spare, ways
from modules.inventory.engine.wishes import (
    MOST_LINES,
    HoldInput,
    LineInput,
    call_key,
    check_amount,
    check_hold,
    check_ttl,
    hold_id,
    hold_line,
    hold_lines,
)
from modules.inventory.model.holding import Purpose
from modules.inventory.model.reservations import (
    Call,
    CallKey,
    Commit,
    Decision,
    Extend,
    Hold,
    HoldLine,
    Release,
    Reservation,
    Resize,
    Restock,
    Ship,
)
from modules.inventory.model.sources import Source
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.coalescer import Coalescer
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Refused
from modules.kernel.intake import NAMES, check
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, SourceId, is_name
from modules.kernel.policies import Shortage
from modules.kernel.product import Assortment
from modules.kernel.viewer import Permission, Viewer

SWEEP_SECONDS: Final = 1.0
SWEPT: Final = 500
"""Places whose due holds are noted, and reservations that are forgotten, in one transaction."""


class ReservationService:
    """One per process. Calls that arrive while a transaction runs are decided in the next one (R-2).

    Every call needs STOCK_HOLD, those that move goods STOCK_WRITE. A call that comes again under its key has the
    outcome it had (R-1); nothing is half done. Refusals come back in the decision, never as an error. What was held for
    channels or stores that are not the principal's is refused like what does not exist; of what is theirs the rules of
    its own channel count, wherever they stand.
    """

    def __init__(self, store: ReservationStore, stock: InventoryService, articles: Articles) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles
        self._desk: Coalescer[Call, Decision] = Coalescer(store.decide)

    async def hold(self, viewer: Viewer, given: HoldInput) -> Decision:
        """Sets aside all lines or none; every short line is named (R-4). In a market that cuts, a short line is held as
        far as it goes, and named all the same; one of which nothing is there is left out (choice 19).

        Lines that name no source come from where the strategy of the viewer's channel takes them (4.3); for pick-up
        from the viewer's store.
        """
        viewer.require_here(Permission.STOCK_HOLD)
        try:
            check_hold(given)
            key = call_key(viewer.principal.id, "hold", given.idempotency_key, (viewer.channel.id, given))
        except Refused as refusal:
            return Decision(problems=(refusal,))
        assortment = await Assortment.of((line.sku for line in given.lines), self._articles)
        sources = self._stock.selling_in(viewer.channel)
        usual = _usual(viewer, given, sources)
        lines, refused = hold_lines(given.lines, assortment, self._stock.all_sources(), usual)
        if refused:
            return Decision(problems=tuple(refused))
        decision = await self.decide(await self._hold(viewer, given, key, lines, sources))
        return _naming(decision, given.idempotency_key)

    async def extend(self, viewer: Viewer, key: str, hold: str, ttl_seconds: int) -> Decision:
        """Lets a hold last so long from now, within its purpose's bounds; one that has expired stays so."""
        viewer.require_here(Permission.STOCK_HOLD)
        rules = self._stock.hold_rules(_channel(viewer, await self._seen(viewer, [hold])))

        def make(named: CallKey) -> Call:
            ttl, path = check_ttl(ttl_seconds, ("input", "ttlSeconds")), ("input", "holdId")
            return Extend(key=named, hold=hold, ttl_us=ttl, rules=rules, path=path, by=viewer.principal)

        return await self._call(viewer, "extend", key, (hold, ttl_seconds), make)

    async def resize(self, viewer: Viewer, key: str, reservation: str, quantity: str) -> Decision:
        """Sets aside so much instead; only what is added must be available."""
        viewer.require_here(Permission.STOCK_HOLD)
        seen = await self._seen(viewer, [reservation])
        scales, buffers = await self._scales(seen), self._stock.buffers(_channel(viewer, seen))

        def make(named: CallKey) -> Call:
            path = ("input", "quantity")
            amount = check_amount(quantity, scales.get(reservation), reservation, path, ("input", "reservationId"))
            scale = scales[reservation]
            return Resize(
                key=named,
                reservation=reservation,
                quantity=amount,
                buffers=buffers,
                path=path,
                scale=scale,
                cut=_cuts(viewer),
                by=viewer.principal,
            )

        return await self._call(viewer, "resize", key, (reservation, quantity), make)

    async def commit(self, viewer: Viewer, key: str, hold: str, order: str) -> Decision:
        """Binds a hold to an order; one that has expired is held again first, or RESERVATION_EXPIRED."""
        viewer.require_here(Permission.STOCK_HOLD)
        buffers = self._stock.buffers(_channel(viewer, await self._seen(viewer, [hold])))

        def make(named: CallKey) -> Call:
            check(is_name(order), order, ("input", "order"), NAMES)
            path = ("input", "holdId")
            return Commit(key=named, hold=hold, order=order, buffers=buffers, path=path, by=viewer.principal)

        return await self._call(viewer, "commit", key, (hold, order), make)

    async def release(self, viewer: Viewer, key: str, id: str, quantity: str | None = None) -> Decision:
        """Gives back a hold, or one of its reservations, wholly or so much of it."""
        viewer.require_here(Permission.STOCK_HOLD)
        scales = {} if quantity is None else await self._scales(await self._seen(viewer, [id]))

        def make(named: CallKey) -> Call:
            path = ("input", "quantity")
            amount = None if quantity is None else check_amount(quantity, scales.get(id), id, path, ("input", "id"))
            return Release(key=named, id=id, quantity=amount, path=("input", "id"), by=viewer.principal)

        return await self._call(viewer, "release", key, (id, quantity), make)

    async def ship(self, viewer: Viewer, key: str, parcels: Sequence[tuple[str, str]]) -> Decision:
        """Goods have left: so much of each reservation. Each parcel for itself; refusals name theirs. Who is confined
        to stores ships what lies there."""
        viewer.require_stores(Permission.STOCK_WRITE, viewer.principal.stores or (None,))
        if not 1 <= len(parcels) <= MOST_LINES:
            allowed = f"1 to {MOST_LINES} parcels"
            return Decision(problems=(InvalidInput(f"There are {len(parcels)}.", ("input", "parcels"), allowed),))
        seen = await self._seen(viewer, [reservation for reservation, _ in parcels])
        scales = await self._scales([item for item in seen if viewer.principal.serves_store(item.source)])
        return _joined(await asyncio.gather(*(self._ship(viewer, key, n, p, scales) for n, p in enumerate(parcels))))

    async def restock(self, viewer: Viewer, key: str, sku: str, source: str, quantity: str) -> Decision:
        """Goods came back: on hand rises."""
        viewer.require_stores(Permission.STOCK_WRITE, [source])
        assortment = await Assortment.of([sku], self._articles)

        def make(named: CallKey) -> Call:
            given = LineInput(line="1", sku=sku, quantity=quantity, source=source)
            line = hold_line(given, ("input",), assortment, self._stock.all_sources(), ())
            return Restock(key=named, sku=line.sku, source=line.sources[0], quantity=line.quantity, path=("input",))

        return await self._call(viewer, "restock", key, (sku, source, quantity), make)

    async def reservations(self, viewer: Viewer, ids: Sequence[str]) -> list[Reservation]:
        """Those of these ids or holds that are the principal's, by id. Needs STOCK_HOLD or STOCK_READ."""
        viewer.require_here(Permission.STOCK_READ if viewer.may(Permission.STOCK_READ) else Permission.STOCK_HOLD)
        return await self._seen(viewer, list(ids)[:MOST_LINES])

    async def decide(self, call: Call) -> Decision:
        """What becomes of a checked call; stored when this returns."""
        return await self._desk.ask(call)

    async def sweep(self) -> None:
        """Notes the end of due holds, so that others hear of it, until it is cancelled. Nobody waits for it (R-3)."""
        while True:
            while await self._store.expire(SWEPT) == SWEPT:
                pass
            await self._store.forget()
            await asyncio.sleep(SWEEP_SECONDS)

    async def retire(self, age: timedelta) -> None:
        """Forgets holds that ended so long ago, some at a time: nobody who sets aside waits long. Until then who asks
        for one by its id is told what became of it."""
        while await self._store.retire(age // timedelta(microseconds=1), SWEPT) == SWEPT:
            pass

    async def _call(
        self, viewer: Viewer, operation: str, key: str, body: object, make: Callable[[CallKey], Call]
    ) -> Decision:
        try:
            call = make(call_key(viewer.principal.id, operation, key, body))
        except Refused as refusal:
            return Decision(problems=(refusal,))
        return _naming(await self.decide(call), key)

    async def _ship(
        self, viewer: Viewer, key: str, number: int, parcel: tuple[str, str], scales: Mapping[str, int]
    ) -> Decision:
        reservation, quantity = parcel
        path = ("input", "parcels", number)

        def make(named: CallKey) -> Call:
            scale, whose = scales.get(reservation), (*path, "reservationId")
            amount = check_amount(quantity, scale, reservation, (*path, "quantity"), whose)
            return Ship(key=named, reservation=reservation, quantity=amount, path=path, by=viewer.principal)

        return await self._call(viewer, "ship", f"{key}/{number}", parcel, make)

    async def _hold(
        self, viewer: Viewer, given: HoldInput, key: CallKey, lines: Sequence[HoldLine], sources: Sequence[Source]
    ) -> Hold:
        channel = viewer.channel.id
        place = destination(given.destination, ()) if given.destination else None
        _, known = await self._stock.look((), sources, viewer.now, parcels=True)
        return Hold(
            key=key,
            id=hold_id(key, to_us(viewer.now)),
            lines=tuple(lines),
            purpose=given.purpose,
            owner=given.owner or viewer.principal.id,
            customer=given.customer or (viewer.customer.id if viewer.customer else ""),
            channel=channel,
            buffers=self._stock.buffers(channel),
            rules=self._stock.hold_rules(channel),
            ttl_us=check_ttl(given.ttl_seconds, ("input", "ttlSeconds")) if given.ttl_seconds else None,
            split=given.split,
            ways=ways(sources, place, viewer.now, known) if len(sources) > 1 else {},
            strategy=self._stock.strategy(channel),
            cut=_cuts(viewer),
            spare=spare(sources, known, viewer.now),
            store=viewer.store.id if viewer.store else "",
        )

    async def _seen(self, viewer: Viewer, ids: Sequence[str]) -> list[Reservation]:
        """Those of these ids or holds that exist for the viewer, by id."""
        return [item for item in await self._store.reservations(ids) if item.is_for(viewer.principal)]

    async def _scales(self, items: Sequence[Reservation]) -> dict[str, int]:
        """Decimals of the quantities of these reservations, by id."""
        articles = (await Assortment.of((item.sku for item in items), self._articles)).articles
        return {item.id: articles[item.sku].quantity_scale for item in items if item.sku in articles}


def _channel(viewer: Viewer, items: Sequence[Reservation]) -> ChannelId:
    """Whose rules count for these; the viewer's, where there is none of them."""
    return items[0].channel if items else viewer.channel.id


def _naming(decision: Decision, key: str) -> Decision:
    """The decision; a conflict of keys names the caller's, of which only a hash was known where it was found."""
    conflict = any(isinstance(problem, IdempotencyConflict) for problem in decision.problems)
    return Decision(problems=(IdempotencyConflict(key[:100]),)) if conflict else decision


def _cuts(viewer: Viewer) -> bool:
    return viewer.channel.market.policies.stock.shortage is Shortage.CUT


def _usual(viewer: Viewer, given: HoldInput, sources: Sequence[Source]) -> Sequence[SourceId]:
    """Where lines come from that name no source; who fetches goods has chosen a store."""
    if given.purpose is not Purpose.PICKUP:
        return [source.id for source in sources]
    return [SourceId(viewer.store.id)] if viewer.store else []


def _joined(decisions: Sequence[Decision]) -> Decision:
    reservations = tuple(item for decision in decisions for item in decision.reservations)
    return Decision(reservations, tuple(problem for decision in decisions for problem in decision.problems))
