"""Command: how one target is written, and what all of them need for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from gateway.pricing import Pricing
from modules.catalog.service import CatalogService
from modules.customers.service import CustomerService
from modules.inventory.service.demand import DemandService
from modules.inventory.service.stock import InventoryService
from modules.kernel.names import Locale
from modules.kernel.outcome import MOST_ITEMS, Upserted
from modules.kernel.place import NOWHERE
from modules.kernel.viewer import Permission, Principal, Role, Viewer
from modules.market.service import MarketService

IMPORTER: Final = Principal("import", frozenset({Role.INTEGRATOR}), frozenset(Permission))
"""Who the audit log names."""

Values = Mapping[str, Any]


class Services(Protocol):
    """The modules whose commands an import calls; `gateway.wiring.Trade` is such a bundle."""

    @property
    def market(self) -> MarketService:
        """Markets, channels, stores."""

    @property
    def catalog(self) -> CatalogService:
        """Categories, groups, products."""

    @property
    def pricing(self) -> Pricing:
        """Prices and tax rules."""

    @property
    def inventory(self) -> InventoryService:
        """Sources and stock."""

    @property
    def demand(self) -> DemandService:
        """Demand, supply policies and purchase orders."""

    @property
    def customers(self) -> CustomerService:
        """Customers and segments."""


def importer() -> Viewer:
    """Who imports: may all, stands nowhere."""
    return Viewer(IMPORTER, NOWHERE, None, Locale("en"), datetime.now(UTC), NOWHERE.market.currency)


@dataclass(frozen=True, slots=True)
class Command:
    """How one target is written. `build` raises BadValue; `send` takes a batch and the reason for the audit log."""

    build: Callable[[Values], Any]
    send: Callable[[Services, Sequence[Any], str], Awaitable[Upserted]]
    batch: int = 500
    """Items a call: one transaction and one outbox envelope each."""
    most: int = MOST_ITEMS
    """Items a call may carry, where they belong together."""


def given_of(values: Values) -> dict[str, Any]:
    """Only what has a value, so that the others are the module's own defaults; decimals as plain digits."""
    return {name: plain(value) for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """A decimal number as plain digits, anything else as it is."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def word(values: dict[str, Any], name: str, kind: type[Any]) -> None:
    """Makes a choice of the field, where it has a value."""
    if name in values:
        values[name] = kind(values[name])
