"""What a basket may choose as its delivery, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from modules.kernel.basket import DeliveryOption, Quote
from modules.kernel.viewer import Viewer
from modules.pricing.model.shipping import ShippingMethod

_LONG: Final = 1_000
"""Days of a method that does not say how long it takes."""


def option(method: ShippingMethod, found: Quote, viewer: Viewer) -> DeliveryOption:
    """What the quote with this method says of it."""
    name = method.label(viewer.locale, viewer.channel.market.locales[0])
    said = (notice for notice in found.notices if notice.line is None and notice.data.get("delivery") == method.id)
    return DeliveryOption(method.id, name, method.pickup, found.delivery, None if found.delivery else next(said))


def cheapest_first(options: Iterable[DeliveryOption]) -> list[DeliveryOption]:
    """By what is due, then by the day at the latest, then as they stand; those that cannot serve come last."""
    return sorted(options, key=_rank)


def _rank(option: DeliveryOption) -> tuple[bool, int, int]:
    cost = option.cost
    if cost is None:
        return True, 0, 0
    return False, cost.total.gross.minor, cost.days[1] if cost.days else _LONG
