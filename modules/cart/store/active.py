"""Carts at hand: scripts run on them, and what their answers mean."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from modules.cart.engine.documents import decode
from modules.cart.engine.grants import access
from modules.cart.events import CartChanged
from modules.cart.model import Cart, CartNotFound, cart_of
from modules.cart.model.keys import CartRightRequired, Key, Right
from modules.cart.store.addresses import Address
from modules.kernel.moments import format_moment, to_us
from modules.kernel.names import ChannelId
from modules.runtime.redis import Argument, Redis, Script

_MOST_ENTRIES: Final = 100_000
"""Of a bucket's stream, about."""
_NOTHING: Final[Mapping[str, object]] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a script left, and what it said of itself."""

    fields: Mapping[str, str]
    operations: Sequence[str]
    said: Any


class ActiveCarts:
    """The carts in Redis."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def script(self, source: str) -> Script:
        """A script of `modules.cart.store.scripts`."""
        return self.redis.script(source)

    async def call(
        self,
        script: Script,
        key: Key,
        needs: Right,
        by: str = "",
        args: Sequence[Argument] = (),
        call: Mapping[str, object] = _NOTHING,
    ) -> Answer:
        """Does what the script does, with the right of this key.

        Raises CartNotFound where the key opens nothing, CartRightRequired where it does not open so far.
        """
        address = Address(key.locator)
        known = {"grant": key.digest, "needs": needs, **_event(address, by), **call}
        return _answer(await script(keys=address.keys, args=[orjson.dumps(known), *args]))


def cart_in(answer: Answer, key: Key) -> Cart:
    """The cart as this key shows it."""
    fields = answer.fields
    cart = cart_of(
        Address(key.locator).id, ChannelId(fields["channel"]), int(fields["version"]), map(decode, answer.operations)
    )
    return replace(cart, access=access(fields, key.digest, to_us(datetime.now(UTC))))


def _event(address: Address, by: str) -> dict[str, str | int]:
    at = format_moment(datetime.now(UTC))
    event = {"event": secrets.token_hex(16), "name": CartChanged.NAME, "at": at, "cart": address.id, "by": by}
    return {**event, "most_entries": _MOST_ENTRIES}


def _answer(found: Sequence[Any]) -> Answer:
    became, *rest = found
    if became == "right":
        raise CartRightRequired(Right(rest[0]))
    if became != "done":
        raise CartNotFound
    fields, operations, said = rest
    return Answer(dict(zip(fields[::2], fields[1::2], strict=True)), operations, said)
