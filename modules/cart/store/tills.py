"""Carts at the till: codes in Redis, parked carts in the database, and the grants that tills get."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from modules.cart.engine.grants import encode_link
from modules.cart.model import Cart, CartNotFound
from modules.cart.model.keys import MOST_LINKS, CartLinkLimit, Key, Link, Locator, Right, cart_id
from modules.cart.model.tills import (
    CODE_SECONDS,
    CODE_SIGNS,
    TILL_HOURS,
    TRIES_OF_NETWORK,
    TRIES_OF_PRINCIPAL,
    CartCodeTries,
    CartCodeUnknown,
    ParkedCart,
)
from modules.cart.store.active import ActiveCarts, CartTaken, cart_in
from modules.cart.store.code_scripts import OPEN, SHOW
from modules.cart.store.scripts import LINK, READ, REVOKE
from modules.kernel.names import CartId, StoreId
from modules.kernel.spelling import plain, spell
from modules.runtime.database import Database
from modules.runtime.sql import upsert

_HOUR_S: Final = 3_600
_HOUR_US: Final = _HOUR_S * 1_000_000
_RELEASED: Final = "releaseCart"
_PARKED: Final = ("locator", "id", "store", "label", "digest", "customer", "nonce", "parked_us", "taken")
_PARK: Final = upsert("cart_parked", _PARKED, ("locator",))
_FIND: Final = f"SELECT {', '.join(_PARKED)} FROM cart_parked WHERE"
_TAKE: Final = """
    UPDATE cart_parked SET taken = :command
    WHERE id = :id AND store = :store AND (taken IS NULL OR taken = :command)
"""
_LEAVE: Final = "DELETE FROM cart_parked WHERE id = :id AND nonce = :nonce"
_MOST_PARKED: Final = 200
_TOO_MANY: Final = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What a code shows: a cart, by whose key, and what the till's key is made of."""

    locator: Locator
    digest: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked cart's row. `digest` is that of the key it was parked with, `taken` the call that has resumed it."""

    locator: Locator
    id: CartId
    store: StoreId
    label: str
    digest: str
    customer: str
    nonce: str
    parked_us: int
    taken: str | None = None


class TillStore:
    """`secret` is the server's: it hides codes and who tries them, and makes the tills' keys."""

    def __init__(self, database: Database, active: ActiveCarts, secret: bytes) -> None:
        self._database = database
        self._active = active
        self._secret = secret
        self._show, self._open = active.redis.script(SHOW), active.redis.script(OPEN)
        self._link, self._revoke, self._read = active.script(LINK), active.script(REVOKE), active.script(READ)

    async def show(self, key: Key) -> str:
        """A code for the owner's cart, instead of the one it showed before. Raises CartNotFound, CartRightRequired."""
        await self._active.call(self._read, key, Right.OWNER)
        shown = orjson.dumps({"locator": key.locator, "digest": key.digest, "nonce": secrets.token_hex(16)})
        while True:
            code = spell(secrets.token_bytes(8), CODE_SIGNS)
            names = [self._name("code", code), self._name("shown", key.locator)]
            if await self._show(keys=names, args=[shown, CODE_SECONDS]):
                return code

    async def enter(self, code: str, principal: str, network: str, call: str) -> Shown:
        """What the code shows, to the first call that enters it, and to that again.

        Raises CartCodeUnknown, which is counted for principal and network, and CartCodeTries.
        """
        tries = [self._name("tries", "principal", principal), self._name("tries", "network", network)]
        names = [self._name("code", plain(code)), *tries]
        by = self._mark("by", principal, call)
        found = await self._open(keys=names, args=[by, TRIES_OF_PRINCIPAL, TRIES_OF_NETWORK, _HOUR_S])
        if found == "tries":
            raise CartCodeTries
        if found == "unknown":
            raise CartCodeUnknown
        shown = orjson.loads(found)
        return Shown(Locator(shown["locator"]), shown["digest"], shown["nonce"])

    async def grant_shown(self, shown: Shown, store: StoreId, by: str, now_us: int) -> tuple[Cart, Key]:
        """The cart, and the till's key to it. Raises CartNotFound when the key that showed it opens it no more."""
        call = {"grant": shown.digest, "needs": Right.OWNER}
        return await self._grant(shown.locator, shown.nonce, store, by, now_us, call)

    async def grant_parked(self, parked: Parked, by: str, now_us: int) -> tuple[Cart, Key]:
        """The same for a parked cart. Raises CartNotFound when it has gone, or become a customer's, since."""
        call = {"customer": parked.customer}
        return await self._grant(parked.locator, f"{parked.nonce}{parked.taken}", parked.store, by, now_us, call)

    async def release(self, key: Key, by: str) -> bool:
        """Ends this key; False for the owner's, which is not ended. Raises CartNotFound."""
        answer = await self._active.call(self._revoke, key, Right.READ, by, call={"what": _RELEASED})
        return not answer.said

    async def park(self, key: Key, store: StoreId, label: str, now_us: int) -> Parked:
        """Notes that the cart waits here. Raises CartNotFound, CartRightRequired.

        Called again with a key that parking has ended it finds what it has noted.
        """
        before = await self._find("locator = :locator", locator=key.locator)
        if before and (before.digest, before.store, before.taken) == (key.digest, store, None):
            return before
        answer = await self._active.call(self._read, key, Right.EDIT)
        customer = answer.fields.get("customer", "")
        id, nonce = cart_id(key.locator), secrets.token_hex(16)
        parked = Parked(key.locator, id, store, label, key.digest, customer, nonce, now_us)
        async with self._database.transaction() as tx:
            await tx.run(_PARK, **{name: getattr(parked, name) for name in _PARKED})
        return parked

    async def parked(self, store: StoreId) -> list[ParkedCart]:
        """What waits in a store, the oldest first."""
        where = f"{_FIND} store = :store AND taken IS NULL ORDER BY parked_us, id LIMIT {_MOST_PARKED}"
        rows = [Parked(*row) for row in await self._database.read(where, store=store)]
        return [ParkedCart(row.id, row.store, row.label, row.parked_us) for row in rows]

    async def take(self, id: str, store: StoreId, principal: str, call: str) -> Parked | None:
        """The parked cart, for the first call that takes it and for that again; None for all others."""
        command = self._mark("take", principal, call)
        async with self._database.transaction() as tx:
            if not await tx.run(_TAKE, id=id, store=store, command=command):
                return None
        return await self._find("id = :id", id=id)

    async def leave(self, parked: Parked) -> None:
        """Forgets that it waits."""
        async with self._database.transaction() as tx:
            await tx.run(_LEAVE, id=parked.id, nonce=parked.nonce)

    async def _grant(
        self, locator: Locator, nonce: str, store: StoreId, by: str, now_us: int, call: Mapping[str, object]
    ) -> tuple[Cart, Key]:
        signed = hmac.digest(self._secret, f"till\0{locator}\0{nonce}".encode(), "sha256")
        key = Key(locator, Key.of(signed).secret)
        link = Link(key.digest[:16], Right.EDIT, store, now_us, now_us + TILL_HOURS * _HOUR_US)
        asked = {**call, "link": key.digest, "most_links": MOST_LINKS}
        try:
            answer = await self._active.act(self._link, locator, by, [encode_link(link)], asked)
        except CartTaken:
            raise CartNotFound from None
        if answer.said == _TOO_MANY:
            raise CartLinkLimit
        cart = cart_in(answer, key)
        if cart.access is None:
            raise CartNotFound  # it was released, and this call came before
        return cart, key

    async def _find(self, where: str, **values: str) -> Parked | None:
        rows = await self._database.read(f"{_FIND} {where}", **values)
        return Parked(*rows[0]) if rows else None

    def _name(self, kind: str, *parts: str) -> str:
        return f"{{carts}}.{kind}:{self._mark(kind, *parts)}"

    def _mark(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\0".join(("till", *parts)).encode(errors="replace"), "sha256").hex()[:40]
