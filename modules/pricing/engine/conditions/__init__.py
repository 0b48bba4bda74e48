"""All conditions there are, by the name they have in documents and in the graph. A new one joins this list only."""

from collections.abc import Mapping
from typing import Final

from modules.pricing.engine.conditions.base import Judge
from modules.pricing.engine.conditions.channel import InChannel
from modules.pricing.engine.conditions.code import WithCode
from modules.pricing.engine.conditions.contains import Contains
from modules.pricing.engine.conditions.customer_group import CustomerGroup
from modules.pricing.engine.conditions.customer_segment import CustomerSegment
from modules.pricing.engine.conditions.delivery import DeliveredBy
from modules.pricing.engine.conditions.hours import InHours
from modules.pricing.engine.conditions.market import InMarket
from modules.pricing.engine.conditions.order_number import OrderNumber
from modules.pricing.engine.conditions.payment import PaidBy
from modules.pricing.engine.conditions.quantity import QuantityOf
from modules.pricing.engine.conditions.store import InStore
from modules.pricing.engine.conditions.subtotal import Subtotal
from modules.pricing.engine.conditions.tree import All, Any, Not

CONDITIONS: Final[Mapping[str, type[Judge]]] = {
    kind.KIND: kind
    for kind in (
        All,
        Any,
        Not,
        CustomerSegment,
        CustomerGroup,
        OrderNumber,
        InMarket,
        InChannel,
        InStore,
        InHours,
        Subtotal,
        QuantityOf,
        Contains,
        WithCode,
        PaidBy,
        DeliveredBy,
    )
}

__all__ = [
    "CONDITIONS",
    "All",
    "Any",
    "Contains",
    "CustomerGroup",
    "CustomerSegment",
    "DeliveredBy",
    "InChannel",
    "InHours",
    "InMarket",
    "InStore",
    "Not",
    "OrderNumber",
    "PaidBy",
    "QuantityOf",
    "Subtotal",
    "WithCode",
]
