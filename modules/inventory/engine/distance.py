"""How far a source is from where goods are to go."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Final

from modules.inventory.model.sources import Source
from modules.inventory.model.sourcing import Destination
from modules.kernel.money import MICROS

EARTH_METRES: Final = 6_371_009
"""The mean radius."""


def metres(source: Source, destination: Destination) -> int | None:
    """The great-circle distance in whole metres; None: not known.

    Where one of the two has no coordinates, a source in the destination's country counts as next door.
    """
    here = source.latitude_micros, source.longitude_micros
    there = destination.latitude_micros, destination.longitude_micros
    if None in here or None in there:
        return 0 if destination.country == source.country else None
    lat, lon = map(_radians, here)
    to_lat, to_lon = map(_radians, there)
    half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return round(2 * EARTH_METRES * asin(min(1.0, sqrt(half))))


def _radians(micros: int | None) -> float:
    return radians((micros or 0) / MICROS)
