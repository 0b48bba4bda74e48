"""The tables of inventory, by noun."""

from modules.inventory.tables import levels, reservations, sources
from modules.inventory.tables.base import metadata

__all__ = ["levels", "metadata", "reservations", "sources"]
