"""The roots of wishlists: reading, changing, sharing, watching and following them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated

import strawberry

from modules.kernel.errors import Refused
from modules.kernel.graph import After, Info, Part, Product, field, problems, subscription, whole_sender
from modules.kernel.graph.problems import common
from modules.wishlists.events import WishlistChanged
from modules.wishlists.graph import inputs
from modules.wishlists.graph.lists import (
    ApplyWishlistOperationsPayload,
    MailTokenPayload,
    MoveWishlistToCartPayload,
    Wishlist,
    WishlistDonePayload,
    WishlistEvent,
    WishlistItemLeaving,
    WishlistKeyPayload,
    WishlistLimit,
    WishlistNews,
    WishlistPayload,
    WishlistsPayload,
)
from modules.wishlists.model import lists
from modules.wishlists.model.access import Access
from modules.wishlists.model.leaving import ItemLeaving
from modules.wishlists.service.lists import Seen, Shown, WishlistService
from modules.wishlists.service.mailing import MailingService
from modules.wishlists.service.moving import MovingService
from modules.wishlists.service.sharing import SharingService
from modules.wishlists.service.watching import WatchInput, WatchService

_OPERATIONS = frozenset(lists.Kind)
Key = Annotated[str | None, strawberry.argument(description=inputs.OWNED)]
Id = Annotated[strawberry.ID | None, strawberry.argument(description=inputs.LIST)]


async def _wishlists(info: Info, key: Key = None) -> list[Wishlist]:
    return await _all(info, await info.context.use(WishlistService).lists(info.context.viewer, key))


async def _wishlist(info: Info, key: Key = None, id: Id = None) -> Wishlist | None:
    return await _one(info, await info.context.use(WishlistService).get(info.context.viewer, key, id))


async def _create(info: Info, input: inputs.CreateWishlistInput) -> WishlistKeyPayload:
    service = info.context.use(WishlistService)
    made = await service.create(info.context.viewer, input.name, input.idempotency_key, input.key)
    shown = await _one(info, made.shown, "wishlist")
    return WishlistKeyPayload(wishlist=shown, key=made.key, problems=problems(info.context, made.problems))


async def _apply(info: Info, input: inputs.ApplyWishlistOperationsInput) -> ApplyWishlistOperationsPayload:
    operations = [operation.read() for operation in input.operations]
    service = info.context.use(WishlistService)
    done = await service.apply(info.context.viewer, input.key, input.id, operations, input.device)
    return ApplyWishlistOperationsPayload(
        wishlist=await _one(info, done.shown, "wishlist"),
        applied=[strawberry.ID(id) for id in done.applied],
        problems=problems(info.context, done.problems),
    )


async def _order(info: Info, input: inputs.OrderWishlistsInput) -> WishlistsPayload:
    done = await info.context.use(WishlistService).order(info.context.viewer, input.key, input.ids)
    return await _lists_payload(info, *done)


async def _delete(info: Info, input: inputs.DeleteWishlistInput) -> WishlistDonePayload:
    refused = await info.context.use(WishlistService).delete(info.context.viewer, input.key, input.id)
    return WishlistDonePayload(problems=problems(info.context, refused))


async def _share(info: Info, input: inputs.CreateWishlistLinkInput) -> WishlistKeyPayload:
    done = await info.context.use(SharingService).share(
        info.context.viewer, input.key, input.id, input.access, input.idempotency_key, input.label, input.expires_at
    )
    shown = await _one(info, done.shown, "wishlist")
    return WishlistKeyPayload(wishlist=shown, key=done.key, problems=problems(info.context, done.problems))


async def _revoke(info: Info, input: inputs.RevokeWishlistLinkInput) -> WishlistPayload:
    done = await info.context.use(SharingService).revoke(info.context.viewer, input.key, input.id, input.link)
    return await _payload(info, done.shown, done.problems)


async def _claim(info: Info, input: inputs.ClaimWishlistsInput) -> WishlistsPayload:
    return await _lists_payload(info, *await info.context.use(SharingService).claim(info.context.viewer, input.key))


async def _move(info: Info, input: inputs.MoveWishlistToCartInput) -> MoveWishlistToCartPayload:
    done = await info.context.use(MovingService).move(
        info.context.viewer, input.key, input.id, input.cart, input.idempotency_key, input.items, input.keep
    )
    return MoveWishlistToCartPayload(
        wishlist=await _one(info, done.shown, "wishlist"),
        moved=[strawberry.ID(id) for id in done.moved],
        problems=problems(info.context, done.problems),
    )


async def _watch(info: Info, input: inputs.WatchWishlistItemsInput) -> WishlistPayload:
    items = [WatchInput(each.item_id, each.back_in_stock, each.cheaper, each.below) for each in input.items]
    service = info.context.use(WatchService)
    done = await service.watch(info.context.viewer, input.key, input.id, items, input.mail)
    return await _payload(info, done.shown, done.problems)


async def _unwatch(info: Info, input: inputs.UnwatchWishlistItemsInput) -> WishlistPayload:
    done = await info.context.use(WatchService).unwatch(info.context.viewer, input.key, input.id, input.items)
    return await _payload(info, done.shown, done.problems)


async def _confirm(info: Info, input: inputs.MailTokenInput) -> MailTokenPayload:
    return MailTokenPayload(done=await info.context.use(MailingService).confirm(input.token))


async def _stop(info: Info, input: inputs.MailTokenInput) -> MailTokenPayload:
    return MailTokenPayload(done=await info.context.use(MailingService).stop(input.token))


async def _changed(
    info: Info, key: Key = None, id: Id = None, after: After = None
) -> AsyncGenerator[WishlistEvent, None]:
    service, context = info.context.use(WishlistService), info.context
    async with service.follow(context.viewer, context.feed, key, id, after) as sightings:
        async for seen in sightings:
            yield await _event(info, seen)


async def _event(info: Info, seen: Seen) -> WishlistEvent:
    changes = [WishlistChanged.read(change) for change in seen.delivery.changes]
    shown = await _one(info, seen.shown, "wishlist")
    assert shown
    what = list(changes[-1].what) if changes else []
    owns = seen.shown.access is Access.OWNER
    return WishlistEvent(
        kind=seen.delivery.kind,
        cursor=seen.delivery.cursor,
        wishlist=shown,
        by=changes[-1].by or None if changes else None,
        # What owners do beside the list is nobody else's business.
        what=what if owns else [each for each in what if each in _OPERATIONS],
        news=[WishlistNews.told(change.news) for change in changes if change.news],
    )


async def _payload(info: Info, shown: Shown | None, refused: Sequence[Refused]) -> WishlistPayload:
    return WishlistPayload(wishlist=await _one(info, shown, "wishlist"), problems=problems(info.context, refused))


async def _lists_payload(info: Info, shown: Sequence[Shown], refused: Sequence[Refused]) -> WishlistsPayload:
    found = await _all(info, shown, "wishlists")
    return WishlistsPayload(wishlists=found, problems=problems(info.context, refused))


async def _one(info: Info, shown: Shown | None, *path: str) -> Wishlist | None:
    return (await _all(info, [shown], *path))[0] if shown else None


async def _all(info: Info, shown: Sequence[Shown], *path: str) -> list[Wishlist]:
    """The lists with what is selected of their products fetched together, one product once."""
    shelf: dict[str, Product] = {}
    found = [Wishlist.of(each, shelf) for each in shown]
    await info.context.prefetch(info, list(shelf.values()), *path, "items", "product")
    return found


@strawberry.type
class Query:
    wishlists: list[Wishlist] = field(
        _wishlists,
        description="The lists that a key opens, or those of `Cogwerk-Customer`; empty for what opens nothing.",
    )
    wishlist: Wishlist | None = field(_wishlist, description="One of them; null for what opens nothing.")


@strawberry.type
class Mutation:
    create_wishlist: WishlistKeyPayload = field(
        _create,
        description="An empty list behind the others of its owner; for a new guest with the key to all of them.",
    )
    apply_wishlist_operations: ApplyWishlistOperationsPayload = field(
        _apply, description="Changes a list's name and items. May be sent again at any time."
    )
    order_wishlists: WishlistsPayload = field(_order, description="Puts an owner's lists into an order.")
    delete_wishlist: WishlistDonePayload = field(_delete, description="Deletes a list with all that hangs on it.")
    create_wishlist_link: WishlistKeyPayload = field(_share, description="A key for others that opens one list.")
    revoke_wishlist_link: WishlistPayload = field(_revoke, description="Ends a link and the subscriptions it has open.")
    claim_wishlists: WishlistsPayload = field(
        _claim, description="Makes a guest's lists those of `Cogwerk-Customer`. The key opens nothing afterwards."
    )
    move_wishlist_to_cart: MoveWishlistToCartPayload = field(
        _move, description="Puts products into a cart; each leaves the list when the cart has it."
    )
    watch_wishlist_items: WishlistPayload = field(
        _watch,
        description="Asks to be told when items are back in stock or cheaper: by `wishlistChanged`, and by mail.",
    )
    unwatch_wishlist_items: WishlistPayload = field(
        _unwatch, description="Ends that; a mail address that is not needed any more is erased."
    )
    confirm_wishlist_mail: MailTokenPayload = field(_confirm, description="Whoever reads at a mail address says yes.")
    stop_wishlist_mail: MailTokenPayload = field(_stop, description="No more mail; the address is erased.")


@strawberry.type
class Subscription:
    wishlist_changed: WishlistEvent = subscription(
        _changed,
        reads=whole_sender,
        description="A list now, after each change by anybody, and with what is new of its watched items.",
    )


PART = Part(
    name="wishlists",
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=(WishlistLimit, WishlistItemLeaving),
    problems={
        lists.WishlistLimit: lambda error: WishlistLimit(**common(error), limit=error.limit),
        ItemLeaving: lambda error: WishlistItemLeaving(**common(error), item_id=strawberry.ID(error.item)),
    },
)
