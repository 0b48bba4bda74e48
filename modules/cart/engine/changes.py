"""What has become of prices since an earlier quote (P-8): pure."""

from __future__ import annotations

from modules.cart.engine.glimpses import Glimpse, Sum, digest, promotions_digest
from modules.cart.engine.keeping import KeptQuote
from modules.kernel.basket import Notice, Quote, QuoteLine, TaxedMoney
from modules.kernel.quantity import format_quantity

PRICE_CHANGED = "PRICE_CHANGED"


def price_changes(before: Glimpse, now: KeptQuote) -> list[Notice]:
    """PRICE_CHANGED for each line of the same product and quantity that costs another amount than before, for the
    delivery by the same method, and for the total of an unchanged cart on the same terms.

    What a person changed since is no change of price: a line with another quantity is not compared, nor is the total
    of a cart with other lines. Nothing is compared between currencies.
    """
    quote = now.quote
    if before.currency != quote.total.gross.currency:
        return []
    notices = [*_lines(before, quote), *_delivery(before, quote)]
    if before.asked == now.asked and _is_other(before.total, quote.total):
        notices.append(_notice("The total", before.amount(before.total), quote.total))
    return notices


def differs(before: Glimpse, now: Quote) -> bool:
    """Whether a person who looks at the earlier quote sees something that is not so any more."""
    if before.digest != digest(now):
        return True
    return before.promotions is not None and before.promotions != promotions_digest(now)


def _lines(before: Glimpse, quote: Quote) -> list[Notice]:
    notices = []
    for line in quote.lines:
        if line.is_gift or (old := before.lines.get(line.line)) is None:
            continue
        sku, quantity, total = old
        if (sku, quantity) == (line.sku, line.quantity) and _is_other(total, line.total):
            notices.append(_line(before.amount(total), line))
    return notices


def _is_other(before: Sum, now: TaxedMoney) -> bool:
    return before != (now.net.minor, now.gross.minor)


def _line(old: TaxedMoney, line: QuoteLine) -> Notice:
    quantity = format_quantity(line.quantity)
    said = _notice(f"The price of {quantity} of {line.sku!r}", old, line.total)
    return Notice(said.code, said.message, line.line, {"sku": line.sku, "quantity": quantity, **said.data})


def _delivery(before: Glimpse, quote: Quote) -> list[Notice]:
    old, new = before.delivery, quote.delivery
    if old is None or new is None or old[0] != new.method or not _is_other(old[1], new.total):
        return []
    said = _notice("The price of delivery", before.amount(old[1]), new.total)
    return [Notice(said.code, said.message, data={"delivery": new.method, **said.data})]


def _notice(what: str, was: TaxedMoney, now: TaxedMoney) -> Notice:
    currency = now.gross.currency
    message = f"{what} changed from {was.gross.amount} to {now.gross.amount} {currency}."
    if was.gross == now.gross:
        message = f"{what} changed from {was.net.amount} to {now.net.amount} {currency} without tax."
    figures = {"before": was.gross.amount, "now": now.gross.amount}
    figures |= {"beforeNet": was.net.amount, "nowNet": now.net.amount, "currency": currency}
    return Notice(PRICE_CHANGED, message, data=figures)
