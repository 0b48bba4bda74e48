"""Moving wishes into a cart: they leave the list only when the cart has them, and for one cart alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.outcome import Repeatable
from modules.kernel.viewer import Viewer
from modules.wishlists.engine.intake import check_idempotency_key
from modules.wishlists.engine.leaving import Parting, arrive, set_out
from modules.wishlists.engine.taking import take
from modules.wishlists.model.access import Access, Pass
from modules.wishlists.model.leaving import ItemLeaving, Leaving, cart_hash
from modules.wishlists.model.lists import Held, Item, ItemId, Kind, Operation, WishlistId, WishlistNotFound
from modules.wishlists.ports import Carts
from modules.wishlists.service.lists import Shown, WishlistService, kind_of
from modules.wishlists.store.lists import WishlistChange, WishlistStore
from modules.wishlists.store.records import recall_leaving


@dataclass(frozen=True, slots=True)
class Moved:
    """The list after the call, the items that the cart has now, and why not the others."""

    shown: Shown | None
    moved: tuple[ItemId, ...]
    problems: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A call, and what it names."""

    command: Repeatable
    list: WishlistId
    cart: str
    items: Sequence[str] | None
    keep: bool


class MovingService:
    """Both sides do their part by operations with derived ids, so a call that broke off is simply made again.

    What is to be moved is written down first, by the call and on the list. The same call again moves the same, whatever
    became of the list meanwhile. Until the cart has refused an item or the list has let it go, every other cart is
    refused it: a crash behind the cart's answer leaves it in both places, and whoever moves it there again ends that.
    """

    def __init__(self, store: WishlistStore, lists: WishlistService, carts: Carts) -> None:
        self._store = store
        self._lists = lists
        self._carts = carts

    async def move(
        self,
        viewer: Viewer,
        key: str | None,
        id: str | None,
        cart: str,
        idempotency_key: str,
        items: Sequence[str] | None = None,
        keep: bool = False,
    ) -> Moved:
        """Puts these items, or all products, into the cart and takes them off the list, unless they are kept.

        An item that is moved into another cart stays out, with WISHLIST_ITEM_LEAVING.
        """
        try:
            check_idempotency_key(idempotency_key)
            needs = Access.READ if keep else Access.EDIT
            opened, wished = await self._lists.door.admit_to(viewer, key, id, needs)
            input = (wished, cart, None if items is None else tuple(items), keep)
            command = Repeatable(opened.owner, "moveWishlistToCart", idempotency_key, input)
            parting = await self._set_out(opened, _Wish(command, wished, cart_hash(cart), items, keep))
            answers = await self._into_cart(viewer, cart, wished, parting)
        except Refused as refusal:
            return Moved(None, (), (refusal,))
        taken = [each for each, answer in zip(parting.going, answers, strict=True) if answer is None]
        left = [each for each, answer in zip(parting.going, answers, strict=True) if answer is not None]
        if not keep:
            await self._arrive(viewer, opened, wished, taken, left)
        problems = [answer for answer in answers if answer is not None]
        problems += [ItemLeaving(each.item, _path(each.item, items)) for each in parting.staying]
        moved = tuple(each.item for each in taken)
        return Moved(await self._lists.get(viewer, key, wished), moved, tuple(problems))

    async def _set_out(self, opened: Pass, wish: _Wish) -> Parting:
        """What to move, in the list's order; of a repeated call what it was the first time."""
        async with self._store.change() as change:
            done = await change.replay(wish.command)
            held = await change.hold(wish.list, opened.owner)
            if held is None:
                raise WishlistNotFound
            asked = _chosen(held, wish) if done is None else [recall_leaving(each) for each in done["leaving"]]
            if wish.keep:
                parting = Parting(tuple(asked))
            else:
                parting = set_out(asked, held, await change.under_way(held.id))
                await change.leave(held.id, parting.begun)
            if done is None:
                await change.remember(wish.command, {"leaving": [*parting.going, *parting.staying]})
        return parting

    async def _into_cart(self, viewer: Viewer, cart: str, list: WishlistId, parting: Parting) -> list[Refused | None]:
        """What the cart says of each; one that is not there takes nothing, so that all may go elsewhere."""
        try:
            return await self._carts.take(viewer, cart, [each.line for each in parting.going], kind_of(viewer))
        except Refused:
            if parting.begun:
                async with self._store.change() as change:
                    await change.stay(list, parting.begun)
            raise

    async def _arrive(
        self, viewer: Viewer, opened: Pass, id: WishlistId, taken: Sequence[Leaving], left: Sequence[Leaving]
    ) -> None:
        """Takes off the list what the cart has, and lets stay what it has not."""
        async with self._store.change() as change:
            held = await change.hold(id, opened.owner)
            if held is None:
                return
            gone = arrive(taken, held, await change.under_way(id))
            await _remove(change, held, gone, kind_of(viewer))
            await change.stay(id, left)
        if gone:
            await self._lists.tell_dropped(opened.owner)


async def _remove(change: WishlistChange, held: Held, gone: Sequence[Leaving], by: str) -> None:
    asked = {n: Operation(each.wish, Kind.REMOVE_ITEM, item=each.item) for n, each in enumerate(gone)}
    done = take(held, asked, {}, by, await change.now_us())
    await change.save(held.state, done.held, done.new, by)


def _chosen(held: Held, wish: _Wish) -> list[Leaving]:
    products = {item.id: item for item in held.state.items if item.sku}
    _check(wish.items, products)
    chosen = [item for item in products.values() if wish.items is None or item.id in wish.items]
    return [_leaving(item, wish) for item in chosen]


def _check(items: Sequence[str] | None, products: Mapping[ItemId, object]) -> None:
    for index, item in enumerate(items or ()):
        if item not in products:
            raise InvalidInput("The list has no such product.", ("input", "items", index), "an item with a product")


def _leaving(item: Item, wish: _Wish) -> Leaving:
    """Every call that takes an item off as it stands sends it there by one name, so that two at once move it once. One
    that stays is put into the cart by each command anew."""
    each = (wish.command.principal, wish.command.key or "") if wish.keep else ()
    return Leaving.of(item, wish.cart, wish.list, *each)


def _path(item: ItemId, items: Sequence[str] | None) -> tuple[str | int, ...]:
    return ("input",) if items is None else ("input", "items", list(items).index(item))
