"""Rates: what a method costs for a parcel, by the zone it goes to, its weight and its value.

The closest zone decides, whatever else it says: a longer postal prefix before a shorter one, a prefix before a region,
a region before a country, a country before everywhere. Its rates alone are looked at, so that no island is served at
the mainland's price because its own rates end at 20 kg. Of those that bear weight and value the tightest holds: the
lowest bound of weight, then of value, then the first in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from modules.kernel.basket import Destination, Notice
from modules.kernel.money import Money
from modules.pricing.model.shipping import Days, ShippingMethod, ShippingRate

_UNBOUND: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, and where to."""

    place: Destination
    weight_grams: int
    value: Money


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a method costs for a parcel before promotions, in minor units, and how long it takes."""

    minor: int
    days: Days | None


def tariff(method: ShippingMethod, parcel: Parcel) -> Tariff | Notice:
    """What holds for the parcel, or why the method cannot serve it: DELIVERY_NOT_POSSIBLE, CURRENCY_MISMATCH,
    DELIVERY_TOO_HEAVY or DELIVERY_VALUE_TOO_HIGH."""
    currency = parcel.value.currency
    if not method.reaches(parcel.place.country):
        return _elsewhere(method)
    if not method.rates:
        minor = method.amount(currency)
        return _no_price(method, currency) if minor is None else Tariff(minor, method.days)
    zone = closest(method.rates, parcel.place)
    if not zone:
        return _elsewhere(method)
    priced = [rate for rate in zone if rate.amount(currency) is not None]
    if not priced:
        return _no_price(method, currency)
    return _tightest(method, priced, parcel)


def closest(rates: Sequence[ShippingRate], place: Destination) -> list[ShippingRate]:
    """The rates of the closest zone that the place lies in, in order; none where it lies in no zone."""
    found = [(score, rate) for rate in rates if (score := _closeness(rate, place)) is not None]
    best = max((score for score, _ in found), default=None)
    return [rate for score, rate in found if score == best]


def compared(code: str) -> str:
    """The form in which postal codes are compared."""
    return "".join(code.split()).upper()


def _tightest(method: ShippingMethod, rates: Sequence[ShippingRate], parcel: Parcel) -> Tariff | Notice:
    currency = parcel.value.currency
    light = [rate for rate in rates if parcel.weight_grams <= _weight(rate)]
    if not light:
        return _too_heavy(method, parcel, max(map(_weight, rates)))
    fitting = [rate for rate in light if parcel.value.minor <= _worth(rate, currency)]
    if not fitting:
        return _too_valuable(method, parcel, max(_worth(rate, currency) for rate in light))
    rate = min(fitting, key=lambda rate: (_weight(rate), _worth(rate, currency)))
    return Tariff(rate.amount(currency) or 0, rate.days or method.days)


def _closeness(rate: ShippingRate, place: Destination) -> tuple[int, bool, bool] | None:
    if rate.countries and place.country not in rate.countries:
        return None
    if rate.regions and place.region not in rate.regions:
        return None
    code = compared(place.postal_code)
    lengths = [len(prefix) for prefix in rate.postal_prefixes if code.startswith(prefix)]
    if rate.postal_prefixes and not lengths:
        return None
    return max(lengths, default=0), bool(rate.regions), bool(rate.countries)


def _weight(rate: ShippingRate) -> int:
    return _UNBOUND if rate.weight_up_to_g is None else rate.weight_up_to_g


def _worth(rate: ShippingRate, currency: str) -> int:
    bound = rate.worth(currency)
    return _UNBOUND if bound is None else bound


def _elsewhere(method: ShippingMethod) -> Notice:
    # HAZARD: whoever may only read a cart sees its notices, too, but not where its goods go.
    return refused("DELIVERY_NOT_POSSIBLE", f"{method.id!r} does not deliver there.", method.id)


def _no_price(method: ShippingMethod, currency: str) -> Notice:
    return refused("CURRENCY_MISMATCH", f"{method.id!r} has no price in {currency}.", method.id)


def _too_heavy(method: ShippingMethod, parcel: Parcel, limit_g: int) -> Notice:
    message = f"The goods weigh {parcel.weight_grams} g, {method.id!r} carries {limit_g} g there."
    figures = {"weightGrams": parcel.weight_grams, "limitGrams": limit_g}
    return refused("DELIVERY_TOO_HEAVY", message, method.id, figures)


def _too_valuable(method: ShippingMethod, parcel: Parcel, limit_minor: int) -> Notice:
    value, limit = parcel.value, Money(limit_minor, parcel.value.currency)
    message = f"The goods are worth {value.amount} {value.currency}, {method.id!r} carries {limit.amount} there."
    figures = {"value": value.amount, "limit": limit.amount, "currency": value.currency}
    return refused("DELIVERY_VALUE_TOO_HIGH", message, method.id, figures)


def refused(code: str, message: str, method: str, data: Mapping[str, object] | None = None) -> Notice:
    """Why a shipping method cannot serve; its id is in the notice's data."""
    return Notice(code, message, data={"delivery": method, **(data or {})})
