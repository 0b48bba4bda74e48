"""Sums: per rate, per cart, and what cash can pay (T-8, T-11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modules.kernel.basket import TaxedMoney, TaxSummary
from modules.kernel.money import Money, format_micros
from modules.kernel.names import TaxClass
from modules.pricing.engine.quote.items import with_tax
from modules.pricing.engine.quote.question import Question, Reckoning
from modules.pricing.engine.tax import Taxable, round_cash

CASH = "cash"
"""The kind of payment that is rounded."""


def total_of(amounts: Iterable[TaxedMoney], currency: str) -> TaxedMoney:
    """Their sum."""
    net = tax = 0
    for amount in amounts:
        net += amount.net.minor
        tax += amount.tax.minor
    return TaxedMoney(Money(net, currency), Money(tax, currency), Money(net + tax, currency))


def summaries(
    taxables: Sequence[Taxable], taxes: Sequence[int], question: Question, reckoning: Reckoning
) -> tuple[TaxSummary, ...]:
    """One per rate and tax class, the highest rate first: zero-rated and exempt goods stay apart."""
    groups: dict[tuple[int, TaxClass], tuple[int, int]] = {}
    for line, tax in zip(taxables, taxes, strict=True):
        key = -line.rule.rate_micros, line.rule.tax_class
        amount, due = groups.get(key, (0, 0))
        groups[key] = amount + line.minor, due + tax
    sums = ((rate, tax_class, with_tax(*sum, reckoning)) for (rate, tax_class), sum in sorted(groups.items()))
    code, text = question.place.treatment.value, question.place.text
    return tuple(TaxSummary(format_micros(-rate), name, sum.net, sum.tax, code, text) for rate, name, sum in sums)


def rounding(payable: Money, question: Question) -> Money | None:
    """The difference to what cash can pay; None where payment is not in cash, or nothing is to be rounded."""
    step = question.market.policies.cash_step(question.currency)
    if question.basket.payment != CASH or step == 1:
        return None
    return Money(round_cash(payable.minor, step), question.currency)
