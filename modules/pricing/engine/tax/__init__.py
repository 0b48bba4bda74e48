"""Tax: where it is due, which rate holds, and how much it is, to the cent (T-1 to T-11)."""

from modules.pricing.engine.tax.amounts import Taxable, Terms, line_amount, taxes, unit_in, unit_prices
from modules.pricing.engine.tax.book import TaxBook, TaxRuleAmbiguous, without_clashes
from modules.pricing.engine.tax.extras import delivery_lines, gift_spread, round_cash
from modules.pricing.engine.tax.levy import Levy
from modules.pricing.engine.tax.place import TaxPlace, Treatment, country_of

__all__ = [
    "Levy",
    "TaxBook",
    "TaxPlace",
    "TaxRuleAmbiguous",
    "Taxable",
    "Terms",
    "Treatment",
    "country_of",
    "delivery_lines",
    "gift_spread",
    "line_amount",
    "round_cash",
    "taxes",
    "unit_in",
    "unit_prices",
    "without_clashes",
]
