"""Carts at the till: opened by the code a phone shows, handed back, parked and resumed. For store associates."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modules.cart.engine.intake import check_idempotency_key
from modules.cart.model import Cart, CartNotFound, kind_of
from modules.cart.model.keys import LONGEST_LABEL
from modules.cart.model.tills import CODE_SECONDS, ParkedCart, ParkedCartNotFound, StoreRequired
from modules.cart.service.links import parse_key
from modules.cart.store import TillStore
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check_text
from modules.kernel.moments import to_us
from modules.kernel.names import StoreId
from modules.kernel.network import network
from modules.kernel.viewer import Permission, Viewer


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A code and when it ends, or why there is none."""

    code: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    problems: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class TillDone:
    """The cart and the till's key to it, or why not."""

    cart: Cart | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


class TillService:
    """A till gets a key of its own, which ends by itself; owners see it among their links, with the store's name."""

    def __init__(self, store: TillStore) -> None:
        self._store = store

    async def show_code(self, viewer: Viewer, key: str) -> CodeShown:
        """A code that opens the owner's cart once, for five minutes, instead of the one it showed before.

        Refused: CartNotFound, CartRightRequired.
        """
        try:
            code = await self._store.show(parse_key(key))
        except Refused as refusal:
            return CodeShown(problems=(refusal,))
        return CodeShown(code, viewer.now + timedelta(seconds=CODE_SECONDS))

    async def open(self, viewer: Viewer, code: str, call: str) -> TillDone:
        """The cart that this code shows, for the viewer's store; exactly one call opens it, and may be sent again.

        Needs CARTS_OPEN. Refused: StoreRequired, CartCodeUnknown, CartCodeTries, CartNotFound, CartLinkLimit.
        """
        viewer.require_here(Permission.CARTS_OPEN)
        try:
            store = _store(viewer)
            check_idempotency_key(call)
            shown = await self._store.enter(code, viewer.principal.id, network(viewer.address), call)
            cart, key = await self._store.grant_shown(shown, store, kind_of(viewer.principal), to_us(viewer.now))
        except Refused as refusal:
            return TillDone(problems=(refusal,))
        return TillDone(cart, key.text)

    async def release(self, viewer: Viewer, key: str) -> TillDone:
        """Ends the key that it is called with; done again it changes nothing. The owner's cannot be ended so.

        Refused: CartNotFound, InvalidInput.
        """
        try:
            released = await self._store.release(parse_key(key), kind_of(viewer.principal))
            if not released:
                raise InvalidInput("This is the owner's key.", ("input", "key"), "the key of a link or of a till")
        except Refused as refusal:
            return TillDone(problems=(refusal,))
        return TillDone()

    async def park(self, viewer: Viewer, key: str, label: str) -> TillDone:
        """Lets a cart wait in the viewer's store under this label, and ends the till's key to it.

        Needs CARTS_OPEN. Refused: StoreRequired, CartNotFound, CartRightRequired, InvalidInput.
        """
        viewer.require_here(Permission.CARTS_OPEN)
        try:
            store, parked = _store(viewer), parse_key(key)
            check_text(label, LONGEST_LABEL, ("input", "label"))
            await self._store.park(parked, store, label, to_us(viewer.now))
            with suppress(CartNotFound):
                await self._store.release(parked, kind_of(viewer.principal))
        except Refused as refusal:
            return TillDone(problems=(refusal,))
        return TillDone()

    async def parked(self, viewer: Viewer) -> list[ParkedCart]:
        """What waits in the viewer's store, the oldest first; nothing without a store. Needs CARTS_OPEN."""
        viewer.require_here(Permission.CARTS_OPEN)
        return await self._store.parked(StoreId(viewer.store.id)) if viewer.store else []

    async def resume(self, viewer: Viewer, id: str, call: str) -> TillDone:
        """A cart that waits in the viewer's store; exactly one call gets it, and may be sent again.

        Needs CARTS_OPEN. Refused: StoreRequired, ParkedCartNotFound, CartLinkLimit, InvalidInput.
        """
        viewer.require_here(Permission.CARTS_OPEN)
        try:
            store = _store(viewer)
            check_idempotency_key(call)
            return await self._resume(viewer, id, store, call)
        except Refused as refusal:
            return TillDone(problems=(refusal,))

    async def _resume(self, viewer: Viewer, id: str, store: StoreId, call: str) -> TillDone:
        parked = await self._store.take(id, store, viewer.principal.id, call)
        if parked is None:
            raise ParkedCartNotFound
        try:
            cart, key = await self._store.grant_parked(parked, kind_of(viewer.principal), to_us(viewer.now))
        except CartNotFound:
            await self._store.leave(parked)
            raise ParkedCartNotFound from None
        return TillDone(cart, key.text)


def _store(viewer: Viewer) -> StoreId:
    if viewer.store is None:
        raise StoreRequired
    return viewer.store.id
