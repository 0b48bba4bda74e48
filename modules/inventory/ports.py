"""What inventory needs from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modules.kernel.names import Sku
from modules.kernel.place import Channel
from modules.kernel.product import Article


class Channels(Protocol):
    """Where the shop sells."""

    def channels(self) -> Sequence[Channel]:
        """All channels."""
        ...


class Articles(Protocol):
    """The product master: the scale of quantities, and who exists."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """One answer per sku, in order; None for an unknown one."""
        ...

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three known skus that look like each of these, in order; none for those behind the first ten."""
        ...
