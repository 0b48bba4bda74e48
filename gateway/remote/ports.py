"""What modules may ask one another across processes, by the module that answers.

Each method is one operation of the internal graph, called as it is called here. The annotations decide how questions
and answers are written (`gateway.remote.wire`): kernel words, and the few of a module's own that stand in memory
elsewhere. Every method is plural and may be asked twice: what changes anything knows its wishes by their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from modules.access.model import ApiKey
from modules.customers.model import Customer, Segment
from modules.kernel.basket import Basket, BasketLine, DeliveryOption, Quote
from modules.kernel.configuration import Configuration, OwnPrice, SurchargeRequest, Surcharges, Unpriced
from modules.kernel.money import UnitPrice
from modules.kernel.names import ConfigurationId, CustomerId, Sku
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer
from modules.market.model import Places


@dataclass(frozen=True, slots=True)
class Title:
    """What a product is called, in one language."""

    title: str


@dataclass(frozen=True, slots=True)
class Gross:
    """What one unit costs, with tax."""

    gross: UnitPrice


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal as it travels: one of the kernel's keeps its kind and data, any other its code."""

    code: str
    message: str
    path: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


class MarketPort(Protocol):
    """Answered by the market."""

    async def places(self) -> Places:
        """All markets, channels and stores."""
        ...


class CustomersPort(Protocol):
    """Answered by customers; none of it names a person."""

    async def customers(self, ids: Sequence[str]) -> Mapping[CustomerId, Customer]:
        """Those that exist, by id."""
        ...

    async def segments(self) -> tuple[Segment, ...]:
        """All segments by id."""
        ...


class AccessPort(Protocol):
    """Answered by access."""

    async def key(self, id: str) -> ApiKey | None:
        """An API key with the digest of its secret, which nobody can turn back; None for an unknown one."""
        ...


class CatalogPort(Protocol):
    """Answered by the catalogue."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """Same length and order; None for an unknown one."""
        ...

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three known skus that look like each of these, in order; none for those behind the first ten."""
        ...

    async def categories(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these categories that exist."""
        ...

    async def groups(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these product groups that exist."""
        ...

    async def products(self, skus: Sequence[str], viewer: Viewer) -> Sequence[Title | None]:
        """Same length and order, in the viewer's language; None for an unknown one."""
        ...


class PricingPort(Protocol):
    """Answered by pricing."""

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """What a basket costs, lines in its order."""
        ...

    async def deliveries(self, basket: Basket, viewer: Viewer) -> list[DeliveryOption]:
        """Every shipping method of the viewer's market with what it costs this basket."""
        ...

    async def own_prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[OwnPrice | None]:
        """Same length and order; None for what has no price."""
        ...

    async def prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Gross | None]:
        """Same length and order; None for what has no price."""
        ...

    async def fresh_prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Gross | None]:
        """The same, never older than a change that was published before."""
        ...

    async def settled(self) -> None:
        """Waits until the rules that pricing has heard of are those it prices by."""
        ...


class InventoryPort(Protocol):
    """Answered by inventory."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """Same length and order, for the viewer's channel."""
        ...


class ConfiguratorPort(Protocol):
    """Answered by the configurator."""

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        """Same length and order; None for one that is not there."""
        ...

    async def surcharges(self, requests: Sequence[SurchargeRequest], viewer: Viewer) -> list[Surcharges | Unpriced]:
        """Same length and order, at the viewer's moment."""
        ...

    async def makeable(
        self, wishes: Sequence[tuple[ConfigurationId, Quantity]], viewer: Viewer, besides: Mapping[Sku, Quantity]
    ) -> list[Availability | None]:
        """For how many of each configuration its components suffice, after what is sold `besides` as it is; None
        for what cannot be said."""
        ...


class CartPort(Protocol):
    """Answered by carts."""

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Told | None]:
        """Puts wishes into the cart of this key; per wish in order None when the cart has it, or why it has not."""
        ...


class WishlistsPort(Protocol):
    """Nobody asks wishlists."""


PORTS: Final[Mapping[str, type]] = {
    "market": MarketPort,
    "customers": CustomersPort,
    "access": AccessPort,
    "catalog": CatalogPort,
    "pricing": PricingPort,
    "inventory": InventoryPort,
    "configurator": ConfiguratorPort,
    "cart": CartPort,
    "wishlists": WishlistsPort,
}
"""By the module that answers."""


def operations(module: str) -> Collection[str]:
    """What a module is asked: the names of its port's methods."""
    return [name for name in vars(PORTS[module]) if not name.startswith("_")]
