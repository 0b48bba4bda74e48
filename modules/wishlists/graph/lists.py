"""What a wishlist looks like in the graph."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import strawberry

from modules.kernel import money
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    DateTime,
    Decimal,
    Info,
    Problem,
    Product,
    UnitPrice,
    field,
    instant,
)
from modules.kernel.quantity import format_quantity
from modules.wishlists.model import watches
from modules.wishlists.model.access import Access, Link
from modules.wishlists.model.watches import NewsKind
from modules.wishlists.service.lists import Shown
from modules.wishlists.service.watching import WatchService
from modules.wishlists.store.lists import Wish

strawberry.enum(
    NewsKind,
    name="WishlistNewsKind",
    description="BACK_IN_STOCK: it can be had again. CHEAPER: its price fell.",
)


@strawberry.type(description="Something new of a watched item; told once.")
class WishlistNews:
    id: strawberry.ID = strawberry.field(description="Of the news.")
    item_id: strawberry.ID = strawberry.field(description="Of the item.")
    sku: strawberry.ID = strawberry.field(description="Of the product.")
    kind: NewsKind = strawberry.field(description="What happened.")
    old: UnitPrice | None = strawberry.field(description="The gross price of one unit before; of CHEAPER.")
    new: UnitPrice | None = strawberry.field(description="The gross price of one unit now; null: it has none.")
    at: DateTime = strawberry.field(description="When it was seen.")

    @classmethod
    def of(cls, news: watches.News) -> Self:
        """From the model's value."""
        return cls.told(
            {
                "id": news.id,
                "item": news.item,
                "sku": news.sku,
                "kind": news.kind,
                "old_micros": news.old_micros,
                "new_micros": news.new_micros,
                "currency": news.currency,
                "at_us": news.at_us,
            }
        )

    @classmethod
    def told(cls, news: Any) -> Self:
        """From an event's JSON."""
        kind, currency = NewsKind(news["kind"]), news["currency"]
        return cls(
            id=strawberry.ID(news["id"]),
            item_id=strawberry.ID(news["item"]),
            sku=strawberry.ID(news["sku"]),
            kind=kind,
            old=price(news["old_micros"] if kind is NewsKind.CHEAPER else None, currency),
            new=price(news["new_micros"], currency),
            at=instant(news["at_us"]),
        )


@strawberry.type(description="What is watched of an item, and what was told of it in 30 days.")
class WishlistWatch:
    back_in_stock: bool = strawberry.field(description="Told when it can be had again.")
    cheaper: bool = strawberry.field(description="Told when it costs less.")
    below: UnitPrice | None = strawberry.field(description="Told at this price and under it; null: under `than`.")
    than: UnitPrice | None = strawberry.field(description="What it cost when it was wished for.")
    mailed: bool = strawberry.field(description="Whether news go to a mail address, too.")
    confirmed: bool = strawberry.field(
        description="Whether whoever reads there has said yes; until then none go there."
    )
    news: list[WishlistNews] = strawberry.field(description="The newest first.")

    @classmethod
    def of(cls, watch: watches.Watch, confirmed: bool | None, news: Sequence[watches.News]) -> Self:
        """From the model's values."""
        return cls(
            back_in_stock=watch.stock,
            cheaper=watch.price,
            below=price(watch.below_micros, watch.currency),
            than=price(watch.reference_micros, watch.currency),
            mailed=confirmed is not None,
            confirmed=bool(confirmed),
            news=[WishlistNews.of(each) for each in news],
        )


async def _watch(parent: strawberry.Parent[WishlistItem], info: Info) -> WishlistWatch | None:
    if not parent.owned or parent.product is None:
        return None

    async def load(keys: list[tuple[str, str]]) -> list[WishlistWatch | None]:
        found, news = await info.context.use(WatchService).shown(sorted({list for list, _ in keys}))
        told: dict[tuple[str, str], list[watches.News]] = {}
        for each in news:
            told.setdefault((each.wishlist, each.item), []).append(each)
        shown = {(each.watch.wishlist, each.watch.item): each for each in found}
        return [
            WishlistWatch.of(shown[key].watch, shown[key].confirmed, told.get(key, ())) if key in shown else None
            for key in keys
        ]

    return await info.context.load("wishlist watches", load, (parent.wishlist, str(parent.id)))


@strawberry.type(description="A product somebody would like to have, or a line of text.")
class WishlistItem:
    id: strawberry.ID = strawberry.field(description="Unique on its list.")
    product: Product | None = strawberry.field(description="Null for a line of text.")
    configuration_id: strawberry.ID | None = strawberry.field(description="Of a configured product.")
    quantity: Decimal | None = strawberry.field(description="In the product's unit; null for a line of text.")
    note: str | None = strawberry.field(description="What somebody wrote beside it.")
    text: str | None = strawberry.field(description="Of a line of text.")
    added_at: DateTime = strawberry.field(description="When it was put on the list.")
    added_price: UnitPrice | None = strawberry.field(
        description="The gross price of one unit when it was put on the list; null: nobody could tell."
    )
    watch: WishlistWatch | None = field(_watch, description="Null where nothing is watched, and for all but the owner.")
    wishlist: strawberry.Private[str]
    owned: strawberry.Private[bool]

    @classmethod
    def of(cls, wish: Wish, wishlist: str, owned: bool, shelf: dict[str, Product]) -> Self:
        """From the model's item."""
        item = wish.item
        product = shelf.setdefault(item.sku, Product(sku=strawberry.ID(item.sku))) if item.sku else None
        return cls(
            id=strawberry.ID(item.id),
            product=product,
            configuration_id=strawberry.ID(item.configuration) if item.configuration else None,
            quantity=Decimal(format_quantity(item.quantity)) if item.sku else None,
            note=item.note or None,
            text=item.text or None,
            added_at=instant(item.added_us),
            added_price=price(wish.micros, wish.currency or ""),
            wishlist=wishlist,
            owned=owned,
        )


@strawberry.type(description="A key to one list that was given to others; the key itself is shown once.")
class WishlistLink:
    id: strawberry.ID = strawberry.field(description="To revoke it by.")
    access: Access = strawberry.field(description="What it gives the right to.")
    label: str = strawberry.field(description="For whom it is.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    expires_at: DateTime | None = strawberry.field(description="The first moment it opens nothing; null: it lasts.")

    @classmethod
    def of(cls, link: Link) -> Self:
        """From the model's value."""
        return cls(
            id=strawberry.ID(link.id),
            access=link.access,
            label=link.label,
            created_at=instant(link.created_us),
            expires_at=instant(link.expires_us),
        )


@strawberry.type(description="A named list of what somebody would like to have.")
class Wishlist:
    id: strawberry.ID = strawberry.field(description="Public; it does not open the list.")
    name: str = strawberry.field(description="As its owner calls it.")
    version: int = strawberry.field(description="Rises with every change.")
    access: Access = strawberry.field(description="What the asker may do with it.")
    items: list[WishlistItem] = strawberry.field(description="In their order.")
    links: list[WishlistLink] | None = strawberry.field(description="The oldest first; null for all but the owner.")
    shelf: strawberry.Private[dict[str, Product]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, shown: Shown, shelf: dict[str, Product]) -> Self:
        """From the service's answer; products come from the shelf, and new ones go onto it."""
        held, owned = shown.wishlist, shown.access is Access.OWNER
        return cls(
            id=strawberry.ID(held.id),
            name=held.state.name,
            version=held.version,
            access=shown.access,
            items=[WishlistItem.of(wish, held.id, owned, shelf) for wish in shown.wishes],
            links=None if shown.links is None else [WishlistLink.of(link) for link in shown.links],
            shelf=shelf,
        )


@strawberry.type(description="A list after a command.")
class WishlistPayload:
    wishlist: Wishlist | None = strawberry.field(description="Null when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A new list or link.")
class WishlistKeyPayload(WishlistPayload):
    key: str | None = strawberry.field(
        description="Whoever has it has what it opens. Given here only, and again when the call is repeated within 24 "
        "hours. Null for a list of an owner that is known."
    )


@strawberry.type(description="The list after the call.")
class ApplyWishlistOperationsPayload(WishlistPayload):
    applied: list[strawberry.ID] = strawberry.field(
        description="Operations of this call that the list holds now, whether they came first with it or before."
    )


@strawberry.type(description="The list after the call.")
class MoveWishlistToCartPayload(WishlistPayload):
    moved: list[strawberry.ID] = strawberry.field(description="Items that the cart has now.")


@strawberry.type(description="Lists after a command, in their order.")
class WishlistsPayload:
    wishlists: list[Wishlist] = strawberry.field(description="All of the owner's; none when refused.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A command without a result of its own.")
class WishlistDonePayload:
    problems: list[Problem] = strawberry.field(description="Why not; empty when it was done.")


@strawberry.type(description="What became of a link from a mail.")
class MailTokenPayload:
    done: bool = strawberry.field(description="False for a link that opens nothing, or nothing any more.")


@strawberry.type(description="A list that is followed: now, after each change, and with what is new of its items.")
class WishlistEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="For `after`, to resume without a gap.")
    wishlist: Wishlist = strawberry.field(description="Read anew for this event.")
    by: str | None = strawberry.field(description="Who made the newest change; null: nobody here.")
    what: list[str] = strawberry.field(
        description='Kinds of operations of the newest change, such as "addItems"; "sharing", "watching", "news".'
    )
    news: list[WishlistNews] = strawberry.field(
        description="New of watched items, in order; of CHANGE only, and for the owner only. What was told before "
        "stands in `WishlistItem.watch`."
    )


@strawberry.federation.type(shareable=True, description="There are as many as there may be.")
class WishlistLimit(Problem):
    limit: int = strawberry.field(description="How many there may be.")


@strawberry.federation.type(
    shareable=True,
    description="The item is moved into another cart, or has left the list for it; nothing goes into two.",
)
class WishlistItemLeaving(Problem):
    item_id: strawberry.ID = strawberry.field(description="Of the item.")


def price(micros: int | None, currency: str) -> UnitPrice | None:
    """A price, where there is one."""
    return UnitPrice.of(money.UnitPrice(micros, currency)) if micros else None
