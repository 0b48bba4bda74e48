"""From what is handed in to sources, buffers and counts: every value checked, every refusal with its path."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

from modules.inventory.model.holding import HoldRules, HoldRulesInput, LifeTime, LifeTimeInput
from modules.inventory.model.levels import Count, IncomingInput, LevelInput
from modules.inventory.model.sources import ANY, Buffer, BufferInput, Source, SourceInput, UnknownLocation
from modules.inventory.model.sourcing import Destination, DestinationInput
from modules.inventory.model.strategies import SourcingRule, SourcingRuleInput
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import (
    COUNTRIES,
    MOMENTS,
    NAMES,
    SKUS,
    ZONES,
    check,
    check_list,
    check_text,
    is_country,
    is_zone,
    one_of,
    parsed,
)
from modules.kernel.money import MICROS, parse_micros
from modules.kernel.names import ChannelId, SourceId, is_name, is_sku
from modules.kernel.outcome import Path
from modules.kernel.product import Assortment
from modules.kernel.quantity import MOST, Quantity, format_quantity, parse_quantity
from modules.kernel.stock import IncomingStock

MOST_HOLDS: Final = 1_000_000
LONGEST_LIFE: Final = 366 * 24 * 3600
"""Seconds a hold may last."""
MOST_INCOMING: Final = 100
"""Deliveries on their way that one level may name."""
LARGEST_PRIORITY: Final = 1_000_000
MOST_HOLIDAYS: Final = 1_000
LARGEST_CAPACITY: Final = 1_000_000
LONGEST_FRESH: Final = 31 * 24 * 3600
"""Seconds a telling about stock may be said to hold."""
LONGEST_WAIT: Final = 60
"""Days goods may wait for who fetches them."""
_CUT_OFF: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def source(given: SourceInput, path: Path) -> Source:
    """The source that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check_text(given.name, 200, (*path, "name"))
    in_reach = abs(given.priority) <= LARGEST_PRIORITY
    check(in_reach, given.priority, (*path, "priority"), f"-{LARGEST_PRIORITY} to {LARGEST_PRIORITY}")
    check(given.country is None or is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    in_form = given.cut_off is None or _CUT_OFF.fullmatch(given.cut_off) is not None
    check(in_form, given.cut_off, (*path, "cutOff"), '"HH:MM" from 00:00 to 23:59')
    check(is_zone(given.zone), given.zone, (*path, "zone"), ZONES)
    _bounded(given.pickup_days, LONGEST_WAIT, (*path, "pickupDays"))
    return Source(
        id=SourceId(given.id),
        name=given.name,
        type=given.type,
        priority=given.priority,
        country=given.country,
        latitude_micros=_degrees(given.latitude, (*path, "latitude"), 90),
        longitude_micros=_degrees(given.longitude, (*path, "longitude"), 180),
        cut_off=given.cut_off,
        zone=given.zone,
        can_ship=given.can_ship,
        can_pick_up=given.can_pick_up,
        sells=given.sells,
        working_days=_working_days(given.working_days, (*path, "workingDays")),
        holidays=_holidays(given.holidays, (*path, "holidays")),
        ship_capacity_per_day=_bounded(given.ship_capacity_per_day, LARGEST_CAPACITY, (*path, "shipCapacityPerDay")),
        fresh_seconds=_bounded(given.fresh_seconds, LONGEST_FRESH, (*path, "freshSeconds")),
        stale_buffer_micros=check_quantity(given.stale_buffer, 6, (*path, "staleBuffer")),
        pickup_buffer_micros=check_quantity(given.pickup_buffer, 6, (*path, "pickupBuffer")),
        pickup_days=given.pickup_days,
    )


def _working_days(given: Sequence[int], path: Path) -> tuple[int, ...]:
    check(len(given) > 0, "", path, "at least one day")
    for index, day in enumerate(given):
        check(1 <= day <= 7, day, (*path, index), "1, Monday, to 7, Sunday")
        check(day not in given[:index], day, (*path, index), "each day once")
    return tuple(sorted(given))


def _holidays(given: Sequence[str], path: Path) -> tuple[str, ...]:
    check_list(given, _is_day, path, "a date such as 2026-12-25", most=MOST_HOLIDAYS)
    return tuple(sorted(given))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _bounded(number: int | None, most: int, path: Path) -> int | None:
    check(number is None or 1 <= number <= most, number, path, f"1 to {most}")
    return number


def sourcing_rule(given: SourcingRuleInput, path: Path, channels: Collection[str]) -> SourcingRule:
    """The rule that was meant, for a channel that exists or all; raises InvalidInput."""
    check(given.channel in channels, given.channel, (*path, "channel"), one_of(channels))
    return SourcingRule(given.channel, given.strategy)


def destination(given: DestinationInput, path: Path) -> Destination:
    """The place that was meant; raises InvalidInput."""
    check(is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    if (given.latitude is None) != (given.longitude is None):
        raise InvalidInput("Half a place is none.", path, "latitude and longitude, or neither")
    latitude = _degrees(given.latitude, (*path, "latitude"), 90)
    return Destination(given.country, latitude, _degrees(given.longitude, (*path, "longitude"), 180))


def buffer(
    given: BufferInput, path: Path, sources: Mapping[SourceId, Source], channels: Collection[ChannelId]
) -> Buffer:
    """The buffer that was meant, for a channel that exists, at a source that exists or at all; raises InvalidInput."""
    check(given.channel in channels, given.channel, (*path, "channel"), one_of(channels))
    check(is_sku(given.sku), given.sku, (*path, "sku"), f"{SKUS}; {ANY} for all")
    if given.source != ANY:
        check_source(given.source, sources, (*path, "source"))
    if (given.units is None) == (given.percent is None):
        raise InvalidInput("A buffer is either units or a percentage.", path, "exactly one of units and percent")
    units = None if given.units is None else check_quantity(given.units, 6, (*path, "units"))
    percent = None if given.percent is None else _micros(given.percent, (*path, "percent"), 0, 100)
    return Buffer(ChannelId(given.channel), given.sku, given.source, units, percent)


def hold_rules(given: HoldRulesInput, path: Path, channels: Collection[str]) -> HoldRules:
    """The rules that were meant, for a channel that exists or all; raises InvalidInput."""
    check(given.channel in channels, given.channel, (*path, "channel"), one_of(channels))
    units, holds = given.units_per_customer, given.holds_per_owner
    check(holds is None or 1 <= holds <= MOST_HOLDS, holds, (*path, "holdsPerOwner"), f"1 to {MOST_HOLDS}")
    lives = {}
    for index, life in enumerate(given.life_times):
        place = (*path, "lifeTimes", index)
        check(life.purpose not in lives, life.purpose, (*place, "purpose"), "each purpose once")
        lives[life.purpose] = _life_time(life, place)
    return HoldRules(given.channel, _optional(units, 6, (*path, "unitsPerCustomer")), holds, lives)


def _life_time(given: LifeTimeInput, path: Path) -> LifeTime:
    usual, longest = given.usual_seconds, given.longest_seconds
    for name, seconds in (("usualSeconds", usual), ("longestSeconds", longest)):
        check(seconds is None or 1 <= seconds <= LONGEST_LIFE, seconds, (*path, name), f"1 to {LONGEST_LIFE}")
    bounded = longest is None or (usual is not None and usual <= longest)
    check(bounded, usual, (*path, "usualSeconds"), "not more than longestSeconds")
    return LifeTime(None if usual is None else usual * MICROS, None if longest is None else longest * MICROS)


def count(given: LevelInput, path: Path, assortment: Assortment, sources: Mapping[SourceId, Source]) -> Count:
    """The count that was meant. Raises UnknownSku, UnknownLocation, or InvalidInput for a quantity that is no such."""
    article = assortment.article(given.sku, path)
    scale = article.quantity_scale
    return Count(
        article.sku,
        check_source(given.source, sources, (*path, "source")),
        check_quantity(given.on_hand, scale, (*path, "onHand")),
        _optional(given.safety_stock, scale, (*path, "safetyStock")),
        given.track,
        _optional(given.backorder_limit, scale, (*path, "backorderLimit")),
        None if given.incoming is None else _incoming(given.incoming, scale, (*path, "incoming")),
    )


def check_source(id: str, sources: Mapping[SourceId, Source], path: Path) -> SourceId:
    """The id of a source that exists; raises UnknownLocation."""
    found = sources.get(SourceId(id))
    if found is None:
        raise UnknownLocation(id[:100], path, one_of(sources))
    return found.id


def _incoming(given: Sequence[IncomingInput], scale: int, path: Path) -> tuple[IncomingStock, ...]:
    check(len(given) <= MOST_INCOMING, len(given), path, f"at most {MOST_INCOMING}")
    found: list[IncomingStock] = []
    for index, item in enumerate(given):
        has_zone = item.at.tzinfo is not None
        check(has_zone, item.at, (*path, index, "at"), MOMENTS)
        quantity = check_quantity(item.quantity, scale, (*path, index, "quantity"))
        check(quantity > 0, item.quantity, (*path, index, "quantity"), "more than 0")
        found.append(IncomingStock(item.at, quantity))
    return tuple(sorted(found, key=lambda item: (item.at, item.quantity)))


def _optional(text: str | None, scale: int, path: Path) -> Quantity | None:
    return None if text is None else check_quantity(text, scale, path)


def check_quantity(text: str, scale: int, path: Path) -> Quantity:
    """A quantity that is not negative and no finer than the scale; raises InvalidInput."""
    quantity = parsed(lambda: parse_quantity(text, scale), path, _quantities(scale))
    check(quantity >= 0, text, path, _quantities(scale))
    return Quantity(quantity)


@cache
def _quantities(scale: int) -> str:
    return f"0 to {format_quantity(MOST)}, {f'at most {scale} decimals' if scale else 'whole units'}"


def _degrees(text: str | None, path: Path, most: int) -> int | None:
    return None if text is None else _micros(text, path, -most, most)


def _micros(text: str, path: Path, least: int, most: int) -> int:
    allowed = f"{least} to {most} with at most 6 decimals"
    micros = parsed(lambda: parse_micros(text), path, allowed)
    check(least * MICROS <= micros <= most * MICROS, text, path, allowed)
    return micros
