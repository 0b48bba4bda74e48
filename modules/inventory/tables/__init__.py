"""The tables of inventory, by noun."""

from modules.inventory.tables import (
    demand,
    feeds,
    holding,
    levels,
    movements,
    pickups,
    reservations,
    sources,
    transfers,
    waiting,
)
from modules.inventory.tables.base import metadata

__all__ = [
    "demand",
    "feeds",
    "holding",
    "levels",
    "metadata",
    "movements",
    "pickups",
    "reservations",
    "sources",
    "transfers",
    "waiting",
]
