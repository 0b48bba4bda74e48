"""When a configuration can be there: by the stock of its components, and by how long the rest takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from modules.configurator.engine.leadtime import lead_time
from modules.configurator.engine.possible import ZERO
from modules.configurator.model.assemblies import Explosion
from modules.configurator.model.promises import ComponentPromise, Promise
from modules.configurator.model.works import Floor
from modules.kernel.money import MICROS
from modules.kernel.names import Sku
from modules.kernel.quantity import pieces
from modules.kernel.stock import Availability, AvailabilityState

_MILLION: Final = Decimal(MICROS)


def needs(explosion: Explosion) -> dict[Sku, Decimal]:
    """How much of each bought component an order takes, what the customer gives left out; by sku."""
    found: dict[Sku, Decimal] = {}
    for path, node in explosion.root.walk():
        if node.is_bought and not node.free_issue and len(path) > 1:
            found[node.part] = found.get(node.part, ZERO) + node.quantity
    return dict(sorted(found.items()))


def promise(
    explosion: Explosion,
    begin: date,
    zone: ZoneInfo,
    stock: Mapping[Sku, Availability],
    floor: Floor,
    taken: Mapping[Sku, Decimal] = MappingProxyType({}),
) -> Promise:
    """What can be promised for an order that begins on a day; moments of stock become days of `zone`.

    So many can be made as the scarcest component suffices for, after what others have `taken` of it. A component of
    which there is enough is there at once; else on the day on which enough has come in; else after its lead time.
    """
    order = explosion.root.quantity
    components = tuple(
        _component(part, needed, taken.get(part, ZERO), begin, zone, stock.get(part), floor)
        for part, needed in needs(explosion).items()
    )
    counted = [(_suffices(one, order), one.part) for one in components if one.available is not None]
    scarcest = min(counted, default=None)
    ready = {one.part: one.ready for one in components if one.ready is not None}
    plan = lead_time(explosion.root, begin, floor.supplies, floor.centres, ready)
    available, part = scarcest or (None, None)
    return Promise(available, part, plan.finish, components, plan)


def promises(
    orders: Iterable[Explosion | None],
    begin: date,
    zone: ZoneInfo,
    stock: Mapping[Sku, Availability],
    floor: Floor,
    taken: Mapping[Sku, Decimal],
) -> list[Promise | None]:
    """The promise of each order; components that several need go to them in their order, after what is `taken`."""
    spoken_for, found = dict(taken), list[Promise | None]()
    for order in orders:
        found.append(None if order is None else promise(order, begin, zone, stock, floor, spoken_for))
        for part, needed in needs(order).items() if order else ():
            spoken_for[part] = spoken_for.get(part, ZERO) + needed
    return found


def _suffices(one: ComponentPromise, order: Decimal) -> int:
    """How many of the article there can be of what is available."""
    return int((one.available or ZERO) * order / one.needed)


def _component(
    part: Sku, needed: Decimal, taken: Decimal, begin: date, zone: ZoneInfo, stock: Availability | None, floor: Floor
) -> ComponentPromise:
    supply = floor.supplies.get(part)
    bought = None if supply is None or supply.lead_time_days is None else begin + timedelta(supply.lead_time_days)
    if stock is None or stock.state is AvailabilityState.UNKNOWN:
        return ComponentPromise(part, needed, None, bought)
    if stock.available is None:
        return ComponentPromise(part, needed, None, begin)
    there = Decimal(stock.available) / _MILLION
    available = max(there - taken, ZERO)
    if available >= needed:
        return ComponentPromise(part, needed, available, begin)
    coming = _coming(taken + needed - there, begin, zone, stock)
    days = [day for day in (coming, bought) if day is not None]
    return ComponentPromise(part, needed, available, min(days, default=None))


def _coming(lacking: Decimal, begin: date, zone: ZoneInfo, stock: Availability) -> date | None:
    """The day on which what is on its way covers what is lacking."""
    incoming = sorted((one.at, one.quantity) for source in stock.sources for one in source.incoming)
    for at, quantity in incoming:
        lacking -= Decimal(quantity) / _MILLION
        if lacking <= 0:
            return max(begin, at.astimezone(zone).date())
    return None


def availability(told: Promise, explosion: Explosion, zone: ZoneInfo) -> Availability:
    """The promise in the words of stock: of what so many can be made, and when the order is there."""
    root = explosion.root
    earliest = None if told.earliest is None else datetime.combine(told.earliest, time(), zone).astimezone(UTC)
    if told.available is None:
        return Availability(root.part, AvailabilityState.UNKNOWN, None, earliest, ())
    late = AvailabilityState.BACK_ORDER if earliest else AvailabilityState.OUT_OF_STOCK
    state = AvailabilityState.IN_STOCK if told.available >= root.quantity else late
    return Availability(root.part, state, pieces(told.available), earliest, ())
