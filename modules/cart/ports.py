"""What the cart needs from others, in kernel words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from modules.kernel.basket import Basket, DeliveryOption, Quote
from modules.kernel.configuration import Configuration
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.place import Channel, Store
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity
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


class Channels(Protocol):
    """Where carts stand."""

    def channel(self, id: str | None) -> Channel:
        """The channel of this id; None: the default one. Raises UnknownPlace."""
        ...

    def store(self, id: str | None, channel: Channel) -> Store | None:
        """The store of this id in the channel; None for None. Raises UnknownPlace."""
        ...


class Configurations(Protocol):
    """What configured lines are made of."""

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        """Same length and order, as the models of the viewer's day see them; None for one that is not there.

        Raises Unavailable."""
        ...


class Pricing(Protocol):
    """What a basket costs."""

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """Lines in the basket's order; one without a price is missing and has a notice PRICE_NOT_FOUND (P-6)."""
        ...

    async def deliveries(self, basket: Basket, viewer: Viewer) -> list[DeliveryOption]:
        """Every shipping method of the viewer's market with what it costs this basket, the cheapest first; behind them
        those that cannot serve it."""
        ...


class Stock(Protocol):
    """What can be had."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """Same length and order, for the viewer's channel."""
        ...


class Components(Protocol):
    """Of what configured products are made."""

    async def makeable(
        self, wishes: Sequence[tuple[ConfigurationId, Quantity]], viewer: Viewer, besides: Mapping[Sku, Quantity]
    ) -> list[Availability | None]:
        """How many of each configuration its components suffice for, and when so many are there; same length and order.
        Components that several need go to them in their order, after what is sold `besides` as it is. None for what
        cannot be said. Raises Unavailable."""
        ...
