"""Basket in, quote out. The story is in `quote`, each stage in a file of its own."""

from modules.pricing.engine.quote.configured import own_prices, surcharge_requests
from modules.pricing.engine.quote.identity import LONGEST
from modules.pricing.engine.quote.options import cheapest_first, option
from modules.pricing.engine.quote.question import Rules
from modules.pricing.engine.quote.quote import quote, stages

__all__ = ["LONGEST", "Rules", "cheapest_first", "option", "own_prices", "quote", "stages", "surcharge_requests"]
