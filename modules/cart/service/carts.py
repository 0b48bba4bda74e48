"""Carts: made, changed, priced and followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from modules.cart.engine.intake import (
    CartInput,
    Refusals,
    check_call,
    check_idempotency_key,
    configured,
    doubt,
    goods,
    misfits,
    needs_goods,
    outcome,
    sku_of,
    strange_channel,
)
from modules.cart.engine.notices import (
    breaches,
    by_line,
    choose,
    keeps_no_stock,
    shortages,
    sold_as_they_are,
    strange_store,
    too_many_codes,
    unmakeable,
    unvouched,
    vouched,
)
from modules.cart.engine.reading import read_all, read_wish
from modules.cart.engine.terms import NOTHING, Wishes, known_terms, read_terms
from modules.cart.events import CartChanged
from modules.cart.model import (
    MOST_CODES,
    MOST_LINES,
    Cart,
    CartFull,
    Entry,
    Kind,
    Line,
    Operation,
    SetChannel,
    fold,
    kind_of,
)
from modules.cart.model.keys import Key
from modules.cart.ports import Articles, Channels, Components, Configurations, Pricing, Stock
from modules.cart.service.links import parse_key
from modules.cart.store import Address, CartStore
from modules.kernel.basket import Basket, BasketLine, Notice, Quote
from modules.kernel.errors import BadUserInput, InvalidInput, Refused, Unavailable, UnknownPlace
from modules.kernel.feed import Delivery, Feed
from modules.kernel.moments import from_us, to_us
from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.kernel.stock import Availability
from modules.kernel.viewer import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Created:
    """A cart and the key that opens it, or why there is none."""

    cart: Cart | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The cart after a call, the ids of those of its operations that the cart now holds, and why not the others."""

    cart: Cart | None
    applied: tuple[str, ...]
    problems: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A followed cart as it was read at a moment, and the delivery that led to it."""

    delivery: Delivery
    cart: Cart
    at: datetime


class CartService:
    """Carts for every touchpoint. Prices, stock and products are asked of others when a quote is wanted."""

    def __init__(
        self,
        store: CartStore,
        articles: Articles,
        pricing: Pricing,
        stock: Stock,
        channels: Channels,
        configurations: Configurations,
        components: Components | None = None,
    ) -> None:
        """Without `components` nobody says of what configured products can be made."""
        self._store = store
        self._articles = articles
        self._pricing = pricing
        self._stock = stock
        self._channels = channels
        self._configurations = configurations
        self._components = components

    async def create(self, viewer: Viewer, idempotency_key: str, channel: str | None = None) -> Created:
        """A new cart in this channel, or in the viewer's; the same one when called again within 24 hours."""
        try:
            place = viewer.channel if channel is None else self._channels.channel(channel)
            check_idempotency_key(idempotency_key)
            key = await self._store.reserve(viewer.principal.id, idempotency_key, place.id)
            return Created(await self._store.create(key, place.id), key.text)
        except UnknownPlace as unknown:
            return Created(problems=(strange_channel(channel or "", unknown.allowed, ("input", "channel")),))
        except Refused as refusal:
            return Created(problems=(refusal,))

    async def get(self, key: str) -> Cart | None:
        """None for a key that opens nothing, well formed or not."""
        opening = Key.parse(key)
        return await self._store.read(opening) if opening else None

    async def apply(self, viewer: Viewer, key: str, inputs: Sequence[CartInput], device: str | None = None) -> Applied:
        """Takes up what the cart has not seen; refuses single operations, never for lack of stock, and for their
        age only what counts before the base.

        A call that is repeated has the same outcome, also when a product has gone since.
        """
        try:
            kind = kind_of(viewer.principal)
            check_call(len(inputs), device, kind)
            return await self._apply(parse_key(key), inputs, device or kind, viewer)
        except Refused as refusal:
            return Applied(None, (), (refusal,))

    def viewer_at(self, cart: Cart, viewer: Viewer) -> Viewer:
        """The viewer as a guest of the cart's own channel, and of the store in which the goods are fetched, as far as
        there is one of this id. Raises UnknownPlace when the channel is gone."""
        guest = _viewer_in(self._channels.channel(cart.channel or None), viewer)
        with suppress(UnknownPlace):
            store = self._channels.store(cart.state.store, guest.channel) or guest.store
            return guest if store is guest.store else replace(guest, store=store)
        return guest

    async def quote(self, cart: Cart, viewer: Viewer, wishes: Wishes = NOTHING, *, stock: bool = True) -> Quote:
        """What the cart costs this viewer, in the cart's own channel; nothing is kept. Terms that are not given are
        those that the cart knows. Without `stock` nobody is asked whether the goods are there, and no notice says so.

        Raises UnknownPlace when that is gone, BadUserInput with the place of what is malformed, Forbidden for a moment,
        a customer or drafts without the right to them.
        """
        terms = known_terms(read_terms(wishes, "terms"), cart.state)
        guest = self.viewer_at(cart, viewer).moved_to(wishes.at)
        quote = await self._quote(cart.lines, guest, replace(terms, id=cart.id, version=cart.version), stock)
        store = cart.state.store
        if store is None or (guest.store and guest.store.id == store):
            return quote
        return replace(quote, notices=(strange_store(store), *quote.notices))

    async def basket(self, cart: Cart, viewer: Viewer, wishes: Wishes = NOTHING) -> tuple[Basket, Viewer]:
        """What `quote` asks prices for: the lines that can be priced, on these terms; and the guest that asks.

        Raises what `quote` raises.
        """
        guest = self.viewer_at(cart, viewer).moved_to(wishes.at)
        terms = known_terms(read_terms(wishes, "terms"), cart.state)
        choice = choose(cart.lines, await self._known(line.sku for line in cart.lines), to_us(guest.now))
        taken, _ = await self._vouched(choice.lines, guest)
        codes, lines = cart.codes[:MOST_CODES], _basket_lines(taken)
        return replace(terms, id=cart.id, version=cart.version, codes=codes, lines=lines), guest

    async def quote_lines(self, viewer: Viewer, inputs: Sequence[CartInput], wishes: Wishes = NOTHING) -> Quote:
        """What these lines would cost, as if put into an empty cart; nothing is kept. Raises what `quote` raises."""
        basket = read_terms(wishes, "input")
        return await self._quote(_read_lines(inputs), viewer.moved_to(wishes.at), basket)

    @asynccontextmanager
    async def follow(self, key: str, feed: Feed, after: str | None = None) -> AsyncIterator[AsyncIterator[Seen]]:
        """The cart now and after each change.

        Ends when the key opens the cart no more: it expired or was revoked, the cart was closed or forgotten. Raises
        BadUserInput for a key that opens nothing or a malformed cursor.
        """
        opening = Key.parse(key)
        if opening is None or await self._store.read(opening) is None:
            raise BadUserInput("There is no cart with this key.", "key")
        address = Address(opening.locator)
        id = address.id  # a digest: it is compared with every event of the bucket
        following = feed.follow(CartChanged.NAME, lambda change: change.key == id, after, address.stream, {id})
        async with following as deliveries:
            with self._store.followed(opening):
                yield self._carts(opening, deliveries)

    async def _carts(self, key: Key, deliveries: AsyncIterator[Delivery]) -> AsyncIterator[Seen]:
        left = None
        while (delivery := await _next(deliveries, left)) and (cart := await self._store.after(key, _call(delivery))):
            yield Seen(delivery, cart, datetime.now(UTC))
            left = _left(cart, datetime.now(UTC))
            del cart  # while this waits, thousands do

    async def _apply(self, key: Key, inputs: Sequence[CartInput], by: str, viewer: Viewer) -> Applied:
        asked, malformed = read_all(inputs)
        doubts = await self._misfits(asked, viewer) | await self._doubts(key, asked) | self._strange_channels(asked)
        clear = [operation for index, operation in asked.items() if index not in doubts]
        done = await self._store.append(key, clear, by)
        held = {entry.operation.id: entry.operation for entry in done.cart.entries}
        applied, refused = outcome(asked, doubts, held, done.folded, done.late)
        refused |= malformed
        whole = (CartFull(),) if done.full else ()
        return Applied(done.cart, applied, (*whole, *(refused[index] for index in sorted(refused))))

    async def _misfits(self, asked: Mapping[int, Operation], viewer: Viewer) -> Refusals:
        """Configurations of other products than those they are added as. While nobody can say, the quote will."""
        made = {index: wish for index, item in asked.items() if (wish := configured(item))}
        ids = list(dict.fromkeys(wish.configuration for wish in made.values() if wish.configuration))
        try:
            found = await self._configurations.configurations(ids, viewer) if ids else []
        except Unavailable:
            return {}
        return misfits(made, dict(zip(ids, found, strict=True)))

    async def _doubts(self, key: Key, asked: Mapping[int, Operation]) -> Refusals:
        """What the catalogue has against these operations. Reads the cart only to judge a part of a unit set."""
        operations, named = list(asked.values()), {}
        if needs_goods(operations) and (cart := await self._store.read(key)):
            operations = [*(entry.operation for entry in cart.entries), *operations]
            named = {line.id: line.sku for line in cart.lines}
        named |= goods(operations)
        about = {index: sku for index, item in asked.items() if (sku := sku_of(item, named))}
        articles = await self._known(about.values())
        strange = [sku for sku, article in articles.items() if article is None]
        nearest = dict(zip(strange, await self._articles.nearest(strange), strict=True))
        found = {index: doubt(index, asked[index], sku, articles[sku], nearest) for index, sku in about.items()}
        return {index: refusal for index, refusal in found.items() if refusal}

    def _strange_channels(self, asked: Mapping[int, Operation]) -> Refusals:
        refused: Refusals = {}
        for index, operation in asked.items():
            if isinstance(operation.wish, SetChannel):
                try:
                    self._channels.channel(operation.wish.channel)
                except UnknownPlace as unknown:
                    path = ("input", "operations", index, "operation", Kind.SET_CHANNEL, "channel")
                    refused[index] = strange_channel(operation.wish.channel, unknown.allowed, path)
        return refused

    async def _quote(self, lines: Sequence[Line], viewer: Viewer, basket: Basket, stock: bool = True) -> Quote:
        articles = await self._known(line.sku for line in lines)
        choice = choose(lines, articles, to_us(viewer.now))
        taken, strange = await self._vouched(choice.lines, viewer)
        wished = _basket_lines(taken)
        asked = self._pricing.quote(replace(basket, lines=wished, codes=basket.codes[:MOST_CODES]), viewer)
        quote, missing = await asyncio.gather(asked, self._shortages(taken, viewer)) if stock else (await asked, [])
        own = [*choice.notices, *strange, *breaches(taken, articles), *too_many_codes(basket.codes)]
        notices = by_line([*quote.notices, *own, *missing], lines)
        changes = [quote.valid_until] if choice.until_us is None else [quote.valid_until, from_us(choice.until_us)]
        return replace(quote, notices=notices, valid_until=min(changes))

    async def _vouched(self, lines: tuple[Line, ...], viewer: Viewer) -> tuple[tuple[Line, ...], list[Notice]]:
        """The lines whose configuration is known to be one of their product, and notices about the others."""
        ids = list(dict.fromkeys(line.configuration for line in lines if line.configuration))
        if not ids:
            return lines, []
        try:
            made = await self._configurations.configurations(ids, viewer)
        except Unavailable as error:
            return unvouched(lines, error)
        return vouched(lines, dict(zip(ids, made, strict=True)))

    async def _shortages(self, lines: Sequence[Line], viewer: Viewer) -> list[Notice]:
        """A quote without stock is worth more than none, so inventory's silence becomes a notice."""
        skus = list(dict.fromkeys(line.sku for line in lines))
        try:
            stock = await self._stock.availability(skus, viewer) if skus else []
        except Unavailable as error:
            return [Notice(error.code, error.message, data={"module": "inventory"})]
        figures = viewer.channel.shows_figures or viewer.may(Permission.STOCK_READ)
        counted = dict(zip(skus, stock, strict=True))
        return [*shortages(lines, counted, figures), *await self._unmakeable(lines, counted, viewer, figures)]

    async def _unmakeable(
        self, lines: Sequence[Line], stock: Mapping[Sku, Availability], viewer: Viewer, figures: bool
    ) -> list[Notice]:
        """What is made to order goes by its components; where nobody can say of them, nothing is said."""
        made = keeps_no_stock(lines, stock)
        if self._components is None or not made:
            return []
        wishes = [(line.configuration, line.quantity) for line in made if line.configuration]
        try:
            found = await self._components.makeable(wishes, viewer, sold_as_they_are(lines, made))
        except Unavailable as error:
            return [Notice(error.code, error.message, data={"module": "configurator"})]
        return unmakeable(zip(made, found, strict=True), figures)

    async def _known(self, skus: Iterable[Sku]) -> dict[Sku, Article | None]:
        distinct = list(dict.fromkeys(skus))
        return dict(zip(distinct, await self._articles.articles(distinct), strict=True)) if distinct else {}


def _basket_lines(lines: Iterable[Line]) -> tuple[BasketLine, ...]:
    return tuple(BasketLine(line.id, line.sku, line.quantity, line.configuration) for line in lines)


def _call(delivery: Delivery) -> str:
    """The call behind its newest change; "" for the state of now, which nobody's call is known to have left."""
    return CartChanged.read(delivery.changes[-1]).call if delivery.changes else ""


async def _next(deliveries: AsyncIterator[Delivery], left: timedelta | None) -> Delivery | None:
    """The next one; None when there is none within what is left, or none at all."""
    if left is None:
        return await anext(deliveries, None)
    try:
        async with asyncio.timeout(left.total_seconds()):
            return await anext(deliveries, None)
    except TimeoutError:
        return None


def _left(cart: Cart, now: datetime) -> timedelta | None:
    """How long the key still opens the cart; None: without end."""
    ends_us = cart.access.expires_us if cart.access else None
    return None if ends_us is None else from_us(ends_us) - now


def _viewer_in(channel: Channel, viewer: Viewer) -> Viewer:
    """The viewer as a guest of another channel: its currency and its stores."""
    if channel.id == viewer.channel.id:
        return viewer
    currency = viewer.currency if viewer.currency in channel.market.currencies else channel.market.currency
    store = viewer.store if viewer.store and channel.id in viewer.store.channels else None
    return replace(viewer, channel=channel, currency=currency, store=store)


def _read_lines(inputs: Sequence[CartInput]) -> tuple[Line, ...]:
    if len(inputs) > MOST_LINES:
        raise BadUserInput(f"There are {len(inputs)} lines.", "input.lines", f"at most {MOST_LINES}")
    try:
        wishes = [read_wish(given, ("input", "lines", index)) for index, given in enumerate(inputs)]
    except InvalidInput as refusal:
        raise BadUserInput(refusal.message, ".".join(refusal.path), refusal.allowed) from None
    return fold(Entry(index, Operation(str(index), wish), "") for index, wish in enumerate(wishes)).lines
