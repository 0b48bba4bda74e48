"""All actions there are, by the name they have in documents and in the graph. A new one joins this list only."""

from collections.abc import Mapping
from typing import Final

from modules.pricing.engine.actions.accessory import Accessory
from modules.pricing.engine.actions.base import Act
from modules.pricing.engine.actions.bundle import Bundle, BundlePart
from modules.pricing.engine.actions.buy_get import BuyGet, Grouping, PickFrom
from modules.pricing.engine.actions.cheapest import CheapestOff
from modules.pricing.engine.actions.gift import GiftOf
from modules.pricing.engine.actions.items import ItemAmountOff, ItemPercentOff, PercentBasis, Spread
from modules.pricing.engine.actions.n_for_price import NForPrice
from modules.pricing.engine.actions.order import OrderAmountOff, OrderFixedPrice, OrderPercentOff
from modules.pricing.engine.actions.shipping import FreeShipping, ShippingAmountOff, ShippingPercentOff
from modules.pricing.engine.actions.tiered import Tiered, TierStep

ACTIONS: Final[Mapping[str, type[Act]]] = {
    kind.KIND: kind
    for kind in (
        ItemPercentOff,
        ItemAmountOff,
        BuyGet,
        NForPrice,
        CheapestOff,
        Bundle,
        Accessory,
        OrderPercentOff,
        OrderAmountOff,
        OrderFixedPrice,
        Tiered,
        ShippingPercentOff,
        ShippingAmountOff,
        FreeShipping,
        GiftOf,
    )
}

__all__ = [
    "ACTIONS",
    "Accessory",
    "Bundle",
    "BundlePart",
    "BuyGet",
    "CheapestOff",
    "FreeShipping",
    "GiftOf",
    "Grouping",
    "ItemAmountOff",
    "ItemPercentOff",
    "NForPrice",
    "OrderAmountOff",
    "OrderFixedPrice",
    "OrderPercentOff",
    "PercentBasis",
    "PickFrom",
    "ShippingAmountOff",
    "ShippingPercentOff",
    "Spread",
    "TierStep",
    "Tiered",
]
