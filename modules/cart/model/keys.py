"""Keys: what opens a cart, how far, and until when. Pure.

A key is a text of 43 signs: 16 say where the cart lies (96 random bits), 27 are its secret (160 bits). The cart keeps
the SHA-256 of each secret that opens it, never a secret. Where there is no cart, and where there is one that this
secret does not open or opens no more, looks the same to whoever asks.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, Self

from modules.kernel.errors import IdempotencyConflict, Refused
from modules.kernel.names import CartId

Locator = NewType("Locator", str)
"""Where a cart lies; opens nothing."""

MOST_LINKS: Final = 50
"""Links of a cart that hold at a time."""
LONGEST_LABEL: Final = 40
KEY_BYTES: Final = 32
_LOCATOR_SIGNS: Final = 16
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Right(StrEnum):
    """How far a key opens a cart: each may what those before it may."""

    READ = "read"
    EDIT = "edit"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its bearer sends it. Never logged; only `digest` is kept."""

    locator: Locator
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The key that was sent; None when it has not the form of one."""
        if not _KEY.fullmatch(text):
            return None
        return cls(Locator(text[:_LOCATOR_SIGNS]), text[_LOCATOR_SIGNS:])

    @classmethod
    def of(cls, random: bytes) -> Self:
        """The key of 32 bytes that nobody can guess."""
        text = urlsafe_b64encode(random[:KEY_BYTES]).decode().rstrip("=")
        return cls(Locator(text[:_LOCATOR_SIGNS]), text[_LOCATOR_SIGNS:])

    @property
    def text(self) -> str:
        """As it is given out."""
        return self.locator + self.secret

    @property
    def digest(self) -> str:
        """SHA-256 of the secret, 43 signs. A secret of 160 random bits needs no slow hash: it cannot be guessed."""
        return urlsafe_b64encode(hashlib.sha256(self.secret.encode()).digest()).decode().rstrip("=")


def conflict(idempotency_key: str) -> IdempotencyConflict:
    """Tells the beginning alone of what keys of carts and links are made from."""
    return IdempotencyConflict(f"{idempotency_key[:4]}...")


def cart_id(locator: Locator) -> CartId:
    """The public id of the cart that lies there: it opens and finds nothing."""
    return CartId(hashlib.sha256(f"cart id {locator}".encode()).hexdigest()[:24])


@dataclass(frozen=True, slots=True)
class Link:
    """A further key of a cart, as its owner sees it. `label` is the owner's own word for it, or empty."""

    id: str
    right: Right
    label: str
    created_us: int
    expires_us: int | None = None
    """From then on it opens nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a cart was opened."""

    right: Right
    expires_us: int | None = None
    """The end of the key's own time."""
    links: Sequence[Link] = ()
    """Those that hold, the oldest first; none for whoever is not the owner."""


class CartRightRequired(Refused):
    """The key opens this cart, but not so far; nothing was done."""

    code = "CART_RIGHT_REQUIRED"

    def __init__(self, right: Right) -> None:
        super().__init__(f"This key does not open the cart so far: it takes the right {right.value!r}.", _KEY_PATH)
        self.right = right


class CartLinkLimit(Refused):
    """The cart has as many links as it may."""

    code = "CART_LINK_LIMIT"

    def __init__(self) -> None:
        super().__init__(f"A cart has at most {MOST_LINKS} links: revoke one.", _KEY_PATH)


class CartMailLimit(Refused):
    """So many links were mailed within an hour that no more are now."""

    code = "CART_MAIL_LIMIT"

    def __init__(self) -> None:
        super().__init__("Too many links were mailed: try again within an hour.", ("input", "to"))


class CartLinkNotFound(Refused):
    """The cart has had no link of this id."""

    code = "CART_LINK_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("This cart has no link with this id.", ("input", "link"))


_KEY_PATH: Final = ("input", "key")
