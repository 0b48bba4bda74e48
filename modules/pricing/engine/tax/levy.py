"""Levy: what a class of goods is taxed at in one place."""

from __future__ import annotations

from dataclasses import dataclass

from modules.pricing.model.taxes import TaxRule


@dataclass(frozen=True, slots=True)
class Levy:
    """The rate that is due, and the one that shelf prices were made with (T-1, T-3, T-4).

    With a `code` nothing is due: `rule` then has the id and version of the home rule and the rate 0.
    """

    rule: TaxRule
    home: TaxRule
    """The rule at home: rows in the cart's other tax mode are converted at its rate."""
    net_stays: bool = False
    """Whether another rate than the home one leaves the net price and changes the gross one (T-4)."""
    code: str = ""
    """`AE`: reverse charge, `G`: export, otherwise empty."""
    text: str = ""
    """Why there is no tax, for the invoice."""
