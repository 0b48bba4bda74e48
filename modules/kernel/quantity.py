"""Quantities: a decimal number of a product's unit, kept as millionths so that no float comes near."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NewType

from modules.kernel.money import MICROS, format_micros, parse_micros

Quantity = NewType("Quantity", int)
"""Millionths of a product's unit: two pieces are 2,000,000. Adds and compares like the integer it is."""

ZERO = Quantity(0)
ONE = Quantity(MICROS)
MOST = Quantity(1_000_000 * MICROS)
"""The largest quantity a single wish or level may name."""


@dataclass(frozen=True, slots=True)
class QuantityRules:
    """How much of a product is sold at once: from `minimum` to `maximum`, a multiple of `step`; None: no such rule.

    Where there is a step, both ends are multiples of it.
    """

    minimum: Quantity | None = None
    maximum: Quantity | None = None
    step: Quantity | None = None
    unit: str = ""
    """What is counted or measured, as people write it: "m", "kg", "pair"; empty for pieces."""


FREE: Final = QuantityRules()
"""Pieces, as many as one likes."""


def pieces(count: int) -> Quantity:
    """That many whole units."""
    return Quantity(count * MICROS)


def parse_quantity(text: str | Decimal, scale: int = 6) -> Quantity:
    """From a decimal string with at most `scale` decimals (0 for pieces). Raises ValueError; any sign passes."""
    micros = parse_micros(text)
    if micros % 10 ** (6 - scale):
        raise ValueError(f"{text!r} has more than {scale} decimals")
    if abs(micros) > MOST:
        raise ValueError(f"{text!r} is more than {format_quantity(MOST)}")
    return Quantity(micros)


def format_quantity(quantity: int) -> str:
    """The shortest exact decimal string: "7", "2.5"."""
    whole, part = divmod(quantity, MICROS)
    return format_micros(quantity) if part else str(whole)
