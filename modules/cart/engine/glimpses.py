"""What is kept of a quote that was shown, to say later what has become of its prices (P-8): pure.

A quote of ten lines is more than a thousand objects, which the collector walks as long as they live; a glimpse of it
is some tens of plain values. Thousands of open carts each hold one or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Self

import orjson

from modules.cart.engine.keeping import KeptQuote
from modules.kernel.basket import Quote, TaxedMoney
from modules.kernel.later import Later
from modules.kernel.money import Money
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import Quantity

Sum = tuple[int, int]
"""Net and gross, in minor units."""
LineGlimpse = tuple[Sku, Quantity, Sum]
"""What so much of a product cost; a plain tuple, as the collector passes over those."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """So much of a quote as is compared with later ones."""

    asked: str
    """The question, as `KeptQuote.asked`."""
    currency: str
    total: Sum
    lines: dict[LineId | None, LineGlimpse]
    """Without gifts."""
    delivery: tuple[str, Sum] | None
    """Method and cost."""
    digest: bytes
    """Of what a person sees of it in any case."""
    promotions: bytes | None
    """Of what became of promotions; None where nobody was shown it."""
    skus: frozenset[Sku]
    """What stands in it, gifts too."""
    valid_until: datetime

    @classmethod
    def of(cls, kept: KeptQuote) -> Self:
        """Of an answer."""
        quote = kept.quote
        paid = (line for line in quote.lines if not line.is_gift)
        lines = {line.line: (line.sku, line.quantity, _sum(line.total)) for line in paid}
        delivery = (quote.delivery.method, _sum(quote.delivery.total)) if quote.delivery else None
        return cls(
            kept.asked,
            quote.total.gross.currency,
            _sum(quote.total),
            lines,
            delivery,
            digest(quote),
            None if isinstance(quote.promotions, Later) and not quote.promotions.is_told else promotions_digest(quote),
            frozenset(line.sku for line in quote.lines),
            quote.valid_until,
        )

    def amount(self, sum: Sum) -> TaxedMoney:
        """A sum of this quote as money again."""
        net, gross = (Money(minor, self.currency) for minor in sum)
        return TaxedMoney(net, gross - net, gross)


def digest(quote: Quote) -> bytes:
    """Of what a person sees of a quote: another one when that is not so any more, whatever moment it is for."""
    return _digest((quote.id, quote.payable, quote.notices, quote.delivery))


def promotions_digest(quote: Quote) -> bytes:
    """Of what became of promotions: works it out where nobody has asked for it yet."""
    return _digest(tuple(quote.promotions))


def _digest(seen: object) -> bytes:
    return blake2b(orjson.dumps(seen, default=tuple), digest_size=16).digest()


def _sum(money: TaxedMoney) -> Sum:
    return money.net.minor, money.gross.minor
