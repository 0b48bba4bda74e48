"""The other implementations of the modules' ports: each asks the module where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import httpx

from gateway.remote.link import Address, Link
from gateway.remote.ports import Gross, Title
from gateway.remote.refusals import refusal
from modules.access.model import ApiKey
from modules.access.store import AccessStore
from modules.customers.model import Customer, Segment
from modules.customers.store import CustomerStore
from modules.kernel.basket import Basket, BasketLine, DeliveryOption, Quote
from modules.kernel.configuration import Configuration, OwnPrice, SurchargeRequest, Surcharges, Unpriced
from modules.kernel.errors import Refused, Unavailable
from modules.kernel.names import ConfigurationId, CustomerId, Sku
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity
from modules.kernel.stock import Availability
from modules.kernel.viewer import Viewer
from modules.market.model import Places
from modules.market.store import MarketStore
from modules.runtime.database import Database

Jobs = Mapping[str, Callable[[], Awaitable[None]]]
"""What runs beside a serving process, by name."""
Kind = TypeVar("Kind", bound="Remote")

_CONNECTIONS: Final = 50
"""Kept open to all other processes together; twice as many may be in use at once."""


class Remote:
    """A module of another process."""

    def __init__(self, link: Link) -> None:
        self._ask = link.ask


class RemoteCatalog(Remote):
    """Implements the ports `Articles` and `Titles` of other modules."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """See `CatalogPort`."""
        return cast("list[Article | None]", await self._ask("articles", skus)) if skus else []

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """See `CatalogPort`."""
        return cast("list[list[Sku]]", await self._ask("nearest", skus)) if skus else []

    async def categories(self, ids: Sequence[str]) -> frozenset[str]:
        """See `CatalogPort`."""
        return cast("frozenset[str]", await self._ask("categories", ids)) if ids else frozenset()

    async def groups(self, ids: Sequence[str]) -> frozenset[str]:
        """See `CatalogPort`."""
        return cast("frozenset[str]", await self._ask("groups", ids)) if ids else frozenset()

    async def products(self, skus: Sequence[str], viewer: Viewer) -> Sequence[Title | None]:
        """See `CatalogPort`."""
        return cast("Sequence[Title | None]", await self._ask("products", skus, viewer)) if skus else ()


class RemotePricing(Remote):
    """Implements the ports `Pricing` and `Prices` of other modules."""

    async def quote(self, basket: Basket, viewer: Viewer) -> Quote:
        """See `PricingPort`."""
        return cast("Quote", await self._ask("quote", basket, viewer))

    async def deliveries(self, basket: Basket, viewer: Viewer) -> list[DeliveryOption]:
        """See `PricingPort`."""
        return cast("list[DeliveryOption]", await self._ask("deliveries", basket, viewer))

    async def own_prices(self, skus: Sequence[Sku], viewer: Viewer) -> list[OwnPrice | None]:
        """See `PricingPort`."""
        return cast("list[OwnPrice | None]", await self._ask("own_prices", skus, viewer)) if skus else []

    async def prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Gross | None]:
        """See `PricingPort`."""
        return cast("Sequence[Gross | None]", await self._ask("prices", skus, viewer)) if skus else ()

    async def fresh_prices(self, skus: Sequence[Sku], viewer: Viewer) -> Sequence[Gross | None]:
        """See `PricingPort`."""
        return cast("Sequence[Gross | None]", await self._ask("fresh_prices", skus, viewer)) if skus else ()

    async def settled(self) -> None:
        """See `PricingPort`. Nobody waits for pricing while it is down: whatever is asked of it then says so."""
        with suppress(Unavailable):
            await self._ask("settled")


class RemoteInventory(Remote):
    """Implements the port `Stock` of other modules."""

    async def availability(self, skus: Sequence[Sku], viewer: Viewer) -> list[Availability]:
        """See `InventoryPort`."""
        return cast("list[Availability]", await self._ask("availability", skus, viewer)) if skus else []


class RemoteConfigurator(Remote):
    """Implements the ports `Configurations`, `Configured` and `Components` of other modules."""

    async def configurations(self, ids: Sequence[ConfigurationId], viewer: Viewer) -> list[Configuration | None]:
        """See `ConfiguratorPort`."""
        return cast("list[Configuration | None]", await self._ask("configurations", ids, viewer)) if ids else []

    async def surcharges(self, requests: Sequence[SurchargeRequest], viewer: Viewer) -> list[Surcharges | Unpriced]:
        """See `ConfiguratorPort`."""
        return cast("list[Surcharges | Unpriced]", await self._ask("surcharges", requests, viewer)) if requests else []

    async def makeable(
        self, wishes: Sequence[tuple[ConfigurationId, Quantity]], viewer: Viewer, besides: Mapping[Sku, Quantity]
    ) -> list[Availability | None]:
        """See `ConfiguratorPort`."""
        return cast("list[Availability | None]", await self._ask("makeable", wishes, viewer, besides)) if wishes else []


class RemoteCarts(Remote):
    """Implements the port `Carts` of wishlists."""

    async def take(self, viewer: Viewer, key: str, wishes: Sequence[BasketLine], by: str) -> list[Refused | None]:
        """See `CartPort`."""
        return [refusal(told) if told else None for told in await self._ask("take", viewer, key, wishes, by)]


class RemoteMarket(MarketStore):
    """Reads from the market's process what else stands in the database; its own service keeps it in memory."""

    def __init__(self, database: Database, link: Link) -> None:
        super().__init__(database)
        self._ask = link.ask

    async def places(self) -> Places:
        """See `MarketPort`."""
        return cast("Places", await self._ask("places"))


class RemoteCustomers(CustomerStore):
    """Reads from the customers' process what else stands in the database."""

    def __init__(self, database: Database, link: Link) -> None:
        super().__init__(database)
        self._ask = link.ask

    async def customers(self, ids: Sequence[str]) -> dict[CustomerId, Customer]:
        """See `CustomersPort`."""
        return dict(await self._ask("customers", ids)) if ids else {}

    async def segments(self) -> tuple[Segment, ...]:
        """See `CustomersPort`."""
        return cast("tuple[Segment, ...]", await self._ask("segments"))


class RemoteAccess(AccessStore):
    """Reads from access's process what else stands in the database."""

    def __init__(self, database: Database, link: Link) -> None:
        super().__init__(database)
        self._ask = link.ask

    async def key(self, id: str) -> ApiKey | None:
        """See `AccessPort`."""
        return cast("ApiKey | None", await self._ask("key", id))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The modules of other processes, by their names; None for one that is here."""

    links: Mapping[str, Link]

    def without(self, jobs: Mapping[str, Jobs]) -> Jobs:
        """The jobs of all modules that are here; what the others do by themselves is done there."""
        return {name: job for module, own in jobs.items() if module not in self.links for name, job in own.items()}

    def stores(self, database: Database) -> tuple[MarketStore, CustomerStore, AccessStore]:
        """Where market, customers and access are read from."""
        market, customers, access = (self.links.get(name) for name in ("market", "customers", "access"))
        return (
            RemoteMarket(database, market) if market else MarketStore(database),
            RemoteCustomers(database, customers) if customers else CustomerStore(database),
            RemoteAccess(database, access) if access else AccessStore(database),
        )

    @property
    def catalog(self) -> RemoteCatalog | None:
        return self._at("catalog", RemoteCatalog)

    @property
    def pricing(self) -> RemotePricing | None:
        return self._at("pricing", RemotePricing)

    @property
    def inventory(self) -> RemoteInventory | None:
        return self._at("inventory", RemoteInventory)

    @property
    def configurator(self) -> RemoteConfigurator | None:
        return self._at("configurator", RemoteConfigurator)

    @property
    def carts(self) -> RemoteCarts | None:
        return self._at("cart", RemoteCarts)

    def _at(self, module: str, kind: Callable[[Link], Kind]) -> Kind | None:
        return kind(self.links[module]) if module in self.links else None


NOWHERE_ELSE: Final = Elsewhere({})
"""Every module is in this process."""


@asynccontextmanager
async def open_elsewhere(urls: Mapping[str, str], token: str, seconds: float) -> AsyncIterator[Elsewhere]:
    """Links to the modules at these addresses, until the block ends; nothing is asked yet."""
    if not urls:
        yield NOWHERE_ELSE
        return
    limits = httpx.Limits(max_connections=2 * _CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
    # The link bounds the whole question; proxies of the environment are for the outer world.
    async with httpx.AsyncClient(timeout=None, limits=limits, trust_env=False) as http:
        yield Elsewhere({name: Link(name, Address(url, token, seconds), http) for name, url in urls.items()})
