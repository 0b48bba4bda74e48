"""The roots of carts: reading, changing and following them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry.tools import merge_types

from modules.cart import model
from modules.cart.events import CartChanged
from modules.cart.graph import claims, keys, tills
from modules.cart.graph.carts import (
    ApplyCartOperationsPayload,
    Cart,
    CartEvent,
    CartNotFound,
    CreateCartPayload,
    shown,
    shown_if_asked,
)
from modules.cart.graph.claims import ClaimMutation, ClaimQuery
from modules.cart.graph.inputs import ApplyCartOperationsInput, CreateCartInput, QuoteInput
from modules.cart.graph.links import LinkMutation
from modules.cart.graph.quotes import Quote, Shelf
from modules.cart.graph.tills import TillMutation, TillQuery
from modules.cart.service import CartFollowing, CartService, Sight
from modules.kernel.events import Change
from modules.kernel.graph import After, Info, Part, field, problems, subscription
from modules.kernel.graph.problems import common

Key = Annotated[str, strawberry.argument(description="The cart's key.")]
Quoted = Annotated[QuoteInput, strawberry.argument(description="What, and when.")]


async def _cart(info: Info, key: Key) -> Cart | None:
    found = await info.context.use(CartService).get(key)
    return await shown(info, found) if found else None


async def _quote(info: Info, input: Quoted) -> Quote:
    lines = [line.read(str(index)) for index, line in enumerate(input.lines)]
    answer = await info.context.use(CartService).quote_lines(info.context.viewer, lines, input.terms())
    shelf: Shelf = {}
    quote = Quote.of(answer, shelf)
    await info.context.prefetch(info, list(shelf.values()), "lines", "product")
    return quote


async def _create_cart(info: Info, input: CreateCartInput) -> CreateCartPayload:
    service = info.context.use(CartService)
    made = await service.create(info.context.viewer, input.idempotency_key, input.channel)
    cart = await shown(info, made.cart, "cart") if made.cart else None
    return CreateCartPayload(cart=cart, key=made.key, problems=problems(info.context, made.problems))


async def _apply_cart_operations(info: Info, input: ApplyCartOperationsInput) -> ApplyCartOperationsPayload:
    service = info.context.use(CartService)
    operations = [operation.read() for operation in input.operations]
    done = await service.apply(info.context.viewer, input.key, operations, input.device)
    return ApplyCartOperationsPayload(
        cart=await shown_if_asked(info, done.cart) if done.cart else None,
        applied=[strawberry.ID(id) for id in done.applied],
        problems=problems(info.context, done.problems),
    )


async def _cart_changed(info: Info, key: Key, after: After = None) -> AsyncGenerator[CartEvent, None]:
    following, context = info.context.use(CartFollowing), info.context
    async with following.follow(key, context.viewer, context.feed, after) as sights:
        async for sight in sights:
            # The quote must not be asked for the moment at which the subscription began.
            context.viewer = replace(context.viewer, now=sight.seen.at)
            yield await _event(info, sight)


async def _event(info: Info, sight: Sight) -> CartEvent:
    delivery = sight.seen.delivery
    by, what = _said(delivery.changes)
    cart = await shown(info, sight.seen.cart, "cart")
    cart.memory = sight.memory
    return CartEvent(kind=delivery.kind, cursor=delivery.cursor, cart=cart, by=by, what=[*what, *sight.causes])


def _said(changes: Sequence[Change]) -> tuple[str | None, list[str]]:
    """Who did what, of the newest change; nobody nothing, of a snapshot."""
    newest = [CartChanged.read(change) for change in changes[-1:]]
    return (newest[0].by, list(newest[0].what)) if newest else (None, [])


@strawberry.type
class CartQuery:
    cart: Cart | None = field(_cart, description="Null for a key that opens nothing.")
    quote: Quote = field(_quote, description="What goods would cost in the viewer's channel; nothing is kept.")


@strawberry.type
class CartMutation:
    create_cart: CreateCartPayload = field(_create_cart, description="An empty cart and the key that opens it.")
    apply_cart_operations: ApplyCartOperationsPayload = field(
        _apply_cart_operations, description="Changes whatever a cart holds. May be sent again at any time."
    )


@strawberry.type
class Subscription:
    cart_changed: CartEvent = subscription(
        _cart_changed,
        description="The cart now, after each change by any device, and when prices, promotions, stock or time change "
        "what was shown of it.",
    )


PART = Part(
    name="cart",
    query=merge_types("Query", (CartQuery, ClaimQuery, TillQuery)),
    mutation=merge_types("Mutation", (CartMutation, LinkMutation, ClaimMutation, TillMutation)),
    subscription=Subscription,
    types=(CartNotFound, *keys.TYPES, *claims.TYPES, *tills.TYPES),
    problems={
        model.CartNotFound: lambda error: CartNotFound(**common(error)),
        **keys.PROBLEMS,
        **claims.PROBLEMS,
        **tills.PROBLEMS,
    },
)
