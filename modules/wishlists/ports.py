"""What wishlists need from others, in kernel words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modules.kernel.basket import BasketLine
from modules.kernel.configuration import Configuration
from modules.kernel.errors import Refused
from modules.kernel.money import UnitPrice
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer


class Articles(Protocol):
    """Which products there are."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """Same length and order; None for an unknown one."""
        ...

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three known skus that look like each of these, in order; none for those behind the first ten."""
        ...


class Configurations(Protocol):
    """What configured products are made of."""

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        """Same length and order; None for one that is not there. Raises Unavailable."""
        ...


class Titled(Protocol):
    """A product with its name."""

    @property
    def title(self) -> str:
        """In one language."""
        ...


class Titles(Protocol):
    """What products are called."""

    async def products(self, skus: Sequence[str], viewer: Viewer) -> Sequence[Titled | None]:
        """Same length and order, in the viewer's language; None for an unknown one."""
        ...


class Channels(Protocol):
    """Where things are watched."""

    def channel(self, id: str | None) -> Channel:
        """The channel of this id. Raises UnknownPlace."""
        ...


class Stock(Protocol):
    """What can be had."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """Same length and order, for the viewer's channel."""
        ...


class Priced(Protocol):
    """What one unit costs."""

    @property
    def gross(self) -> UnitPrice:
        """With tax."""
        ...


class Prices(Protocol):
    """What things cost."""

    async def prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Priced | None]:
        """Same length and order; None for what has no price."""
        ...


class Carts(Protocol):
    """Where wishes go that are to be bought."""

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Refused | None]:
        """Puts wishes into the cart of this key; per wish in order None when the cart has it, or why it has not.

        A wish is known by its id: one that the cart has taken before is not put in again. Raises Refused for a key
        that opens no cart, or one that may not be changed.
        """
        ...
