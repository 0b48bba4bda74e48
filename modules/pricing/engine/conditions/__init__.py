"""All conditions there are, by the name they have in documents and in the graph. A new one joins this list only."""

from collections.abc import Mapping
from typing import Final

from modules.pricing.engine.conditions.base import Judge
from modules.pricing.engine.conditions.checkout import DeliveredBy, PaidBy, WithCode
from modules.pricing.engine.conditions.customers import CustomerGroup, CustomerSegment, OrderNumber
from modules.pricing.engine.conditions.goods import Contains, QuantityOf, Subtotal
from modules.pricing.engine.conditions.places import InChannel, InHours, InMarket, InStore
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
