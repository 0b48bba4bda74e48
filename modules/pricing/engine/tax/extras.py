"""What stands beside the goods: delivery, gifts, and what cash cannot pay (T-9 to T-11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from modules.kernel.money import MICROS, Rounding, allocate, divide
from modules.kernel.names import TaxClass
from modules.kernel.policies import ShippingTax, TaxMode
from modules.pricing.engine.tax.amounts import Taxable, Terms
from modules.pricing.model.taxes import TaxRule


def delivery_lines(
    minor: int, mode: TaxMode, own: TaxRule, goods: Sequence[Taxable], policy: ShippingTax, terms: Terms
) -> list[Taxable]:
    """Delivery costs as lines to be taxed together with the goods, one for each rate; they sum to `minor` (T-9).

    `minor` is in the cart's tax mode, what promotions took off is off already; `own` is the rule of the method's tax
    class. HIGHEST takes the goods' highest rate. PROPORTIONAL splits the costs over the goods' rates and classes by
    their amounts (G-7). Where nothing is paid for the goods, delivery is taxed by its own class.
    """
    groups: dict[tuple[int, TaxClass], int] = defaultdict(int)
    rules: dict[tuple[int, TaxClass], TaxRule] = {}
    for line in goods:
        key = -line.rule.rate_micros, line.rule.tax_class
        groups[key] += line.minor
        rules[key] = line.rule
    paid = sorted(key for key, amount in groups.items() if amount)
    if policy is ShippingTax.OWN_CLASS or not paid:
        return [_one(minor, mode, own, terms)]
    if policy is ShippingTax.HIGHEST:
        return [_one(minor, mode, rules[paid[0]], terms)]
    steps, rest = divmod(minor, terms.step)
    shares = [share * terms.step for share in allocate(steps, [groups[key] for key in paid])]
    shares[0] += rest  # costs that are no multiple of the market's step lose nothing
    return [_one(share, mode, rules[key], terms) for key, share in zip(paid, shares, strict=True)]


def _one(minor: int, mode: TaxMode, rule: TaxRule, terms: Terms) -> Taxable:
    return Taxable(minor, minor * terms.minor_micros, MICROS, mode, rule)


def gift_spread(
    amounts: Sequence[int], list_amounts: Sequence[int], tax_classes: Sequence[TaxClass], step: int = 1
) -> list[int]:
    """What the goods and gifts of one promotion cost each when their price is that of the whole (T-10).

    Position i of each list is one line: what is paid for it now (0 for a gift), what it costs at list price, and its
    tax class. What is paid for all is spread by list price (G-7) in multiples of `step` minor units, so that the sum
    stays; amounts stay as they are where all have one tax class, or no list price.
    """
    if len(set(tax_classes)) < 2 or not any(list_amounts):
        return list(amounts)
    steps, rest = divmod(sum(amounts), step)
    shares = [share * step for share in allocate(steps, list_amounts)]
    shares[list_amounts.index(max(list_amounts))] += rest
    return shares


def round_cash(minor: int, step: int) -> int:
    """What is added to an amount due so that cash can pay it: multiples of `step`, half steps up in size (T-11)."""
    return divide(minor, step, Rounding.HALF_UP) * step - minor
