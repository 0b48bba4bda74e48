"""Customers' carts: a guest's is claimed on login, and the customer's is found again on every device."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from modules.cart.engine.intake import strange_channel
from modules.cart.engine.merging import Strategy, merge
from modules.cart.model import Cart, CartFull, CartNotFound, kind_of
from modules.cart.model.claims import CustomerRequired
from modules.cart.model.keys import Key
from modules.cart.ports import Channels
from modules.cart.service.links import parse_key
from modules.cart.store import CartStore, Claim, ClaimStore, Merge
from modules.kernel.errors import Refused, UnknownPlace
from modules.kernel.names import ChannelId, CustomerId
from modules.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class ClaimDone:
    """The customer's cart and the key that opens it, or why not."""

    cart: Cart | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


class ClaimService:
    """A customer has one open cart in each channel. For whom is asked is the viewer's customer."""

    def __init__(self, store: ClaimStore, carts: CartStore, channels: Channels) -> None:
        self._store = store
        self._carts = carts
        self._channels = channels

    async def claim(self, viewer: Viewer, key: str, strategy: Strategy) -> ClaimDone:
        """Makes a guest's cart the customer's in its channel or, where there is one, brings its goods into that.

        The owner's key and all links die, and the guest's cart is closed. Called again with the same key it has the
        same outcome. Refused: CustomerRequired, CartNotFound (another customer's cart too), CartRightRequired.
        """
        by = kind_of(viewer.principal)
        try:
            customer, guest = _customer(viewer), parse_key(key)
            cart, claimed = await self._store.look(guest, customer)
            channel = await self._place(customer, guest, cart)
            if claimed:
                return await self._open(customer, channel, by)
            return await self._claim(customer, guest, channel, strategy, by)
        except Refused as refusal:
            return ClaimDone(problems=(refusal,))

    async def open(self, viewer: Viewer, channel: str | None = None) -> ClaimDone:
        """The customer's cart of this channel, or of the viewer's, made if there is none; the same key on each device.

        Refused: CustomerRequired, UnknownChannel.
        """
        try:
            place = viewer.channel if channel is None else self._channels.channel(channel)
            return await self._open(_customer(viewer), place.id, kind_of(viewer.principal))
        except UnknownPlace as unknown:
            return ClaimDone(problems=(strange_channel(channel or "", unknown.allowed, ("input", "channel")),))
        except Refused as refusal:
            return ClaimDone(problems=(refusal,))

    async def carts(self, viewer: Viewer) -> list[Cart]:
        """The customer's open carts, by channel; none for a viewer without a customer."""
        if viewer.customer is None:
            return []
        claims = await self._store.claims(viewer.customer.id)
        by = kind_of(viewer.principal)
        found = await asyncio.gather(*(self._store.adopt(claim, by, make=False) for claim in claims))
        return [cart for cart in found if cart is not None]

    async def _place(self, customer: CustomerId, key: Key, cart: Cart) -> ChannelId:
        """Where the cart is the customer's: one that was moved since stays the one of the channel it was claimed in."""
        claims = await self._store.claims(customer)
        return next((claim.channel for claim in claims if claim.locator == key.locator), cart.channel)

    async def _claim(
        self, customer: CustomerId, guest: Key, channel: ChannelId, strategy: Strategy, by: str
    ) -> ClaimDone:
        claim = await self._store.hold(customer, channel, guest.locator)
        if claim.locator != guest.locator:
            await self._begin(Merge(guest.locator, guest.digest, customer, channel, strategy), by)
            return await self._open(customer, channel, by)
        adopted = await self._store.adopt(claim, by, make=False)
        if adopted is None:
            await self._store.let_go(claim)
            raise CartNotFound
        return self._done(claim, adopted)

    async def _open(self, customer: CustomerId, channel: ChannelId, by: str) -> ClaimDone:
        """The customer's cart, with whatever was on its way into it when somebody was killed."""
        claim = await self._store.hold(customer, channel)
        cart = await self._store.adopt(claim, by)
        if cart is None:
            await self._store.let_go(claim)
            claim = await self._store.hold(customer, channel)
            cart = await self._store.adopt(claim, by)
        for coming in await self._store.merges(customer, channel):
            cart = await self._merge(coming, claim, by) or cart
        return self._done(claim, cart)

    async def _begin(self, coming: Merge, by: str) -> None:
        """Noted first, so that whoever opens the customer's cart goes on when this process is killed."""
        await self._store.begin(coming)
        try:
            await self._store.seal(coming, by)
        except CartNotFound:
            await self._store.end(coming)
            raise

    async def _merge(self, coming: Merge, claim: Claim, by: str) -> Cart | None:
        """The customer's cart with the guest's goods; None when it was not the claimant's, or there is no room now."""
        try:
            guest = await self._store.seal(coming, by)
        except CartNotFound:
            await self._store.end(coming)
            return None
        try:
            key = self._store.key_of(claim)
            cart = await self._carts.revise(key, lambda own: merge(guest, own, coming.strategy), by)
        except CartFull:
            # It waits until there is room.
            return None
        await self._store.empty(coming)
        await self._store.end(coming)
        return cart

    def _done(self, claim: Claim, cart: Cart | None) -> ClaimDone:
        return ClaimDone(cart, self._store.key_of(claim).text)


def _customer(viewer: Viewer) -> CustomerId:
    if viewer.customer is None:
        raise CustomerRequired
    return viewer.customer.id
