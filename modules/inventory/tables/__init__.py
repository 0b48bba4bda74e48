"""The tables of inventory, by noun."""

from modules.inventory.tables import feeds, holding, levels, movements, reservations, sources, transfers, waiting
from modules.inventory.tables.base import metadata

__all__ = ["feeds", "holding", "levels", "metadata", "movements", "reservations", "sources", "transfers", "waiting"]
