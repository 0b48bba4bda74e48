"""The tables of pricing, by noun."""

from modules.pricing.tables import campaigns, codes, points, prices, promotions, revisions, shipping, taxes
from modules.pricing.tables.base import metadata

__all__ = ["campaigns", "codes", "metadata", "points", "prices", "promotions", "revisions", "shipping", "taxes"]
