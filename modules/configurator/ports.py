"""What the configurator needs from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modules.kernel.configuration import OwnPrice
from modules.kernel.names import Sku
from modules.kernel.product import Article
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer


class Prices(Protocol):
    """What products cost by themselves."""

    async def own_prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[OwnPrice | None]:
        """Same length and order, in the viewer's lists and currency; None for what has no price."""
        ...


class Articles(Protocol):
    """What products weigh."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """Same length and order; None for an unknown one."""
        ...


class Stock(Protocol):
    """What can be had."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """Same length and order, for the viewer's channel. Raises Unavailable."""
        ...
