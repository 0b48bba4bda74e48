"""Click and collect: what shops ask for customers, and what stores do (4.4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Sequence
from typing import Final

from modules.inventory.engine import pickups as engine
from modules.inventory.engine.intake import check_quantity
from modules.inventory.engine.ways import ways
from modules.inventory.engine.wishes import call_key
from modules.inventory.events import PickupChanged
from modules.inventory.model.pickups import (
    MOST_TRIES,
    STORE_STEPS,
    FoundInput,
    Pickup,
    PickupDone,
    PickupInput,
    PickupLine,
    PickupLineInput,
    PickupNews,
    PickupState,
    Settlement,
    Step,
    UnknownPickup,
    WrongPickupCode,
)
from modules.inventory.model.reservations import Call
from modules.inventory.model.sources import Source
from modules.inventory.ports import Articles
from modules.inventory.service.stock import InventoryService
from modules.inventory.store.pickups import PickupChange, PickupStore
from modules.kernel.errors import BadUserInput, IdempotencyConflict, InvalidInput, Refused
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Feed
from modules.kernel.intake import NAMES, check, check_text, one_of
from modules.kernel.names import Sku, SourceId, is_name, is_text
from modules.kernel.outcome import LONGEST_KEY, LONGEST_REASON, Path, Repeatable, recall_problem, record_problem
from modules.kernel.product import Assortment
from modules.kernel.quantity import ZERO
from modules.kernel.viewer import ANONYMOUS, Permission, Role, Viewer

MOST_LINES: Final = 100
MOST_ORDERS: Final = 1_000
"""That one subscription follows."""
SWEEP_SECONDS: Final = 5.0
SWEPT: Final = 100
SWEEPER: Final = "deadline"
"""Who gives up, in the audit log, what nobody has fetched."""

Stepped = tuple[Pickup, Sequence[Refused]]
Act = Callable[[PickupChange, Pickup, int], Awaitable[Stepped]]


class PickupService:
    """One per process. What shops do for customers needs STOCK_HOLD; what happens in a store needs STOCK_WRITE, or the
    role of a store associate who stands in that store (`Cogwerk-Store`). Settling, extending, cancelling and taking
    back is for both; a code is for customers alone.

    Each step is one transaction with what it does to reservations. Sent again under its key it has the outcome it had,
    the pick-up as it is now; a refused step changes nothing, except that a wrong code is counted.
    """

    def __init__(self, store: PickupStore, stock: InventoryService, articles: Articles, secret: bytes) -> None:
        self._store = store
        self._stock = stock
        self._articles = articles
        self._secret = secret

    async def request(self, viewer: Viewer, given: PickupInput) -> PickupDone:
        """Asks for goods in a store: CONFIRMED when it has them above its pick-up buffer, all or none; REQUESTED when
        its figures are stale, so that somebody must look (F-6)."""
        viewer.require_here(Permission.STOCK_HOLD)
        try:
            store, lines = await self._checked(viewer, given)
            key = call_key(viewer.principal.id, "requestPickup", given.idempotency_key, (viewer.channel.id, given))
        except Refused as refusal:
            return PickupDone(problems=(refusal,))
        owner = given.owner or viewer.principal.id
        wish = Pickup(key.id[:24], store.id, viewer.channel.id, given.order, owner, PickupState.REQUESTED, tuple(lines))
        answers, _ = await self._stock.answer([line.sku for line in lines], viewer, (store,))
        stale = any(part.stale for answer in answers for part in answer.sources)
        command = Repeatable(viewer.principal.id, "requestPickup", given.idempotency_key, (viewer.channel.id, given))
        return await self._requested(viewer, command, wish, None if stale else store)

    async def confirm(self, viewer: Viewer, key: str, id: str) -> PickupDone:
        """Somebody has looked and found all of it: it is set aside."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            reach, rules = self._stock.reach(pickup.channel), self._stock.hold_rules(pickup.channel)
            return await _decided(change, pickup, *engine.held(pickup, reach.buffers, rules, ZERO))

        return await self._step(viewer, key, Step.CONFIRM, id, (), act)

    async def pick(self, viewer: Viewer, key: str, id: str) -> PickupDone:
        """Somebody collects it from the shelves."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            return pickup._replace(state=PickupState.PICKING), ()

        return await self._step(viewer, key, Step.PICK, id, (), act)

    async def finish(self, viewer: Viewer, key: str, id: str, given: Sequence[FoundInput] = ()) -> PickupDone:
        """All lies ready, READY, or less was found, SHORT; a line that is not named was found wholly."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            after, calls = engine.found(pickup, given, await self._scales(pickup))
            if not calls:
                return engine.laid_ready(after, self._stock.source(pickup.store), now_us), ()
            return await _decided(change, pickup, after, calls)

        return await self._step(viewer, key, Step.FINISH, id, tuple(given), act)

    async def settle(self, viewer: Viewer, key: str, id: str, settlement: Settlement) -> PickupDone:
        """What becomes of a short one: READY with what was found; RE_SOURCE: the rest comes from elsewhere, all of it
        or nothing is done. CANCELLED when nothing was found and all comes from elsewhere."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            store = self._stock.source(pickup.store)
            if settlement is Settlement.PARTIAL:
                return engine.laid_ready(pickup, store, now_us), ()
            after, calls = await self._from_elsewhere(viewer, pickup)
            if any(line.picked for line in pickup.lines):
                after = engine.laid_ready(after, store, now_us)
            else:
                after = after._replace(state=PickupState.CANCELLED)
            return await _decided(change, pickup, after, calls)

        return await self._step(viewer, key, Step.SETTLE, id, (settlement,), act)

    async def issue_code(self, viewer: Viewer, key: str, id: str) -> PickupDone:
        """A new code, which the customer is told and nobody else; the former one counts no more. The same key gives the
        same code."""
        code = engine.code_of(self._secret, id, f"{viewer.principal.id}\x00{key}")

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            return pickup._replace(code_hash=engine.code_hash(self._secret, pickup.id, code), tries=0), ()

        done = await self._step(viewer, key, Step.CODE, id, (), act)
        return done if done.problems else PickupDone(done.pickup, code=code)

    async def collect(self, viewer: Viewer, key: str, id: str, code: str) -> PickupDone:
        """The goods leave with whoever has the code. Five wrong ones lock the pick-up until it gets a new code."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            if not engine.opens(self._secret, pickup, code):
                tries = min(pickup.tries + 1, MOST_TRIES) if pickup.code_hash else 0
                return pickup._replace(tries=tries), (WrongPickupCode(MOST_TRIES - tries if pickup.code_hash else 0),)
            return await _decided(change, pickup, *engine.handed_over(pickup))

        body = engine.code_hash(self._secret, id, code)
        return await self._step(viewer, key, Step.COLLECT, id, (body,), act)

    async def extend(self, viewer: Viewer, key: str, id: str) -> PickupDone:
        """The deadline once more as long; once."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            return engine.extended(pickup, self._stock.source(pickup.store)), ()

        return await self._step(viewer, key, Step.EXTEND, id, (), act)

    async def cancel(self, viewer: Viewer, key: str, id: str, reason: str) -> PickupDone:
        """Nobody wants it any more, or cannot have it; what lies there is for others again."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            return await _decided(change, pickup, *engine.given_up(pickup, PickupState.CANCELLED))

        return await self._step(viewer, key, Step.CANCEL, id, (reason,), act, reason)

    async def bring_back(self, viewer: Viewer, key: str, id: str, reason: str) -> PickupDone:
        """All that was fetched is brought back and lies in the store again."""

        async def act(change: PickupChange, pickup: Pickup, now_us: int) -> Stepped:
            return await _decided(change, pickup, *engine.brought_back(pickup))

        return await self._step(viewer, key, Step.RETURN, id, (reason,), act, reason)

    async def pickup(self, viewer: Viewer, id: str) -> Pickup | None:
        """The one of this id; needs STOCK_HOLD, or to stand in its store. None for one that is of no channel or store
        of the principal's, as if there were none."""
        found = await self._store.pickup(id)
        if found is None or not _is_in(viewer, found.store):
            viewer.require_here(Permission.STOCK_HOLD)
            return found if found and viewer.principal.serves(found.channel, found.store) else None
        return found

    async def at(self, viewer: Viewer, store: str, states: Sequence[PickupState] | None = None) -> list[Pickup]:
        """The oldest thousand of a store in these states, or of all that are open; needs to stand in it."""
        _require_in(viewer, store)
        return await (self._store.at(store) if states is None else self._store.at(store, states))

    async def follow(
        self, viewer: Viewer, feed: Feed, store: str, after: str | None, orders: Collection[str] | None = None
    ) -> AsyncIterator[PickupNews]:
        """The open pick-ups of a store now, or of these orders there, then each that changes, ended ones too; needs to
        stand in it. Raises BadUserInput for orders that cannot be."""
        _require_in(viewer, store)
        _require_orders(orders)

        def wanted(change: Change) -> bool:
            return orders is None or change.state["order"] in orders

        async with feed.follow(PickupChanged.NAME, wanted, after, keys={store}, by="store") as deliveries:
            async for delivery in deliveries:
                if delivery.kind is ChangeKind.CHANGE:
                    items = [Pickup.of(PickupChanged.read(change)) for change in delivery.changes]
                else:
                    items = await self._store.at(store, orders=orders)
                yield PickupNews(delivery.kind, delivery.cursor, tuple(items))

    async def sweep(self) -> None:
        """Gives up what nobody has fetched in time, until it is cancelled. Several processes may do so at once."""
        while True:
            await self.lapse()
            await asyncio.sleep(SWEEP_SECONDS)

    async def lapse(self) -> int:
        """NOT_COLLECTED: those whose deadline has passed; how many there were."""
        due = await self._store.due(SWEPT)
        for id in due:
            async with self._store.changing() as change:
                pickup, now_us = await change.pickup(id), await change.now_us()
                if pickup and pickup.state is PickupState.READY and (pickup.deadline_us or 0) <= now_us:
                    after, calls = engine.given_up(pickup, PickupState.NOT_COLLECTED)
                    await change.decide(calls)
                    await change.save(after, pickup, SWEEPER, "lapse_pickup", None)
        return len(due)

    async def _checked(self, viewer: Viewer, given: PickupInput) -> tuple[Source, list[PickupLine]]:
        stores = {source.id: source for source in self._stock.selling(viewer.channel.id) if source.can_pick_up}
        check(given.store in stores, given.store, ("input", "store"), one_of(stores))
        check(is_name(given.order), given.order, ("input", "order"), NAMES)
        check(not given.owner or is_name(given.owner), given.owner, ("input", "owner"), NAMES)
        check(1 <= len(given.lines) <= MOST_LINES, len(given.lines), ("input", "lines"), f"1 to {MOST_LINES} lines")
        assortment = await Assortment.of((line.sku for line in given.lines), self._articles)
        seen: set[str] = set()
        lines = []
        for index, line in enumerate(given.lines):
            path: Path = ("input", "lines", index)
            check(line.line not in seen, line.line, (*path, "lineId"), "each line once")
            seen.add(line.line)
            lines.append(_line(line, path, assortment))
        return stores[SourceId(given.store)], lines

    async def _requested(self, viewer: Viewer, command: Repeatable, wish: Pickup, fresh: Source | None) -> PickupDone:
        async with self._store.changing() as change:
            if (again := await self._again(change, command)) is not None:
                return again
            if (before := await change.pickup(wish.id)) is not None:
                return PickupDone(before)
            asked = wish._replace(created_us=await change.now_us())
            problems: Sequence[Refused] = ()
            if fresh is not None:
                reach, rules = self._stock.reach(wish.channel), self._stock.hold_rules(wish.channel)
                held = engine.held(asked, reach.buffers, rules, fresh.pickup_buffer_micros)
                asked, problems = await _decided(change, asked, *held)
            if not problems:
                await change.save(asked, None, command.principal, "request_pickup", None)
            await change.remember(command, _record(asked.id, problems))
        return PickupDone(None if problems else asked, tuple(problems))

    async def _from_elsewhere(self, viewer: Viewer, pickup: Pickup) -> tuple[Pickup, list[Call]]:
        sources = self._stock.selling(pickup.channel)
        _, known = await self._stock.look((), sources, viewer.now, parcels=True)
        open_ways = ways([source for source in sources if source.can_ship], None, viewer.now, known)
        reach, rules = self._stock.reach(pickup.channel), self._stock.hold_rules(pickup.channel)
        return engine.resourced(pickup, reach.buffers, rules, open_ways, self._stock.strategy(pickup.channel))

    async def _scales(self, pickup: Pickup) -> dict[Sku, int]:
        articles = await self._articles.articles([line.sku for line in pickup.lines])
        return {article.sku: article.quantity_scale for article in articles if article}

    async def _step(
        self,
        viewer: Viewer,
        key: str,
        step: Step,
        id: str,
        body: tuple[object, ...],
        act: Act,
        reason: str | None = None,
    ) -> PickupDone:
        _require_step(viewer, step)
        if problem := _refuse(key, reason):
            return PickupDone(problems=(problem,))
        command = Repeatable(viewer.principal.id, f"pickup:{step.value}", key, (id, *body))
        async with self._store.changing() as change:
            if (again := await self._again(change, command)) is not None:
                return again
            before = await change.pickup(id)
            if before is None or not _may_step(viewer, step, before):
                return PickupDone(problems=(UnknownPickup(id),))
            after, problems = await _tried(change, before, step, act)
            if after != before:
                after = await change.save(after, before, command.principal, f"{step.value}_pickup", reason)
            await change.remember(command, _record(id, problems))
        return PickupDone(after, tuple(problems))

    async def _again(self, change: PickupChange, command: Repeatable) -> PickupDone | None:
        try:
            known = await change.replay(command)
        except IdempotencyConflict as conflict:
            return PickupDone(problems=(conflict,))
        if known is None:
            return None
        problems = tuple(recall_problem(problem) for problem in known["problems"])
        return PickupDone(await change.pickup(known["pickup"]), problems)


async def _tried(change: PickupChange, before: Pickup, step: Step, act: Act) -> Stepped:
    now_us = await change.now_us()
    try:
        engine.check_step(before, step, now_us)
        return await act(change, before, now_us)
    except Refused as refusal:
        return before, (refusal,)


async def _decided(change: PickupChange, before: Pickup, after: Pickup, calls: Sequence[Call]) -> Stepped:
    """The step, if none of its calls is refused; the first refusal is the cause of those behind it."""
    for decision in await change.decide(calls):
        if decision.problems:
            return before, decision.problems
    return after, ()


def _record(id: str, problems: Sequence[Refused]) -> dict[str, object]:
    return {"pickup": id, "problems": [record_problem(problem) for problem in problems]}


def _line(given: PickupLineInput, path: Path, assortment: Assortment) -> PickupLine:
    check_text(given.line, 64, (*path, "lineId"))
    article = assortment.article(given.sku, path)
    quantity = check_quantity(given.quantity, article.quantity_scale, (*path, "quantity"))
    check(quantity > 0, given.quantity, (*path, "quantity"), "more than 0")
    return PickupLine(given.line, article.sku, quantity)


def reaches_stores(viewer: Viewer) -> Hashable:
    """All of who asks that decides which stores' pick-ups they see, beside where they stand."""
    principal = viewer.principal
    rights = viewer.may(Permission.STOCK_READ), viewer.may(Permission.STOCK_WRITE)
    stands = Role.STORE_ASSOCIATE in principal.roles
    return principal is ANONYMOUS, *rights, stands, principal.channels, principal.stores


def _is_in(viewer: Viewer, store: str) -> bool:
    if viewer.may(Permission.STOCK_WRITE) or viewer.may(Permission.STOCK_READ):
        return viewer.principal.serves_store(store)
    return _stands_in(viewer, store)


def _require_in(viewer: Viewer, store: str) -> None:
    if not _is_in(viewer, store):
        viewer.require_stores(Permission.STOCK_READ, [store])


def _require_orders(orders: Collection[str] | None) -> None:
    if orders is None:
        return
    if not 1 <= len(orders) <= MOST_ORDERS:
        raise BadUserInput(f"These are {len(orders)} orders.", "orders", f"1 to {MOST_ORDERS}")
    for order in orders:
        if not is_name(order):
            raise BadUserInput("No order is called that.", "orders", NAMES)


def _require_step(viewer: Viewer, step: Step) -> None:
    """Raises Unauthenticated or Forbidden for whoever could do this with no pick-up at all."""
    keeps = viewer.may(Permission.STOCK_WRITE) and not viewer.principal.is_confined
    if step is Step.CODE or not (keeps or (viewer.store is not None and _stands_in(viewer, viewer.store.id))):
        viewer.require_here(_need(step))


def _may_step(viewer: Viewer, step: Step, pickup: Pickup) -> bool:
    """Whether it is for the viewer to do this with that one."""
    serves = viewer.principal.serves(pickup.channel, pickup.store)
    if step is not Step.CODE and (_stands_in(viewer, pickup.store) or (viewer.may(Permission.STOCK_WRITE) and serves)):
        return True
    return viewer.may(_need(step)) and serves


def _need(step: Step) -> Permission:
    return Permission.STOCK_WRITE if step in STORE_STEPS else Permission.STOCK_HOLD


def _stands_in(viewer: Viewer, store: str) -> bool:
    return viewer.store is not None and viewer.store.id == store and Role.STORE_ASSOCIATE in viewer.principal.roles


def _refuse(key: str, reason: str | None) -> Refused | None:
    for name, text, most in (("idempotencyKey", key, LONGEST_KEY), ("reason", reason, LONGEST_REASON)):
        if text is not None and not is_text(text, most):
            return InvalidInput("This cannot be kept.", ("input", name), f"a text of 1 to {most} characters")
    return None
