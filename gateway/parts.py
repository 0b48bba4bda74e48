"""The parts of the graph that there are, and graphs made of some or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.schema import GraphSchema
from gateway.settings import SettingsError
from modules.access.graph import PART as ACCESS
from modules.cart.graph import PART as CART
from modules.catalog.graph import PART as CATALOG
from modules.configurator.graph import PART as CONFIGURATOR
from modules.customers.graph import PART as CUSTOMERS
from modules.inventory.graph import PART as INVENTORY
from modules.kernel.graph import Part
from modules.market.graph import PART as MARKET
from modules.pricing.graph import PART as PRICING
from modules.wishlists.graph import PART as WISHLISTS

PARTS: Mapping[str, Part] = {
    part.name: part for part in (MARKET, CATALOG, PRICING, INVENTORY, CONFIGURATOR, CUSTOMERS, CART, WISHLISTS, ACCESS)
}
"""Every module's part, by the module's name."""


def make_graph(only: Sequence[str] = ()) -> GraphSchema:
    """The full graph, or the subgraph of the modules named; raises SettingsError for one that does not exist."""
    require_modules(only, "--only")
    return GraphSchema([PARTS[name] for name in only or PARTS])


def require_modules(names: Iterable[str], setting: str) -> None:
    """Raises SettingsError for one that does not exist."""
    for name in names:
        if name not in PARTS:
            raise SettingsError(setting, name, ", ".join(PARTS))


def export_schema(only: Sequence[str] = ()) -> str:
    """The graph in the schema language, as `schema.graphql` holds it."""
    return make_graph(only).as_str().rstrip() + "\n"
