"""What a cart looks like in the graph."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Self

import strawberry

from modules.cart import model
from modules.cart.engine.terms import NOTHING
from modules.cart.graph.deliveries import DeliveryOption
from modules.cart.graph.details import Address, GiftChoice
from modules.cart.graph.history import CartOperationConnection
from modules.cart.graph.inputs import QuoteTermsInput
from modules.cart.graph.keys import CartLink
from modules.cart.graph.quotes import Quote, Shelf, product
from modules.cart.model.keys import Access, Right
from modules.cart.service import CartDeliveries, CartQuotes, CartService, Memory
from modules.kernel.errors import UnknownPlace
from modules.kernel.feed import ChangeKind
from modules.kernel.graph import (
    Behind,
    DateTime,
    Decimal,
    First,
    GraphContext,
    Info,
    Problem,
    Product,
    field,
    instant,
)
from modules.kernel.quantity import format_quantity
from modules.kernel.selection import Wanted


@strawberry.type(description="So much of a product; its price is in the cart's quote.")
class CartLine:
    id: strawberry.ID = strawberry.field(description="For operations on it; unique in this cart.")
    product: Product = strawberry.field(description="As the cart's channel shows it.")
    quantity: Decimal = strawberry.field(description="In the product's unit.")
    configuration_id: strawberry.ID | None = strawberry.field(description="Of a configured product.")
    note: str = strawberry.field(description="What was noted on it, or empty.")

    @classmethod
    def of(cls, line: model.Line, shelf: Shelf) -> Self:
        """From the model's line."""
        quantity = Decimal(format_quantity(line.quantity))
        made = strawberry.ID(line.configuration) if line.configuration else None
        return cls(
            id=strawberry.ID(line.id),
            product=product(shelf, line.sku),
            quantity=quantity,
            configuration_id=made,
            note=line.note,
        )


Terms = Annotated[
    QuoteTermsInput | None, strawberry.argument(description="What else is known or assumed; nothing of it is kept.")
]


Since = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Id of an earlier quote of this cart: what costs another amount than there has a notice "
        "PRICE_CHANGED. In a subscription the first event goes by it, the later ones by the event before."
    ),
]


async def _quote(parent: strawberry.Parent[Cart], info: Info, terms: Terms = None, since: Since = None) -> Quote | None:
    cart, wishes = parent.source, terms.terms() if terms else NOTHING
    # Asking for the id is asking to keep it; of stock nothing is said but by notices.
    selected = info.context.selected(info, (), "Quote")
    keep, stock = Wanted("id") in selected, Wanted("notices") in selected
    quote = await info.context.use(CartQuotes).quote(
        cart, info.context.viewer, wishes, keep=keep, since=since, memory=parent.memory, stock=stock
    )
    shown = Quote.of(quote, parent.shelf)
    await context_at(cart, info.context).prefetch(info, shown.gifts(), "lines", "product")
    return shown


async def _delivery_options(parent: strawberry.Parent[Cart], info: Info, terms: Terms = None) -> list[DeliveryOption]:
    wishes = terms.terms() if terms else NOTHING
    found = await info.context.use(CartDeliveries).options(parent.source, info.context.viewer, wishes)
    return [DeliveryOption.of(estimate) for estimate in found]


QuoteId = Annotated[strawberry.ID, strawberry.argument(description="Of a quote of this cart, as it was answered.")]


async def _kept_quote(parent: strawberry.Parent[Cart], info: Info, id: QuoteId) -> Quote | None:
    quote = await info.context.use(CartQuotes).kept(parent.source, info.context.viewer, id)
    if quote is None:
        return None
    shelf: Shelf = {}
    shown = Quote.of(quote, shelf)
    await context_at(parent.source, info.context).prefetch(info, list(shelf.values()), "lines", "product")
    return shown


def context_at(cart: model.Cart, context: GraphContext) -> GraphContext:
    """Products stand in the cart's channel, like its quote; where that is gone the quote says so."""
    try:
        viewer = context.use(CartService).viewer_at(cart, context.viewer)
    except UnknownPlace:
        return context
    return context if viewer is context.viewer else context.standing(viewer)


def _history(
    parent: strawberry.Parent[Cart],
    first: First = 50,
    after: Behind = None,
) -> CartOperationConnection:
    return CartOperationConnection.of(parent.source, first, after)


@strawberry.type(description="What somebody means to buy, shared by all devices that have its key.")
class Cart:
    id: strawberry.ID = strawberry.field(description="Public; it does not open the cart.")
    channel: str = strawberry.field(description="Where it is priced, wherever it is looked at from.")
    version: int = strawberry.field(description="Rises with every operation taken up.")
    changed_at: DateTime | None = strawberry.field(
        description=(
            "The moment its latest operation counts at; null while there is none. "
            "A device puts its clock forward to it, so that what its user does next counts after what was seen."
        )
    )
    lines: list[CartLine] = strawberry.field(description="In the order in which they were begun, unless moved.")
    codes: list[str] = strawberry.field(
        description="As they were typed, in the order of entering; what each is worth is said by the quote."
    )
    note: str = strawberry.field(description="What was noted on the whole cart, or empty.")
    delivery_address: Address | None = strawberry.field(
        description="Where goods go. Null while not known, and for who may only read."
    )
    billing_address: Address | None = strawberry.field(
        description="Where bills go. Null while not known, and for who may only read."
    )
    email: str | None = strawberry.field(
        description="Where the shopper is written to. Null while not known, and for who may only read."
    )
    delivery_method: strawberry.ID | None = strawberry.field(description="The shipping method chosen, if any.")
    pickup_store: strawberry.ID | None = strawberry.field(description="Where goods are fetched, if they are.")
    payment: str | None = strawberry.field(description="The kind of payment chosen, if any.")
    gifts: list[GiftChoice] = strawberry.field(description="Choices among gifts, one for a promotion at most.")
    quote: Quote | None = field(
        _quote, description="What it costs the viewer now, in the cart's channel. Computed only when selected."
    )
    kept_quote: Quote | None = field(
        _kept_quote,
        description=(
            "A quote of this cart as it was answered, for 24 hours. Null for one whose id nobody selected, that is "
            "older or not among the cart's newest 100, or that was made for eyes that may see more than the viewer's: "
            "for another customer, or with rights."
        ),
    )
    delivery_options: list[DeliveryOption] = field(
        _delivery_options,
        description="Every shipping method of the cart's market for these goods: those that can serve it first, the "
        "cheapest before dearer ones; behind them why the others cannot. Computed only when selected.",
    )
    history: CartOperationConnection = field(
        _history, description="What was done, in the order in which it counts. At most 100 a page."
    )
    right: Right = strawberry.field(description="How far the key opens it that it was asked for with.")
    expires_at: DateTime | None = strawberry.field(description="When that key ends. Null: not by itself.")
    links: list[CartLink] | None = strawberry.field(
        description="The further keys that hold, the oldest first. Null for all but the owner."
    )
    source: strawberry.Private[model.Cart]
    shelf: strawberry.Private[Shelf] = dataclasses.field(default_factory=dict)
    memory: strawberry.Private[Memory | None] = None
    """What its subscription has shown."""

    @classmethod
    def of(cls, cart: model.Cart) -> Self:
        """From the model's cart."""
        shelf: Shelf = {}
        access, state = cart.access or Access(Right.OWNER), cart.state
        trusted = access.right is not Right.READ
        return cls(
            id=strawberry.ID(cart.id),
            channel=cart.channel,
            version=cart.version,
            changed_at=instant(cart.entries[-1].at_us) if cart.entries else None,
            lines=[CartLine.of(line, shelf) for line in cart.lines],
            codes=list(cart.codes),
            note=state.note,
            delivery_address=Address.of(state.delivery_address) if trusted else None,
            billing_address=Address.of(state.billing_address) if trusted else None,
            email=state.email if trusted else None,
            delivery_method=strawberry.ID(state.delivery) if state.delivery else None,
            pickup_store=strawberry.ID(state.store) if state.store else None,
            payment=state.payment,
            gifts=[GiftChoice.of(gift) for gift in state.gifts],
            right=access.right,
            expires_at=instant(access.expires_us),
            links=[CartLink.of(link) for link in access.links] if access.right is Right.OWNER else None,
            source=cart,
            shelf=shelf,
        )


async def shown(info: Info, cart: model.Cart, *path: str) -> Cart:
    """The cart with what is selected of its products fetched together: once, for the lines and for the quote."""
    seen = Cart.of(cart)
    products, context = list(seen.shelf.values()), context_at(cart, info.context)
    await context.prefetch(info, products, *path, "lines", "product")
    await context.prefetch(info, products, *path, "quote", "lines", "product")
    return seen


async def shown_if_asked(info: Info, cart: model.Cart) -> Cart | None:
    """The cart of a payload, which most tills do not ask for: they hear of what they do by their subscription."""
    asked = info.context.selected(info, (), "ApplyCartOperationsPayload")
    return await shown(info, cart, "cart") if Wanted("cart") in asked else None


@strawberry.type(description="A new cart.")
class CreateCartPayload:
    cart: Cart | None = strawberry.field(description="Null when refused.")
    key: str | None = strawberry.field(
        description="Whoever has it has the cart. Given here only, and again when the call is repeated within 24 hours."
    )
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="The cart after the call.")
class ApplyCartOperationsPayload:
    cart: Cart | None = strawberry.field(description="Null when the call was refused as a whole.")
    applied: list[strawberry.ID] = strawberry.field(
        description="Operations of this call that the cart holds now, whether they came first with it or before."
    )
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.type(description="A cart that is followed: now, and after each change.")
class CartEvent:
    kind: ChangeKind = strawberry.field(description="Whether it is the state of now or news.")
    cursor: str = strawberry.field(description="For `after`, to resume without a gap.")
    cart: Cart = strawberry.field(description="Read anew for this event.")
    by: str | None = strawberry.field(
        description="Who made the newest change: a kind of principal, or the name the device gave itself."
    )
    what: list[str] = strawberry.field(
        description='Kinds of operations of the newest change: "addLine". What else touched the cart since the event '
        'before: "price", "promotion", "stock", "product", "time". Such an event alone is by null, and has the cursor '
        "of the event before."
    )


@strawberry.federation.type(shareable=True, description="No cart has this key.")
class CartNotFound(Problem):
    pass
