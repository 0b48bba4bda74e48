"""Configurations: made-up products of many parts, as other modules see them."""

from __future__ import annotations

from dataclasses import dataclass

from modules.kernel.names import ConfigurationId, PriceListId, Sku


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that is complete and may be ordered."""

    id: ConfigurationId
    sku: Sku
    """Of which product it is one."""


@dataclass(frozen=True, slots=True)
class SurchargeRequest:
    """What a configuration adds to its product's own price is asked for."""

    sku: Sku
    configuration: ConfigurationId
    price_list: PriceListId
    """Whose price the product's is."""
    currency: str
    base_micros: int
    """The product's own list price, in millionths of the currency's unit: what percentages are taken of."""


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What one part of a configuration adds to one unit, in the tax mode of the product's own price; may be negative.

    `micros` are millionths of the currency's unit, at its exponent: nothing is left to be rounded.
    """

    label: str
    micros: int
    rule: tuple[str, int] | None = None
    """Id and version of what decided it."""


@dataclass(frozen=True, slots=True)
class Surcharges:
    """All that a configuration adds, in order; the same until `until_us`, microseconds since 1970 (None: not known to
    change)."""

    steps: tuple[Surcharge, ...] = ()
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Why nobody can say what a configuration costs: a stable code and a sentence."""

    code: str
    message: str
