"""Watching: owners say what they want to hear of, and where."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check
from modules.kernel.money import parse_micros
from modules.kernel.names import Sku
from modules.kernel.notification import ADDRESSES, Notifications, is_address
from modules.kernel.outcome import Path
from modules.kernel.stock import AvailabilityState
from modules.kernel.viewer import Viewer
from modules.wishlists.model.access import Access
from modules.wishlists.model.lists import (
    DAY_US,
    MOST_ITEMS,
    ItemId,
    Owner,
    WishlistId,
    WishlistLimit,
    WishlistNotFound,
)
from modules.wishlists.model.watches import MOST_WATCHES, MailAddress, News, Sight, Watch
from modules.wishlists.ports import Prices, Stock
from modules.wishlists.service.lists import Shown, WishlistService, kind_of
from modules.wishlists.store.lists import Wish
from modules.wishlists.store.watches import Sighted, WatchChange, WatchStore

T = TypeVar("T")

AVAILABLE: Final = (AvailabilityState.IN_STOCK, AvailabilityState.FEW_LEFT)
QUESTIONS_A_DAY: Final = 3
"""How often strangers may have us ask one address in a day."""


class MailNotOffered(Refused):
    """This shop sends no mail; nothing was changed."""

    code = "MAIL_NOT_OFFERED"

    def __init__(self) -> None:
        super().__init__("This shop sends no mail.", ("input", "mail"))


@dataclass(frozen=True, slots=True)
class WatchInput:
    """What is to be watched of an item, as handed in, unchecked."""

    item: str
    back_in_stock: bool
    cheaper: bool
    below: str | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """The list after the call, and why not."""

    shown: Shown | None
    problems: tuple[Refused, ...] = ()


class WatchService:
    """Sets and ends watches; mail addresses are kept only while something is watched for them."""

    def __init__(
        self, store: WatchStore, lists: WishlistService, stock: Stock, prices: Prices, notifications: Notifications
    ) -> None:
        self._store = store
        self._lists = lists
        self._stock = stock
        self._prices = prices
        self._notifications = notifications
        lists.on_dropped(self.erase_unused)

    async def watch(
        self, viewer: Viewer, key: str | None, id: str, items: Sequence[WatchInput], mail: str | None = None
    ) -> Watched:
        """Watches items in the viewer's channel and currency, each as it says; with an address it is told there, too,
        once the address' owner has said yes. Done wholly or not at all."""
        try:
            if mail is not None:
                check(is_address(mail), mail, ("input", "mail"), ADDRESSES)
                if not self._notifications.offered():
                    raise MailNotOffered
            opened, wished = await self._lists.door.admit_to(viewer, key, id, Access.OWNER)
            wishes = await self._wishes(viewer, key, wished)
            asked = [_read(given, index, wishes) for index, given in enumerate(_most(items))]
            skus = {wishes[each.item].item.sku for each in asked}
            sights = await self.sights(sorted(sku for sku in skus if sku), viewer)
            await self._watch(viewer, opened.owner, wished, asked, wishes, sights, mail)
        except Refused as refusal:
            return Watched(None, (refusal,))
        return Watched(await self._lists.get(viewer, key, wished))

    async def unwatch(self, viewer: Viewer, key: str | None, id: str, items: Sequence[str]) -> Watched:
        """Ends watches; an address that nothing is watched for any more is erased, and mails that wait for it."""
        try:
            opened, wished = await self._lists.door.admit_to(viewer, key, id, Access.OWNER)
            async with self._store.change() as change:
                if await change.hold(wished, opened.owner) is None:
                    raise WishlistNotFound
                if await change.drop(wished, _most(items)):
                    await change.touch(wished, kind_of(viewer), "watching")
        except Refused as refusal:
            return Watched(None, (refusal,))
        await self.erase_unused(opened.owner)
        return Watched(await self._lists.get(viewer, key, wished))

    async def shown(self, lists: Sequence[str]) -> tuple[list[Sighted], list[News]]:
        """The watches of these lists, and what was told of them, the newest first. Two statements."""
        return await self._store.shown(lists), await self._store.news(lists)

    async def erase_unused(self, owner: Owner) -> None:
        """Erases the owner's addresses that nothing is watched for."""
        async with self._store.change() as change:
            mails = await change.erase_unused(owner)
        await self._notifications.withdraw(mails)

    async def sights(self, skus: Sequence[Sku], viewer: Viewer) -> dict[Sku, Sight]:
        """How products stand for a guest in the viewer's channel. Raises Unavailable while nobody can tell."""
        guest = replace(viewer, customer=None)
        stock, prices = await asyncio.gather(self._stock.availability(skus, guest), self._prices.prices(skus, guest))
        return {
            sku: Sight(share.state in AVAILABLE, price.gross.micros if price else None)
            for sku, share, price in zip(skus, stock, prices, strict=True)
        }

    async def _wishes(self, viewer: Viewer, key: str | None, id: WishlistId) -> dict[str, Wish]:
        shown = await self._lists.get(viewer, key, id)
        if shown is None:
            raise WishlistNotFound
        return {wish.item.id: wish for wish in shown.wishes if wish.item.sku}

    async def _watch(
        self,
        viewer: Viewer,
        owner: Owner,
        id: WishlistId,
        asked: Sequence[WatchInput],
        wishes: Mapping[str, Wish],
        sights: Mapping[Sku, Sight],
        mail: str | None,
    ) -> None:
        async with self._store.change() as change:
            if await change.hold(id, owner) is None:
                raise WishlistNotFound
            held = await change.watches(id)
            new = sum(each.item not in held for each in asked)
            if new and await change.count(owner) + new > MOST_WATCHES:
                raise WishlistLimit("watches", MOST_WATCHES, ("input", "items"))
            address = None if mail is None else await _address(change, owner, mail, viewer.locale)
            await change.set(
                [
                    _set(held.get(ItemId(each.item)), each, wishes[each.item], sights, viewer, owner, id, address)
                    for each in asked
                ]
            )
            await change.touch(id, kind_of(viewer), "watching")


def _most(items: Sequence[T]) -> Sequence[T]:
    if len(items) > MOST_ITEMS:
        raise InvalidInput(f"There are {len(items)} items.", ("input", "items"), f"at most {MOST_ITEMS}")
    return items


def _read(given: WatchInput, index: int, wishes: Mapping[str, Wish]) -> WatchInput:
    path: Path = ("input", "items", index)
    check(given.item in wishes, given.item, (*path, "itemId"), "an item of the list with a product")
    check(given.back_in_stock or given.cheaper, "nothing", path, "backInStock, cheaper or both")
    if given.below is not None:
        check(given.cheaper and _micros(given.below) > 0, given.below, (*path, "below"), "a price, with cheaper: true")
    return given


def _micros(text: str) -> int:
    try:
        return parse_micros(text)
    except ValueError:
        return 0


def _set(
    held: Watch | None,
    asked: WatchInput,
    wish: Wish,
    sights: Mapping[Sku, Sight],
    viewer: Viewer,
    owner: Owner,
    id: WishlistId,
    address: str | None,
) -> Watch:
    """The watch as it is from now on. What can be seen now needs no telling: only what is news after it does."""
    sku = wish.item.sku
    assert sku is not None
    now = sights[sku]
    wished_at = wish.micros if wish.currency == viewer.currency else None
    reference = wished_at if wished_at is not None else now.micros
    below = None if asked.below is None else _micros(asked.below)
    line = below if below is not None else (reference or 0) - 1
    return Watch(
        id=held.id if held else secrets.token_hex(12),
        wishlist=id,
        item=wish.item.id,
        owner=owner,
        sku=sku,
        channel=viewer.channel.id,
        currency=viewer.currency,
        stock=asked.back_in_stock,
        price=asked.cheaper,
        below_micros=below,
        reference_micros=reference,
        out=not now.available,
        told_micros=now.micros if now.micros is not None and now.micros <= line else None,
        stock_told_us=held.stock_told_us if held else 0,
        price_told_us=held.price_told_us if held else 0,
        address=address if address is not None else held.address if held else None,
        version=held.version + 1 if held else 1,
    )


async def _address(change: WatchChange, owner: Owner, mail: str, language: str) -> str:
    """Id of the owner's entry of a mail address. It is asked for once a day at most, and whosever wish it is, no
    address is asked more than three times a day."""
    local, _, host = mail.rpartition("@")
    address = f"{local}@{host.lower()}"
    entries = await change.addresses(address)
    own = next((each for each in entries if each.owner == owner), None)
    now = await change.now_us()
    if own and (own.confirmed_us is not None or own.asked_us > now - DAY_US):
        return own.id
    if sum(each.asked_us > now - DAY_US for each in entries) >= QUESTIONS_A_DAY:
        raise WishlistLimit("questions to one address in a day", QUESTIONS_A_DAY, ("input", "mail"))
    id = own.id if own else secrets.token_hex(16)
    await change.save_address(MailAddress(id, owner, address, language, now), asks=True)
    return id
