"""Carts at hand: scripts run on them, and what their answers mean."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import orjson

from modules.cart.engine.documents import decode, decode_base
from modules.cart.engine.grants import access
from modules.cart.events import CartChanged
from modules.cart.model import BEGINNING, Base, Cart, CartNotFound, cart_of
from modules.cart.model.keys import CartRightRequired, Key, Locator, Right, cart_id
from modules.cart.store.addresses import Address
from modules.cart.store.archive import ArchivedCarts, Kept
from modules.cart.store.fresh import FreshCarts
from modules.cart.store.scripts import RESTORE
from modules.kernel.errors import Unavailable
from modules.kernel.moments import format_moment, to_us
from modules.kernel.names import ChannelId
from modules.runtime.redis import Argument, Redis, Script

_MOST_ENTRIES: Final = 100_000
"""Of a bucket's stream, about."""
_TRIES: Final = 5
"""A cart that is put away and comes back as often while it is looked for is none."""
_NOTHING: Final[Mapping[str, object]] = {}


@dataclass(slots=True)
class Answer:
    """What a script left, and what it said of itself."""

    fields: Mapping[str, str]
    operations: Sequence[str]
    said: Any
    _cart: Cart | None = None

    def cart(self, locator: Locator) -> Cart:
        """The cart without what a key shows of it; folded once."""
        if self._cart is None:
            entries = (decode(text) for text in self.operations if not text.startswith('"'))
            channel, version = ChannelId(self.fields["channel"]), int(self.fields["version"])
            self._cart = cart_of(cart_id(locator), channel, version, entries, base_of(self))
        return self._cart


class CartTaken(Exception):
    """The cart is another customer's, or closed for good."""


class ActiveCarts:
    """The carts in Redis; one that was put away comes back when it is touched."""

    def __init__(self, redis: Redis, archive: ArchivedCarts | None = None) -> None:
        self.redis = redis
        self.fresh = FreshCarts()
        self._archive = archive
        self._restore = redis.script(RESTORE)

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
        asked = {"grant": key.digest, "needs": needs, **call}
        return await self.act(script, key.locator, by, args, asked)

    async def act(
        self,
        script: Script,
        locator: Locator,
        by: str = "",
        args: Sequence[Argument] = (),
        call: Mapping[str, object] = _NOTHING,
    ) -> Answer:
        """Does what the script does, for the shop itself. Raises CartNotFound where nothing lies."""
        address = Address(locator)
        event = _event(address, by)
        known = orjson.dumps({"locator": locator, **event, **call})
        name = event["event"] if by else ""
        with self.fresh.call(locator, name):
            for _ in range(_TRIES):
                found = await script(keys=address.keys, args=[known, *args])
                if found[0] != "absent" or not await self.restore(address):
                    return self._answer(locator, name, found)
        raise Unavailable("The archive of carts")

    def _answer(self, locator: Locator, call: str, found: Sequence[Any]) -> Answer:
        answer = _done(found)
        self.fresh.note(locator, call, answer)
        return answer or _refuse(found)

    async def restore(self, address: Address) -> bool:
        """Lets a cart that was put away come back, unless another did; whether it is worth looking for it again."""
        kept = await self._archive.load(address.locator, now_us()) if self._archive else None
        return kept is not None and await self.put_back(kept)

    async def put_back(self, kept: Kept) -> bool:
        """Puts back what was kept unless there is something newer, here or put away. Always True: look again."""
        call = {"locator": kept.locator, "mark": kept.mark, "fields": len(kept.fields)}
        args: list[Argument] = [orjson.dumps(call), *kept.fields, *kept.operations]
        await self._restore(keys=Address(kept.locator).keys, args=args)
        return True


def now_us() -> int:
    """This process's clock."""
    return to_us(datetime.now(UTC))


def base_of(answer: Answer) -> Base:
    """Where the cart's log begins."""
    return decode_base(answer.fields["base"]) if "base" in answer.fields else BEGINNING


def mark_of(fields: Mapping[str, str]) -> int:
    """What rises with every change of a cart."""
    return int(fields["version"]) + int(fields.get("changes", 0))


def cart_in(answer: Answer, key: Key) -> Cart:
    """The cart as this key shows it."""
    return replace(answer.cart(key.locator), access=access(answer.fields, key.digest, now_us()))


def _event(address: Address, by: str) -> dict[str, Any]:
    at = format_moment(datetime.now(UTC))
    event = {"event": secrets.token_hex(16), "name": CartChanged.NAME, "at": at, "cart": address.id, "by": by}
    return {**event, "most_entries": _MOST_ENTRIES}


def _done(found: Sequence[Any]) -> Answer | None:
    if found[0] != "done":
        return None
    _, fields, operations, said = found
    return Answer(dict(zip(fields[::2], fields[1::2], strict=True)), operations, said)


def _refuse(found: Sequence[Any]) -> NoReturn:
    became, *rest = found
    if became == "right":
        raise CartRightRequired(Right(rest[0]))
    if became == "taken":
        raise CartTaken
    raise CartNotFound
