"""The tables of pricing, by noun."""

from modules.pricing.tables import points, prices, revisions, taxes
from modules.pricing.tables.base import metadata

__all__ = ["metadata", "points", "prices", "revisions", "taxes"]
