"""The log of operations: written and read by one script in one round trip.

    cart:new:<hash>         what an idempotency key of createCart has led to, for 24 hours

A cart's first key is derived from the server's secret, and never stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from modules.cart.engine.documents import encode, encode_base
from modules.cart.model import MOST_OPERATIONS, OLDEST_US, Cart, CartFull, CartNotFound, Operation, Undo, compact
from modules.cart.model.keys import Key, Right, conflict
from modules.cart.store.active import ActiveCarts, Answer, base_of, cart_in, mark_of, now_us
from modules.cart.store.scripts import APPEND, COMPACT, CREATE
from modules.kernel.names import ChannelId
from modules.runtime.redis import Argument

_DAY_S = 86_400
_DAY_US = _DAY_S * 1_000_000
OLD_US = 30 * _DAY_US
"""How old operations are that become part of the base."""
_FULL, _CHANGED = 1, 2


@dataclass(frozen=True, slots=True)
class Appended:
    """The cart after a call. `full`: nothing was taken up, since it would keep too many operations. Not `current`:
    nothing was, since it is at another version than was said."""

    cart: Cart
    full: bool
    current: bool = True
    folded: frozenset[str] = frozenset()
    """Those of the call's ids, and of what it undoes, that the cart's base holds."""
    late: frozenset[str] = frozenset()
    """Operations that count before the base, or would undo something there: they were not taken up."""


class CartStore:
    """All carts. `secret` is the server's: whoever has it and the store's records can derive keys of the last day."""

    def __init__(self, active: ActiveCarts, secret: bytes) -> None:
        self._active = active
        self._secret = secret
        self._append = active.script(APPEND)
        self._create = active.script(CREATE)
        self._compact = active.script(COMPACT)

    async def reserve(self, principal: str, idempotency_key: str, channel: ChannelId) -> Key:
        """The owner's key that belongs to this idempotency key for 24 hours, the same whenever it is asked for.

        Raises IdempotencyConflict when it was asked for with another channel.
        """
        record = f"cart:new:{_digest(principal, idempotency_key)}"
        wish = f"{secrets.token_hex(16)}:{_digest(channel)}"
        held = await self._active.redis.execute("SET", record, wish, "NX", "GET", "EX", _DAY_S)
        nonce, _, body = (held or wish).partition(":")
        if body != _digest(channel):
            raise conflict(idempotency_key)
        return Key.of(hmac.digest(self._secret, f"{nonce}{idempotency_key}".encode(), "sha256"))

    async def create(self, key: Key, channel: ChannelId) -> Cart:
        """An empty cart that this key owns; the one that is there when called again.

        Raises CartNotFound when there is one that the key opens no more.
        """
        call = {"channel": channel}
        return cart_in(await self._active.call(self._create, key, Right.OWNER, call=call), key)

    async def read(self, key: Key) -> Cart | None:
        """The cart as it is; None where the key opens nothing."""
        try:
            return (await self._take_up(key, Right.READ, (), "")).cart
        except CartNotFound:
            return None

    def followed(self, key: Key) -> AbstractContextManager[None]:
        """While the block runs, `after` knows what this process does to the cart."""
        return self._active.fresh.follow(key.locator)

    async def after(self, key: Key, call: str) -> Cart | None:
        """The cart as this call of `CartChanged` left it, or as it is now; None where the key opens nothing.

        No round trip for the newest call when this process made it a moment ago.
        """
        await self._active.fresh.arrival(call)
        answer = self._active.fresh.take(key.locator, call)
        if answer is None:
            return await self.read(key)
        cart = cart_in(answer, key)
        return cart if cart.access else None

    async def append(self, key: Key, operations: Sequence[Operation], by: str) -> Appended:
        """Takes up what the cart has not seen, in one atomic step with its event.

        Called twice, as when an answer was lost, it does what it does once. Raises CartNotFound, CartRightRequired.
        """
        return await self._take_up(key, Right.EDIT, operations, by)

    async def revise(self, key: Key, make: Callable[[Cart], Sequence[Operation]], by: str) -> Cart:
        """Takes up what `make` makes of the cart as it is, again for as long as others change it meanwhile.

        Raises CartNotFound, CartRightRequired, CartFull.
        """
        cart = await self.read(key)
        while cart is not None and (operations := make(cart)):
            done = await self._take_up(key, Right.EDIT, operations, by, cart.version)
            if done.full:
                raise CartFull
            if done.current:
                return done.cart
            cart = done.cart
        if cart is None:
            raise CartNotFound
        return cart

    async def _take_up(
        self, key: Key, needs: Right, operations: Sequence[Operation], by: str, version: int | None = None
    ) -> Appended:
        args: list[Argument] = []
        for operation in operations:
            time = "" if operation.at_us is None else operation.at_us
            undoes = operation.wish.operation if isinstance(operation.wish, Undo) else ""
            args += [operation.id, time, operation.kind.value, encode(operation, by), undoes]
        call = {"most_operations": MOST_OPERATIONS, "oldest_us": OLDEST_US}
        if version is not None:
            call["version"] = version
        answer = await self._active.call(self._append, key, needs, by, args, call)
        outcome, folded, late = answer.said
        cart = cart_in(answer, key)
        await self._compacted(key, cart, answer)
        return Appended(cart, outcome == _FULL, outcome != _CHANGED, frozenset(folded), frozenset(late))

    async def _compacted(self, key: Key, cart: Cart, answer: Answer) -> None:
        """Folds what is older than 30 days, once a day at most; not for a day after something so old has come."""
        now = now_us()
        late_us = int(answer.fields.get("late_at", 0))
        if not cart.entries or cart.entries[0].at_us > now - OLD_US - _DAY_US or late_us > now - _DAY_US:
            return
        done = compact(cart.entries, base_of(answer), now - OLD_US)
        if done.folded:
            call = {"mark": mark_of(answer.fields), "base_at": done.base.at_us}
            args: list[Argument] = [encode_base(done.base), *done.folded]
            with suppress(CartNotFound):
                await self._active.act(self._compact, key.locator, args=args, call=call)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
