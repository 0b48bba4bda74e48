"""Moving wishes into a cart: they leave the list only when the cart has them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.kernel.basket import BasketLine
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.outcome import Repeatable
from modules.kernel.quantity import Quantity
from modules.kernel.viewer import Viewer
from modules.wishlists.engine.intake import check_idempotency_key
from modules.wishlists.model.access import Access, Pass
from modules.wishlists.model.lists import Item, ItemId, Kind, Operation, WishlistId, WishlistNotFound
from modules.wishlists.ports import Carts
from modules.wishlists.service.lists import Shown, WishlistService, kind_of
from modules.wishlists.store.lists import WishlistStore


@dataclass(frozen=True, slots=True)
class Moved:
    """The list after the call, the items that the cart has now, and why not the others."""

    shown: Shown | None
    moved: tuple[ItemId, ...]
    problems: tuple[Refused, ...]


class MovingService:
    """Both sides do their part by operations with derived ids, so a call that broke off is simply made again.

    What is to be moved is written down first: the same call again moves the same, whatever became of the list
    meanwhile. A crash behind the cart's answer leaves items in both places, never in none; the repeated call ends it.
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
        """Puts these items, or all products, into the cart and takes them off the list, unless they are kept."""
        try:
            check_idempotency_key(idempotency_key)
            needs = Access.READ if keep else Access.EDIT
            opened, wished = await self._lists.door.admit_to(viewer, key, id, needs)
            input = (wished, cart, None if items is None else tuple(items), keep)
            command = Repeatable(opened.owner, "moveWishlistToCart", idempotency_key, input)
            wishes = await self._wishes(opened, wished, command, items, keep)
            answers = await self._carts.take(viewer, cart, list(wishes.values()), kind_of(viewer))
        except Refused as refusal:
            return Moved(None, (), (refusal,))
        moved = tuple(item for item, answer in zip(wishes, answers, strict=True) if answer is None)
        if moved and not keep:
            await self._lists.remove(viewer, opened, wished, [_removal(wishes[item].id, item) for item in moved])
        problems = tuple(answer for answer in answers if answer is not None)
        return Moved(await self._lists.get(viewer, key, wished), moved, problems)

    async def _wishes(
        self, opened: Pass, id: WishlistId, command: Repeatable, items: Sequence[str] | None, keep: bool
    ) -> dict[ItemId, BasketLine]:
        """What to move, in the list's order; of a repeated call what it was the first time."""
        async with self._store.change() as change:
            done = await change.replay(command)
            if done is None:
                held = await change.hold(id, opened.owner)
                if held is None:
                    raise WishlistNotFound
                products = {item.id: item for item in held.state.items if item.sku}
                _check(items, products)
                chosen = [item for item in products.values() if items is None or item.id in items]
                rows = [
                    [item.id, item.sku, item.quantity, item.configuration, _id(id, item, command if keep else None)]
                    for item in chosen
                ]
                done = {"wishes": rows}
                await change.remember(command, done)
        return {ItemId(row[0]): _line(row) for row in done["wishes"]}


def _check(items: Sequence[str] | None, products: Mapping[ItemId, object]) -> None:
    for index, item in enumerate(items or ()):
        if item not in products:
            raise InvalidInput("The list has no such product.", ("input", "items", index), "an item with a product")


def _id(list: WishlistId, item: Item, command: Repeatable | None) -> str:
    """What an item leaves the list by, in every call that takes it off as it stands, so that two at once move it once.
    One that stays is put into the cart by each command anew."""
    each = (command.principal, command.key or "", item.id) if command else ()
    name = each or (list, item.id, str(item.added_us), str(item.quantity))
    return f"w-{hashlib.sha256(chr(0).join(name).encode()).hexdigest()[:32]}"


def _line(row: Sequence[Any]) -> BasketLine:
    _, sku, quantity, made, id = row
    return BasketLine(LineId(id), Sku(sku), Quantity(quantity), None if made is None else ConfigurationId(made))


def _removal(operation: str, item: ItemId) -> Operation:
    return Operation(operation, Kind.REMOVE_ITEM, item=item)
