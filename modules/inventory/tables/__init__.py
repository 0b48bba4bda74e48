"""The tables of inventory, by noun."""

from modules.inventory.tables import holding, levels, reservations, sources, waiting
from modules.inventory.tables.base import metadata

__all__ = ["holding", "levels", "metadata", "reservations", "sources", "waiting"]
