"""When a cart's goods arrive: working days from the moment at which all of them can leave. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.basket import BasketLine, DeliveryOption
from modules.kernel.names import Sku
from modules.kernel.stock import Availability, AvailabilityState

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 6


@dataclass(frozen=True, slots=True)
class DeliveryEstimate:
    """A way of delivery, and the first and last day on which the goods arrive by it; None: not known."""

    option: DeliveryOption
    arrives: tuple[date, date] | None


def leaving(lines: Iterable[BasketLine], stock: Mapping[Sku, Availability], now: datetime) -> datetime | None:
    """When the last of the lines can leave; None when that is not known of one of them, or when stock does not reach.

    What nobody counts leaves at once.
    """
    wanted: dict[Sku, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    moments = [now]
    for sku, quantity in wanted.items():
        answer = stock.get(sku)
        if answer is None or answer.state is AvailabilityState.UNKNOWN:
            continue
        if answer.earliest is None or (answer.available is not None and answer.available < quantity):
            return None
        moments.append(answer.earliest)
    return max(moments)


def estimates(options: Sequence[DeliveryOption], leaves: datetime | None, zone: ZoneInfo) -> list[DeliveryEstimate]:
    """The options in their order, each with its days in the market's calendar."""
    return [DeliveryEstimate(option, _arrives(option, leaves, zone)) for option in options]


def _arrives(option: DeliveryOption, leaves: datetime | None, zone: ZoneInfo) -> tuple[date, date] | None:
    days = option.cost.days if option.cost else None
    if days is None or leaves is None:
        return None
    day = leaves.astimezone(zone).date()
    return working_day(day, days[0]), working_day(day, days[1])


def working_day(day: date, count: int) -> date:
    """So many working days, Monday to Friday, behind a day; goods of a weekend leave on the Monday after it."""
    while day.isoweekday() >= _SATURDAY:
        day += _DAY
    weeks, rest = divmod(count, 5)
    day += 7 * weeks * _DAY
    # Over the weekend, if the rest of the week does not hold the rest.
    return day + (rest + (2 if day.isoweekday() + rest >= _SATURDAY else 0)) * _DAY
