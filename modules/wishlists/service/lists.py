"""Lists: read, made, changed, ordered, deleted, followed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from modules.kernel.errors import BadUserInput, CogwerkError, Refused, Unavailable
from modules.kernel.events import Change
from modules.kernel.feed import Delivery, Feed
from modules.kernel.moments import from_us
from modules.kernel.names import Sku
from modules.kernel.outcome import Repeatable
from modules.kernel.viewer import Role, Viewer
from modules.wishlists.engine import intake
from modules.wishlists.engine.intake import Refusals, WishlistInput
from modules.wishlists.engine.taking import Taken, take
from modules.wishlists.events import WishlistChanged
from modules.wishlists.model.access import Access, Link, Pass, derive_key, hash_of
from modules.wishlists.model.lists import (
    MOST_LISTS,
    Operation,
    Owner,
    Wishlist,
    WishlistId,
    WishlistLimit,
    WishlistNotFound,
)
from modules.wishlists.ports import Articles, Configurations, Prices
from modules.wishlists.service.door import Door, customer_of
from modules.wishlists.store.lists import Opened, Wish, WishlistChange, WishlistStore


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as one asker sees it. `links` is None for who is not its owner."""

    wishlist: Wishlist
    access: Access
    wishes: Sequence[Wish]
    links: Sequence[Link] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A new list, and the key that opens it where it is a guest's first; or why there is none."""

    shown: Shown | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The list after a call, ids of those of its operations that the list holds, and why not the others."""

    shown: Shown | None
    applied: tuple[str, ...]
    problems: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A followed list as it was read, and the delivery that led to it."""

    delivery: Delivery
    shown: Shown


class WishlistService:
    """Lists of guests and customers. Products and prices are asked for when something is put on a list."""

    def __init__(
        self,
        store: WishlistStore,
        articles: Articles,
        prices: Prices,
        configurations: Configurations,
        secret: bytes,
    ) -> None:
        self._store = store
        self._configurations = configurations
        self._articles = articles
        self._prices = prices
        self._secret = secret
        self._dropped: list[Callable[[Owner], Awaitable[None]]] = []
        self.door = Door(store)

    def on_dropped(self, listener: Callable[[Owner], Awaitable[None]]) -> None:
        """Awaits the listener after items or lists of an owner went, so that what hung on them goes too."""
        self._dropped.append(listener)

    async def tell_dropped(self, owner: Owner) -> None:
        """Tells the listeners that items or lists of this owner went."""
        for listener in self._dropped:
            await listener(owner)

    async def lists(self, viewer: Viewer, key: str | None) -> list[Shown]:
        """What the key opens, or without one the viewer's customer; in order. Nothing for what opens nothing.

        Two statements, and a third for who owns the lists and so sees their links.
        """
        if key is None:
            owner = customer_of(viewer)
            return await self._shown(await self._store.of_owner(owner) if owner else [])
        hash = hash_of(key)
        return await self._shown(await self._store.of_key(hash) if hash else [])

    async def get(self, viewer: Viewer, key: str | None, id: str | None) -> Shown | None:
        """One of them; a link's key needs no id. None for what opens nothing."""
        found = await self.lists(viewer, key)
        if id is None:
            return found[0] if len(found) == 1 else None
        return next((each for each in found if each.wishlist.id == id), None)

    async def create(self, viewer: Viewer, name: str, idempotency_key: str, key: str | None = None) -> Made:
        """A new list behind the others of the key, or of the viewer's customer; else a guest's first, with its key.

        Called again within 24 hours it is the same list and key.
        """
        try:
            intake.check_idempotency_key(idempotency_key)
            intake.check_name(name)
            owner = await self._owner(viewer, key)
            id, made = await self._create(viewer, name, idempotency_key, owner)
        except Refused as refusal:
            return Made(problems=(refusal,))
        return Made(await self.get(viewer, made or key, id), made)

    async def apply(
        self,
        viewer: Viewer,
        key: str | None,
        id: str | None,
        inputs: Sequence[WishlistInput],
        device: str | None = None,
    ) -> Applied:
        """Takes up what the list has not seen; refuses single operations. May be repeated at any time."""
        try:
            intake.check_call(len(inputs), device)
            found, wished = await self.door.admit_to(viewer, key, id, Access.EDIT)
            asked, malformed = intake.read_all(inputs)
            taken = await self._apply(viewer, found, wished, asked, malformed, device or kind_of(viewer))
        except Refused as refusal:
            return Applied(None, (), (refusal,))
        return Applied(await self.get(viewer, key, wished), taken.applied, taken.problems)

    async def order(
        self, viewer: Viewer, key: str | None, ids: Sequence[str]
    ) -> tuple[list[Shown], tuple[Refused, ...]]:
        """Puts the owner's lists into this order, those not named behind them in the order they had."""
        try:
            found = await self.door.admit(viewer, key, Access.OWNER)
            async with self._store.change() as change:
                held = [each.id for each in await change.lists(found.owner)]
                if not set(ids) <= set(held) or len(set(ids)) < len(ids):
                    raise WishlistNotFound
                await change.place([*ids, *(id for id in held if id not in ids)])
        except Refused as refusal:
            return [], (refusal,)
        return await self.lists(viewer, key), ()

    async def delete(self, viewer: Viewer, key: str | None, id: str) -> tuple[Refused, ...]:
        """A list with all that hangs on it: items, links, watches, news."""
        try:
            found, wished = await self.door.admit_to(viewer, key, id, Access.OWNER)
            async with self._store.change() as change:
                held = await change.hold(wished, found.owner)
                if held is None:
                    raise WishlistNotFound
                await change.delete(wished, held.version, kind_of(viewer))
        except Refused as refusal:
            return (refusal,)
        await self.tell_dropped(found.owner)
        return ()

    @asynccontextmanager
    async def follow(
        self, viewer: Viewer, feed: Feed, key: str | None, id: str | None, after: str | None
    ) -> AsyncIterator[AsyncIterator[Seen]]:
        """The list now and after each change, for its owner with what is new of its items; ends when the right does.

        Raises BadUserInput for what opens nothing or a malformed cursor; Refused for a right that ended just now.
        """
        shown = await self.get(viewer, key, id)
        if shown is None:
            raise BadUserInput("There is no wishlist that this opens.", "key")
        found, wished = await self.door.admit_to(viewer, key, shown.wishlist.id, Access.READ)
        owns = found.access is Access.OWNER

        def wanted(change: Change) -> bool:
            id, _, news = change.key.partition("#")
            return id == wished and (owns or not news)

        async with feed.follow(WishlistChanged.NAME, wanted, after) as deliveries:
            yield self._seen(viewer, key, wished, until(deliveries, found.expires_us))

    async def _seen(
        self, viewer: Viewer, key: str | None, id: WishlistId, deliveries: AsyncIterator[Delivery]
    ) -> AsyncIterator[Seen]:
        async for delivery in deliveries:
            shown = await self.get(viewer, key, id)
            if shown is None:
                return
            yield Seen(delivery, shown)

    async def _owner(self, viewer: Viewer, key: str | None) -> Owner | None:
        if key is None:
            return customer_of(viewer)
        return (await self.door.admit(viewer, key, Access.OWNER)).owner

    async def _create(
        self, viewer: Viewer, name: str, idempotency_key: str, owner: Owner | None
    ) -> tuple[str, str | None]:
        """The list's id, and the guest's key where it is a new one."""
        by = f"{viewer.principal.id} {owner or ''}"
        command = Repeatable(by, "createWishlist", idempotency_key, (name,))
        async with self._store.change() as change:
            done = await change.replay(command)
            if done is None:
                done = {"id": secrets.token_hex(12), "nonce": secrets.token_hex(16)}
                await self._add(change, done["id"], name, owner, self._key(done["nonce"], idempotency_key))
                await change.remember(command, done)
        return done["id"], None if owner else self._key(done["nonce"], idempotency_key)

    async def _add(self, change: WishlistChange, id: str, name: str, owner: Owner | None, key: str) -> None:
        whose = owner or Owner(f"guest:{secrets.token_hex(12)}")
        held = await change.lists(whose)
        if len(held) >= MOST_LISTS:
            raise WishlistLimit("wishlists", MOST_LISTS, ("input",))
        if owner is None:
            hash = hash_of(key)
            assert hash
            await change.add_key(hash, secrets.token_hex(8), whose, Access.OWNER)
        await change.add_list(id, whose, max((each.position for each in held), default=-1) + 1, name)

    def _key(self, nonce: str, idempotency_key: str) -> str:
        return derive_key(self._secret, nonce, idempotency_key)

    async def _apply(
        self,
        viewer: Viewer,
        opened: Pass,
        id: WishlistId,
        asked: Mapping[int, Operation],
        malformed: Refusals,
        by: str,
    ) -> Taken:
        named = intake.skus(asked.values())
        doubts = await self._misfits(asked, viewer) | await self._doubts(asked, named)
        micros = await self._micros(named, viewer)
        async with self._store.change() as change:
            held = await change.hold(id, opened.owner)
            if held is None:
                raise WishlistNotFound
            taken = take(held, asked, {**malformed, **doubts}, by, await change.now_us())
            before, after = held.state, taken.held.state
            await change.save(before, taken.held, taken.new, by)
            known = {item.id for item in before.items}
            fresh = {item.id: micros[item.sku] for item in after.items if item.id not in known and item.sku in micros}
            await change.price(id, fresh, viewer.currency)
        if {item.id for item in before.items} - {item.id for item in after.items}:
            await self.tell_dropped(opened.owner)
        return taken

    async def _doubts(self, asked: Mapping[int, Operation], named: Sequence[Sku]) -> Refusals:
        articles = dict(zip(named, await self._articles.articles(named), strict=True)) if named else {}
        strange = [sku for sku, article in articles.items() if article is None]
        nearest = dict(zip(strange, await self._articles.nearest(strange), strict=True)) if strange else {}
        return intake.doubts(asked, articles, nearest)

    async def _misfits(self, asked: Mapping[int, Operation], viewer: Viewer) -> Refusals:
        """Configurations that are none of their product; a wish is worth keeping where nobody can tell."""
        ids = intake.made_of(asked.values())
        try:
            found = await self._configurations.configurations(ids, viewer) if ids else []
        except Unavailable:
            return {}
        return intake.misfits(asked, dict(zip(ids, found, strict=True)))

    async def _micros(self, named: Sequence[Sku], viewer: Viewer) -> dict[Sku, int]:
        """What products cost a guest now; a wish is worth keeping where nobody can tell."""
        try:
            prices = await self._prices.prices(named, replace(viewer, customer=None)) if named else []
        except CogwerkError:
            return {}
        return {sku: price.gross.micros for sku, price in zip(named, prices, strict=True) if price}

    async def _shown(self, opened: Sequence[Opened]) -> list[Shown]:
        ids = [each.wishlist.id for each in opened]
        owned = [each.wishlist.id for each in opened if each.access is Access.OWNER]
        wishes = await self._store.items(ids) if ids else {}
        links = await self._store.links(owned) if owned else {}
        return [Shown(o.wishlist, o.access, wishes[o.wishlist.id], links.get(o.wishlist.id)) for o in opened]


def kind_of(viewer: Viewer) -> str:
    """What others see of who did it: the weightiest role, no name."""
    weight = {role: index for index, role in enumerate(Role)}
    return max(viewer.principal.roles, key=lambda role: weight[role], default=Role.SHOPPER).value


async def until(deliveries: AsyncIterator[Delivery], expires_us: int | None) -> AsyncIterator[Delivery]:
    """The deliveries as long as a right lasts that ends at this moment."""
    while True:
        try:
            async with asyncio.timeout(_seconds_to(expires_us)):
                delivery = await anext(deliveries)
        except (TimeoutError, StopAsyncIteration):
            return
        yield delivery


def _seconds_to(expires_us: int | None) -> float | None:
    if expires_us is None:
        return None
    return max(0.0, (from_us(expires_us) - datetime.now(UTC)).total_seconds())
