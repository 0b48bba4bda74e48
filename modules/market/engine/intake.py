"""From what is handed in to places: every value checked, every refusal with its path and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.intake import (
    COUNTRIES,
    CURRENCIES,
    LOCALES,
    NAMES,
    ZONES,
    check,
    check_list,
    check_text,
    is_country,
    is_zone,
    one_of,
)
from modules.kernel.money import is_currency
from modules.kernel.names import ChannelId, Locale, MarketId, PriceListId, SourceId, StoreId, is_locale, is_name
from modules.kernel.outcome import Path
from modules.kernel.place import Market, Store
from modules.kernel.policies import Policies
from modules.market.model import ChannelInput, ChannelRecord, MarketInput, StoreInput
from modules.market.model.policies import usual

MOST_PARTS: Final = 1_000
"""Entries one list of a place may have."""
LARGEST: Final = 1_000_000
MOST_DAYS: Final = 365
MOST_CART_DAYS: Final = 3_650
LONGEST_HOLD: Final = 7 * 24 * 60
"""Minutes."""


def market(given: MarketInput, path: Path) -> Market:
    """The market that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    check(is_zone(given.zone), given.zone, (*path, "zone"), ZONES)
    _check_all(given.currencies, is_currency, (*path, "currencies"), CURRENCIES, least=1)
    _check_all(given.locales, is_locale, (*path, "locales"), LOCALES, least=1)
    return Market(
        MarketId(given.id),
        given.country,
        ZoneInfo(given.zone),
        tuple(given.currencies),
        tuple(Locale(locale) for locale in given.locales),
        given.rounding,
        given.tax_rounding,
        _steps(given.line_steps, given.currencies, (*path, "lineSteps")),
        _policies(given, (*path, "policies")),
    )


def channel(given: ChannelInput, path: Path, markets: Mapping[str, object]) -> ChannelRecord:
    """The channel that was meant, of a market that exists; raises InvalidInput."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(given.market in markets, given.market, (*path, "market"), one_of(markets))
    _check_all(given.price_lists, is_name, (*path, "priceLists"), NAMES)
    _check_all(given.sources, is_name, (*path, "sources"), NAMES)
    check(0 <= given.few_left <= LARGEST, given.few_left, (*path, "fewLeft"), f"0 to {LARGEST}")
    check(abs(given.position) <= LARGEST, given.position, (*path, "position"), f"-{LARGEST} to {LARGEST}")
    return ChannelRecord(
        id=ChannelId(given.id),
        market=MarketId(given.market),
        price_lists=tuple(PriceListId(name) for name in given.price_lists),
        sources=tuple(SourceId(name) for name in given.sources),
        few_left=given.few_left,
        shows_figures=given.shows_figures,
        position=given.position,
    )


def store(given: StoreInput, path: Path, channels: Mapping[str, object]) -> Store:
    """The store that was meant, in channels that exist; raises InvalidInput."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check_text(given.name, 200, (*path, "name"))
    check(is_country(given.country), given.country, (*path, "country"), COUNTRIES)
    _check_all(given.channels, channels.__contains__, (*path, "channels"), one_of(channels))
    return Store(StoreId(given.id), given.name, given.country, tuple(ChannelId(channel) for channel in given.channels))


def _policies(given: MarketInput, path: Path) -> Policies:
    policies = given.policies or usual(given.country)
    if policies.ships_from:
        check(is_country(policies.ships_from), policies.ships_from, (*path, "shipsFrom"), COUNTRIES)
    steps = _steps(policies.cash_steps, given.currencies, (*path, "cashSteps"))
    prior, place = policies.prior_price, (*path, "priorPrice")
    _check_days(prior.days, (*place, "days"))
    if prior.chain_max_days is not None:
        _check_days(prior.chain_max_days, (*place, "chainMaxDays"))
    days = policies.cart_days
    check(days is None or 1 <= days <= MOST_CART_DAYS, days, (*path, "cartDays"), f"1 to {MOST_CART_DAYS} days")
    minutes = policies.stock.hold_minutes
    check(1 <= minutes <= LONGEST_HOLD, minutes, (*path, "stock", "holdMinutes"), f"1 to {LONGEST_HOLD}")
    return replace(policies, cash_steps=steps)


def _check_days(days: int, path: Path) -> None:
    check(1 <= days <= MOST_DAYS, days, path, f"1 to {MOST_DAYS} days")


def _steps(given: Sequence[tuple[str, int]], known: Sequence[str], path: Path) -> tuple[tuple[str, int], ...]:
    """Currencies of the market with so many minor units each."""
    _check_all([currency for currency, _ in given], known.__contains__, path, one_of(known))
    for index, (_, step) in enumerate(given):
        check(1 <= step <= LARGEST, step, (*path, index), f"1 to {LARGEST} minor units")
    return tuple((currency, step) for currency, step in given)


def _check_all(values: Sequence[str], is_good: Callable[[str], bool], path: Path, allowed: str, least: int = 0) -> None:
    check_list(values, is_good, path, allowed, most=MOST_PARTS, least=least)
