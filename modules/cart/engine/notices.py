"""Which lines can be priced, and what hinders the others; where stock does not reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modules.cart.engine.intake import fits
from modules.cart.model import MOST_CODES, MOST_LINES, Line
from modules.kernel.basket import Notice
from modules.kernel.moments import contains
from modules.kernel.names import LineId, Sku
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity, format_quantity
from modules.kernel.stock import Availability, AvailabilityState


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines to be priced, notices about the others, and the next moment (us) at which this may change."""

    lines: tuple[Line, ...]
    notices: tuple[Notice, ...]
    until_us: int | None


def choose(lines: Sequence[Line], articles: Mapping[Sku, Article | None], now_us: int) -> Choice:
    """Leaves out unknown and inactive products, impossible quantities, and lines beyond the limit."""
    taken, notices = [], _limit(len(lines))
    for line in lines[:MOST_LINES]:
        notice = _hindrance(line, articles.get(line.sku), now_us)
        if notice:
            notices.append(notice)
        else:
            taken.append(line)
    return Choice(tuple(taken), tuple(notices), _next_boundary(articles.values(), now_us))


def shortages(lines: Iterable[Line], stock: Mapping[Sku, Availability], shows_figures: bool) -> list[Notice]:
    """INSUFFICIENT_STOCK for each line that stock does not reach; lines of one sku are served in their order.

    `available` is what is left for that line. Without figures it is not said, as the channel wishes.
    """
    left = {sku: answer.available for sku, answer in stock.items() if answer.state is not AvailabilityState.UNKNOWN}
    notices = []
    for line in lines:
        rest = left.get(line.sku)
        if rest is None:
            continue
        if rest < line.quantity:
            notices.append(_shortage(line, rest if shows_figures else None))
        left[line.sku] = Quantity(max(rest - line.quantity, 0))
    return notices


def too_many_codes(codes: Sequence[str]) -> list[Notice]:
    """CART_CODE_LIMIT when only the first codes were looked at."""
    if len(codes) <= MOST_CODES:
        return []
    message = f"Only the first {MOST_CODES} of {len(codes)} codes are looked at."
    return [Notice("CART_CODE_LIMIT", message, data={"limit": MOST_CODES, "codes": len(codes)})]


def by_line(notices: Iterable[Notice], lines: Iterable[Line]) -> tuple[Notice, ...]:
    """Those about the whole first, then in the order of the lines."""
    position: dict[LineId | None, int] = {line.id: index for index, line in enumerate(lines)}
    return tuple(sorted(notices, key=lambda notice: position.get(notice.line, -1)))


def _limit(count: int) -> list[Notice]:
    if count <= MOST_LINES:
        return []
    message = f"Only the first {MOST_LINES} of {count} lines are priced."
    return [Notice("CART_LINE_LIMIT", message, data={"limit": MOST_LINES, "lines": count})]


def _hindrance(line: Line, article: Article | None, now_us: int) -> Notice | None:
    data = {"sku": line.sku}
    if article is None:
        return Notice("UNKNOWN_SKU", f"There is no product {line.sku!r} any more.", line.id, data)
    if not contains(article.active_from_us, article.active_until_us, now_us):
        return Notice("PRODUCT_NOT_ACTIVE", f"{line.sku!r} is not on sale now.", line.id, data)
    if not fits(line.quantity, article.quantity_scale):
        scale = article.quantity_scale
        message = f"{format_quantity(line.quantity)} of {line.sku!r} cannot be sold: it has {scale} decimals."
        return Notice("QUANTITY_NOT_ALLOWED", message, line.id, {**data, "quantityScale": scale})
    return None


def _next_boundary(articles: Iterable[Article | None], now_us: int) -> int | None:
    known = (article for article in articles if article)
    bounds = (bound for article in known for bound in (article.active_from_us, article.active_until_us))
    return min((bound for bound in bounds if bound is not None and bound > now_us), default=None)


def _shortage(line: Line, available: Quantity | None) -> Notice:
    requested = format_quantity(line.quantity)
    data = {"sku": line.sku, "requested": requested}
    if available is None:
        return Notice("INSUFFICIENT_STOCK", f"{requested} of {line.sku!r} cannot be had.", line.id, data)
    figure = format_quantity(max(available, 0))
    message = f"{requested} of {line.sku!r} were requested, {figure} can be had."
    return Notice("INSUFFICIENT_STOCK", message, line.id, {**data, "available": figure})
