"""What has become of prices since an earlier quote (P-8): pure."""

from __future__ import annotations

from modules.cart.engine.keeping import KeptQuote
from modules.kernel.basket import Notice, Quote, QuoteLine, TaxedMoney
from modules.kernel.quantity import format_quantity

PRICE_CHANGED = "PRICE_CHANGED"


def price_changes(before: KeptQuote, now: KeptQuote) -> list[Notice]:
    """PRICE_CHANGED for each line of the same product and quantity that costs another amount than before, for the
    delivery by the same method, and for the total of an unchanged cart on the same terms.

    What a person changed since is no change of price: a line with another quantity is not compared, nor is the total
    of a cart with other lines. Nothing is compared between currencies.
    """
    was, quote = before.quote, now.quote
    if was.total.gross.currency != quote.total.gross.currency:
        return []
    notices = [*_lines(was, quote), *_delivery(was, quote)]
    if before.asked == now.asked and was.total != quote.total:
        notices.append(_notice("The total", was.total, quote.total))
    return notices


def differs(before: Quote, now: Quote) -> bool:
    """Whether a person who looks at the earlier quote sees something that is not so any more."""
    return (before.id, before.payable, before.notices, before.delivery, before.promotions) != (
        now.id, now.payable, now.notices, now.delivery, now.promotions,
    )  # fmt: skip


def _lines(was: Quote, quote: Quote) -> list[Notice]:
    former = {line.line: line for line in was.lines if not line.is_gift}
    pairs = [(former.get(line.line), line) for line in quote.lines if not line.is_gift]
    return [_line(old, line) for old, line in pairs if old and _is_same_wish(old, line) and old.total != line.total]


def _is_same_wish(old: QuoteLine, line: QuoteLine) -> bool:
    return (old.sku, old.quantity) == (line.sku, line.quantity)


def _line(old: QuoteLine, line: QuoteLine) -> Notice:
    quantity = format_quantity(line.quantity)
    said = _notice(f"The price of {quantity} of {line.sku!r}", old.total, line.total)
    return Notice(said.code, said.message, line.line, {"sku": line.sku, "quantity": quantity, **said.data})


def _delivery(was: Quote, quote: Quote) -> list[Notice]:
    old, new = was.delivery, quote.delivery
    if old is None or new is None or old.method != new.method or old.total == new.total:
        return []
    said = _notice("The price of delivery", old.total, new.total)
    return [Notice(said.code, said.message, data={"delivery": new.method, **said.data})]


def _notice(what: str, was: TaxedMoney, now: TaxedMoney) -> Notice:
    currency = now.gross.currency
    message = f"{what} changed from {was.gross.amount} to {now.gross.amount} {currency}."
    if was.gross == now.gross:
        message = f"{what} changed from {was.net.amount} to {now.net.amount} {currency} without tax."
    figures = {"before": was.gross.amount, "now": now.gross.amount}
    figures |= {"beforeNet": was.net.amount, "nowNet": now.net.amount, "currency": currency}
    return Notice(PRICE_CHANGED, message, data=figures)
