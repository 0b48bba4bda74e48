"""What wishlists publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from modules.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WishlistChanged(Event):
    """A list changed, or there is news of one of its items. The list is read anew; this says who did what.

    News are keys of their own, so that none is replaced by the next before a slow reader has it.
    """

    NAME: ClassVar[str] = "wishlists.wishlist_changed.v1"

    wishlist: str
    """The public id."""
    by: str
    """A kind of principal or the name a device gave itself; empty for news."""
    what: Sequence[str]
    """Kinds of operations in the order of the call, each once; `sharing`, `watching`, `deleted`."""
    news: Mapping[str, Any] | None = None
    """`{"id", "item", "sku", "kind", "old_micros", "new_micros", "currency", "at_us"}`."""

    @property
    def key(self) -> str:
        """The list's id; of news the list's and the news' own."""
        return f"{self.wishlist}#{self.news['id']}" if self.news else self.wishlist
