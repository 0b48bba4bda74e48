"""Customers' carts: which cart is whose in which channel, and guests' carts on their way into them.

Rows say whose a cart is to be, before anything is done to it in Redis; whoever finds a row does what is missing. So a
process that is killed on the way has lost nothing, and another one, or the same call again, goes on.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from modules.cart.engine.merging import Strategy
from modules.cart.model import Cart, CartNotFound
from modules.cart.model.keys import Key, Locator, Right
from modules.cart.store.active import ActiveCarts, CartTaken, cart_in
from modules.cart.store.claim_scripts import ADOPT, EMPTY, LOOK, SEAL
from modules.cart.store.scripts import CREATE
from modules.kernel.names import ChannelId, CustomerId
from modules.runtime.database import Database
from modules.runtime.sql import upsert

_CLAIM: Final = "SELECT customer, channel, locator, nonce FROM cart_claim WHERE customer = :customer"
_HOLD: Final = """
    INSERT INTO cart_claim (customer, channel, locator, nonce) VALUES (:customer, :channel, :locator, :nonce)
    ON CONFLICT (customer, channel) DO NOTHING
"""
_LET_GO: Final = "DELETE FROM cart_claim WHERE customer = :customer AND channel = :channel AND locator = :locator"
_MERGE: Final = ("guest", "digest", "customer", "channel", "strategy")
_MERGES: Final = f"SELECT {', '.join(_MERGE)} FROM cart_merge WHERE customer = :customer AND channel = :channel"
_BEGIN: Final = upsert("cart_merge", _MERGE, ("guest", "customer"))
_END: Final = "DELETE FROM cart_merge WHERE guest = :guest AND customer = :customer"


@dataclass(frozen=True, slots=True)
class Claim:
    """The customer's cart of a channel. `nonce` makes its key, which nobody guesses without the server's secret."""

    customer: CustomerId
    channel: ChannelId
    locator: Locator
    nonce: str


@dataclass(frozen=True, slots=True)
class Merge:
    """A guest's cart on its way into a customer's; `digest` is that of the key it was claimed with."""

    guest: Locator
    digest: str
    customer: CustomerId
    channel: ChannelId
    strategy: Strategy


class ClaimStore:
    """Whose carts are whose. `secret` is the server's."""

    def __init__(self, database: Database, active: ActiveCarts, secret: bytes) -> None:
        self._database = database
        self._active = active
        self._secret = secret
        self._look, self._adopt = active.script(LOOK), active.script(ADOPT)
        self._seal, self._empty = active.script(SEAL), active.script(EMPTY)
        self._create = active.script(CREATE)

    def key_of(self, claim: Claim) -> Key:
        """The key of a customer's cart: the same on every device that may ask for it."""
        name = f"customer\0{claim.customer}\0{claim.channel}\0{claim.locator}\0{claim.nonce}"
        signed = hmac.digest(self._secret, name.encode(), "sha256")
        return Key(claim.locator, Key.of(signed).secret)

    async def claims(self, customer: CustomerId) -> list[Claim]:
        """The customer's, by channel."""
        rows = await self._database.read(f"{_CLAIM} ORDER BY channel", customer=customer)
        return [_claim(row) for row in rows]

    async def hold(self, customer: CustomerId, channel: ChannelId, locator: Locator | None = None) -> Claim:
        """The one cart that is the customer's in this channel: the one at `locator` (a new one without), unless there
        is one already. Of two who ask at once both get the same."""
        wish = Claim(customer, channel, locator or Key.of(secrets.token_bytes(32)).locator, secrets.token_hex(16))
        names = {"customer": customer, "channel": channel}
        async with self._database.transaction() as tx:
            await tx.run(_HOLD, **names, locator=wish.locator, nonce=wish.nonce)
            rows = await tx.read(f"{_CLAIM} AND channel = :channel", **names)
        return _claim(rows[0])

    async def let_go(self, claim: Claim) -> None:
        """Forgets a claim on a cart that is gone, or another customer's; nothing when it is another claim by now."""
        async with self._database.transaction() as tx:
            await tx.run(_LET_GO, customer=claim.customer, channel=claim.channel, locator=claim.locator)

    async def look(self, key: Key, customer: CustomerId) -> tuple[Cart, bool]:
        """The cart that is to be claimed with the owner's key, and whether this customer has claimed it so before.

        Raises CartNotFound, for another customer's as well, and CartRightRequired.
        """
        answer = await self._active.call(self._look, key, Right.OWNER, call={"customer": customer})
        return cart_in(answer, key), bool(answer.said)

    async def adopt(self, claim: Claim, by: str, make: bool = True) -> Cart | None:
        """The customer's cart, opened by its own key alone from now on; nothing is done when it is so already.

        One that is gone begins anew if told to `make` it. None when it is another customer's or closed, or gone.
        """
        key = self.key_of(claim)
        call = {"customer": claim.customer, "key": key.digest}
        try:
            with suppress(CartNotFound):
                return cart_in(await self._active.act(self._adopt, claim.locator, by, call=call), key)
            if not make:
                return None
            with suppress(CartNotFound):
                await self._active.call(self._create, key, Right.OWNER, by, call={"channel": claim.channel})
            return cart_in(await self._active.act(self._adopt, claim.locator, by, call=call), key)
        except CartTaken:
            return None

    async def merges(self, customer: CustomerId, channel: ChannelId) -> list[Merge]:
        """Those that have begun and not ended."""
        return [_merge(row) for row in await self._database.read(_MERGES, customer=customer, channel=channel)]

    async def begin(self, merge: Merge) -> None:
        """Notes what is to be done, before anything is."""
        row = {name: getattr(merge, name) for name in _MERGE}
        async with self._database.transaction() as tx:
            await tx.run(_BEGIN, **{**row, "strategy": merge.strategy.value})

    async def end(self, merge: Merge) -> None:
        """Notes that it is done, or was not to be."""
        async with self._database.transaction() as tx:
            await tx.run(_END, guest=merge.guest, customer=merge.customer)

    async def seal(self, merge: Merge, by: str) -> Cart:
        """The guest's cart, closed from now on. Raises CartNotFound where the key it was claimed with opens nothing."""
        call = {"customer": merge.customer, "grant": merge.digest, "needs": Right.OWNER}
        return cart_in(await self._active.act(self._seal, merge.guest, by, call=call), Key(merge.guest, ""))

    async def empty(self, merge: Merge) -> None:
        """Drops what the closed cart held."""
        await self._active.act(self._empty, merge.guest, call={"channel": merge.channel})


def _claim(row: tuple[str, ...]) -> Claim:
    customer, channel, locator, nonce = row
    return Claim(CustomerId(customer), ChannelId(channel), Locator(locator), nonce)


def _merge(row: tuple[str, ...]) -> Merge:
    guest, digest, customer, channel, strategy = row
    return Merge(Locator(guest), digest, CustomerId(customer), ChannelId(channel), Strategy(strategy))
