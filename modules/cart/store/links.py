"""Links: further keys of a cart, made and ended by its owner."""

from __future__ import annotations

import hmac
from typing import Final

from modules.cart.engine.grants import encode_link
from modules.cart.model import Cart
from modules.cart.model.keys import MOST_LINKS, CartLinkLimit, CartLinkNotFound, Key, Link, Right
from modules.cart.store.active import ActiveCarts, cart_in
from modules.cart.store.scripts import LINK, REVOKE

_TAKEN, _TOO_MANY = 2, 1


class LinkStore:
    """The links of all carts. Their secrets are derived from the server's, so that a repeated call gives the same."""

    def __init__(self, active: ActiveCarts, secret: bytes) -> None:
        self._active = active
        self._secret = secret
        self._link = active.script(LINK)
        self._revoke = active.script(REVOKE)

    def key_of(self, key: Key, name: str) -> Key:
        """The key of the link of this name, which is known to the owner alone; the same whenever it is asked for."""
        signed = hmac.digest(self._secret, f"link\0{key.locator}\0{name}".encode(), "sha256")
        return Key(key.locator, Key.of(signed).secret)

    async def add(self, key: Key, made: Key, link: Link, by: str) -> Cart | None:
        """The cart with this link, which the key `made` opens; nothing is done when it is there. None when `made` is
        another link, or one that was revoked.

        Raises CartNotFound, CartRightRequired, CartLinkLimit.
        """
        call = {"link": made.digest, "most_links": MOST_LINKS}
        answer = await self._active.call(self._link, key, Right.OWNER, by, [encode_link(link)], call)
        if answer.said == _TOO_MANY:
            raise CartLinkLimit
        return None if answer.said == _TAKEN else cart_in(answer, key)

    async def revoke(self, key: Key, link: str, by: str) -> Cart:
        """The cart without this link; nothing is done when it was revoked before.

        Raises CartNotFound, CartRightRequired, CartLinkNotFound.
        """
        call = {"link": link, "what": REVOKED}
        answer = await self._active.call(self._revoke, key, Right.OWNER, by, call=call)
        if answer.said:
            raise CartLinkNotFound
        return cart_in(answer, key)


REVOKED: Final = "revokeLink"
"""What the event of a link that ends says was done."""
