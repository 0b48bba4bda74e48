"""Watches: who wants to hear when a product is back in stock or cheaper, and what they were told.

BACK_IN_STOCK is told once until the product went out again; CHEAPER when the price is below the one the wish was made
at (or at most `below`, where that is given), and then again only when it is cheaper than what was told, or was dearer
meanwhile. Of each at most one in six hours: what flaps is told when it has lasted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from modules.kernel.names import ChannelId, Sku
from modules.wishlists.model.lists import ItemId, Owner, WishlistId

QUIET_US: Final = 6 * 3_600_000_000
"""At least so long between two news of one kind about one item."""
MOST_WATCHES: Final = 1_000
"""Of one owner."""


class NewsKind(StrEnum):
    """What there is to tell."""

    BACK_IN_STOCK = "BACK_IN_STOCK"
    CHEAPER = "CHEAPER"


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched of an item, in which channel and currency, and how it stood when it was looked at last."""

    id: str
    wishlist: WishlistId
    item: ItemId
    owner: Owner
    sku: Sku
    channel: ChannelId
    currency: str
    stock: bool
    price: bool
    below_micros: int | None = None
    """CHEAPER is told at this price and under it; None: under `reference_micros`."""
    reference_micros: int | None = None
    """The gross price of one unit when the wish was made; None: it had none, and the first one that is seen counts."""
    out: bool = False
    """It cannot be had, and that it is back was not told since."""
    told_micros: int | None = None
    """The price that was told last, while it is still a cheaper one."""
    stock_told_us: int = 0
    price_told_us: int = 0
    look_us: int | None = None
    """When to look again by itself, because a quiet time ends then."""
    address: str | None = None
    """Id of the mail address that hears of it, too."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Sight:
    """How a product stands in a channel. `micros` None: it has no price."""

    available: bool
    micros: int | None


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell, once; prices are gross for one unit in millionths, 0 where there is none."""

    id: str
    wishlist: WishlistId
    item: ItemId
    sku: Sku
    channel: ChannelId
    kind: NewsKind
    old_micros: int
    new_micros: int
    currency: str
    at_us: int


@dataclass(frozen=True, slots=True)
class MailAddress:
    """Where an owner wants to read news. Nothing but a question goes there before `confirmed_us`."""

    id: str
    owner: Owner
    address: str
    language: str
    asked_us: int
    confirmed_us: int | None = None


def judge(watch: Watch, sight: Sight, now_us: int) -> tuple[Watch, list[News]]:
    """The watch after a look, and what is to be told; the same look again tells nothing."""
    after, news = replace(watch, look_us=None), list[News]()
    if watch.stock:
        after, told = _judge_stock(after, sight, now_us)
        news += told
    if watch.price and sight.micros is not None:
        after, told = _judge_price(after, sight.micros, now_us)
        news += told
    return after, news


def _judge_stock(watch: Watch, sight: Sight, now_us: int) -> tuple[Watch, list[News]]:
    if not sight.available:
        return replace(watch, out=True), []
    if not watch.out:
        return watch, []
    if now_us < watch.stock_told_us + QUIET_US:
        return _later(watch, watch.stock_told_us + QUIET_US), []
    price = sight.micros or 0
    return replace(watch, out=False, stock_told_us=now_us), [_news(watch, NewsKind.BACK_IN_STOCK, price, price, now_us)]


def _judge_price(watch: Watch, micros: int, now_us: int) -> tuple[Watch, list[News]]:
    if watch.reference_micros is None:
        watch = replace(watch, reference_micros=micros)
    reference = watch.reference_micros or 0
    is_cheaper = micros <= watch.below_micros if watch.below_micros is not None else micros < reference
    if not is_cheaper:
        return replace(watch, told_micros=None), []
    if watch.told_micros is not None and micros >= watch.told_micros:
        return watch, []
    if now_us < watch.price_told_us + QUIET_US:
        return _later(watch, watch.price_told_us + QUIET_US), []
    old = watch.told_micros if watch.told_micros is not None else reference
    told = replace(watch, told_micros=micros, price_told_us=now_us)
    return told, [_news(watch, NewsKind.CHEAPER, old, micros, now_us)]


def _later(watch: Watch, look_us: int) -> Watch:
    return replace(watch, look_us=min(look_us, watch.look_us or look_us))


def _news(watch: Watch, kind: NewsKind, old: int, new: int, now_us: int) -> News:
    # Of a watch's version there is one news of a kind: told twice, it has the same id.
    name = f"{watch.id}\0{watch.version}\0{kind}".encode()
    id = hashlib.sha256(name).hexdigest()[:24]
    item = (watch.wishlist, watch.item, watch.sku, watch.channel)
    return News(id, *item, kind, old, new, watch.currency, now_us)
