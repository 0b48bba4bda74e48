"""The tables of inventory, by noun."""

from modules.inventory.tables import levels, sources
from modules.inventory.tables.base import metadata

__all__ = ["levels", "metadata", "sources"]
