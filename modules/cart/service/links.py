"""Use cases of links: further keys of a cart, which its owner gives to others and takes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from modules.cart.engine.intake import check_idempotency_key
from modules.cart.model import Cart, CartNotFound, kind_of
from modules.cart.model.keys import LONGEST_LABEL, Key, Link, Right, conflict
from modules.cart.store import LinkStore
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import check_text
from modules.kernel.moments import to_us
from modules.kernel.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkInput:
    """A link as it is wished for, unchecked."""

    key: str = field(repr=False)
    """The owner's."""
    idempotency_key: str = field(repr=False)
    right: Right
    label: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkDone:
    """The cart as it is now, the link and the key that it is, or why not."""

    cart: Cart | None = None
    link: Link | None = None
    key: str | None = field(default=None, repr=False)
    problems: tuple[Refused, ...] = ()


class LinkService:
    """The owner's key is the right to make and end links, so no permission is asked for beside it."""

    def __init__(self, store: LinkStore) -> None:
        self._store = store

    async def create(self, viewer: Viewer, given: LinkInput) -> LinkDone:
        """A key of its own for others, with no more than the right to edit; the same one when called again.

        Refused: CartNotFound, CartRightRequired, CartLinkLimit, IdempotencyConflict, InvalidInput.
        """
        try:
            owner = parse_key(given.key)
            wished = _link(given, viewer)
            made = self._store.key_of(owner, given.idempotency_key)
            link = Link(made.digest[:16], *wished)
            cart = await self._store.add(owner, made, link, kind_of(viewer.principal))
            if cart is None:
                raise conflict(given.idempotency_key)
        except Refused as refusal:
            return LinkDone(problems=(refusal,))
        links = cart.access.links if cart.access else ()
        return LinkDone(cart, next((each for each in links if each.id == link.id), link), made.text)

    async def revoke(self, viewer: Viewer, key: str, link: str) -> LinkDone:
        """Lets the link open nothing any more, and ends what is followed by it; nothing is done when called again.

        Refused: CartNotFound, CartRightRequired, CartLinkNotFound.
        """
        try:
            return LinkDone(await self._store.revoke(parse_key(key), link, kind_of(viewer.principal)))
        except Refused as refusal:
            return LinkDone(problems=(refusal,))


def parse_key(text: str) -> Key:
    """The key that was sent. Raises CartNotFound for a text that is none, as for one that opens nothing."""
    key = Key.parse(text)
    if key is None:
        raise CartNotFound
    return key


def _link(given: LinkInput, viewer: Viewer) -> tuple[Right, str, int, int | None]:
    """Right, label, made, end."""
    check_idempotency_key(given.idempotency_key)
    if given.right is Right.OWNER:
        raise InvalidInput("A link does not make an owner.", ("input", "right"), "READ or EDIT")
    if given.label is not None:
        check_text(given.label, LONGEST_LABEL, ("input", "label"))
    now_us = to_us(viewer.now)
    until_us = None if given.expires_at is None else to_us(given.expires_at)
    if until_us is not None and until_us <= now_us:
        raise InvalidInput("The link would have ended before it begins.", ("input", "expiresAt"), "a moment to come")
    return given.right, given.label or "", now_us, until_us
