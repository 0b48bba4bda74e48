"""Access: who may do what with which lists. A key is never kept, only its hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modules.kernel.errors import Refused
from modules.wishlists.model.lists import Owner, WishlistId

MOST_LINKS: Final = 50
"""Links of one list."""
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")


class Access(StrEnum):
    """READ sees a list. EDIT changes its items and name, too. OWNER shares, watches, orders and deletes lists."""

    OWNER = "owner"
    EDIT = "edit"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a key, or a customer, opens: all lists of an owner, or one of them."""

    owner: Owner
    access: Access
    wishlist: WishlistId | None = None
    """None: all of the owner's."""
    expires_us: int | None = None

    def opens(self, id: str) -> bool:
        """Whether it is about this list, if that is the owner's."""
        return self.wishlist is None or self.wishlist == id


@dataclass(frozen=True, slots=True)
class Link:
    """A key to one list that was given to others."""

    id: str
    wishlist: WishlistId
    access: Access
    label: str
    created_us: int
    expires_us: int | None


class LinkNotFound(Refused):
    """The list has no such link, or none any more."""

    code = "WISHLIST_LINK_NOT_FOUND"

    def __init__(self, path: Sequence[str | int] = ("input", "link")) -> None:
        super().__init__("The wishlist has no such link.", path)


def hash_of(key: str) -> str | None:
    """What is kept of a key; None for a text that is none."""
    return hashlib.sha256(key.encode()).hexdigest() if _KEY.fullmatch(key) else None


def derive_key(secret: bytes, *parts: str) -> str:
    """192 bits that nobody can tell without the secret; the same for the same parts."""
    return urlsafe_b64encode(hmac.digest(secret, "\0".join(("wishlist key", *parts)).encode(), "sha256")[:24]).decode()
