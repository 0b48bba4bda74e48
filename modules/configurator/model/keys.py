"""Keys: what opens a session, how far, and until when. A key is never kept, only its hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_LINKS: Final = 50
"""Links of one session."""
LONGEST_LABEL: Final = 100
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{32}")


class Right(StrEnum):
    """How far a session is open: each may what those before it may."""

    READ = "read"
    EDIT = "edit"
    """Chooses, moves and parks."""
    OWNER = "owner"
    """Finalises and shares, too."""

    def covers(self, needed: Right) -> bool:
        """Whether it is enough."""
        order = list(Right)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Link:
    """A further key of a session, given to others by its owner."""

    id: str
    right: Right
    label: str
    created_us: int
    expires_us: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """How a session was opened; `expires_us` is the end of the key's own time."""

    right: Right
    expires_us: int | None = None


def hash_of(key: str) -> str | None:
    """What is kept of a key; None for a text that is none."""
    return hashlib.sha256(key.encode()).hexdigest() if _KEY.fullmatch(key) else None


def derive_key(secret: bytes, *parts: str) -> str:
    """192 bits that nobody can tell without the secret; the same for the same parts."""
    text = "\0".join(("configuration key", *parts))
    return urlsafe_b64encode(hmac.digest(secret, text.encode(), "sha256")[:24]).decode()
