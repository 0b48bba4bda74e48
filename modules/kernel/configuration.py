"""Configurations: made-up products of many parts, as other modules see them.

A configuration's id is a name of letters, digits and `-`. With the fingerprint of the model that it was sold with
behind it (`205-9f3ab2c1.c0ffee`) it is pinned: whoever asks about it later is told when the model has changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.kernel.names import ConfigurationId, PriceListId, Sku

FINGERPRINT_LENGTH = 12


class Standing(StrEnum):
    """What the model of today says of a configuration."""

    CURRENT = "current"
    """It is as it was sold."""
    CHANGED = "changed"
    """The model has changed since, and still allows it as it is."""
    OUTDATED = "outdated"
    """The model has changed since and does not allow it any more, or the product is not configured any more."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One that is complete; it may be ordered unless it is OUTDATED."""

    id: ConfigurationId
    """As it was asked for."""
    sku: Sku
    """Of which product it is one."""
    standing: Standing = Standing.CURRENT


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


def pinned(id: ConfigurationId, fingerprint: str) -> ConfigurationId:
    """The id with the fingerprint of the model that it is sold with, for carts and wishlists."""
    return ConfigurationId(f"{id}.{fingerprint[:FINGERPRINT_LENGTH]}")


def unpinned(id: str) -> tuple[ConfigurationId, str | None]:
    """The id without its fingerprint, and that fingerprint's beginning if it has one."""
    plain, _, fingerprint = id.partition(".")
    return ConfigurationId(plain), fingerprint or None


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A product's own list price for one unit, in the tax mode of its row: what percentages of a configuration's
    surcharges are taken of."""

    sku: Sku
    price_list: PriceListId
    currency: str
    micros: int
    is_net: bool
