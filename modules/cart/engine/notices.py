"""Which lines can be priced, and what hinders the others; where stock does not reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from modules.cart.engine.intake import fits
from modules.cart.model import MOST_CODES, MOST_LINES, Line
from modules.kernel.basket import Notice
from modules.kernel.configuration import Configuration, Standing
from modules.kernel.errors import Unavailable
from modules.kernel.moments import contains, format_moment
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity, QuantityRules, format_quantity
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


def breaches(lines: Iterable[Line], articles: Mapping[Sku, Article | None]) -> list[Notice]:
    """Lines whose quantity is not sold like this; they are priced all the same, and hinder no other."""
    return [notice for line in lines if (notice := _breach(line, articles.get(line.sku)))]


def vouched(
    lines: Sequence[Line], found: Mapping[ConfigurationId, Configuration | None]
) -> tuple[tuple[Line, ...], list[Notice]]:
    """Leaves out lines whose configuration is not there, is one of another product, or is not allowed any more by the
    model of today. Of one whose model has changed and still allows it that is told."""
    hindered = [notice for line in lines if (notice := _strange(line, found))]
    strange = {notice.line for notice in hindered}
    taken = tuple(line for line in lines if line.id not in strange)
    return taken, [*hindered, *(_changed(line) for line in taken if _has_changed(line, found))]


def unvouched(lines: Sequence[Line], error: Unavailable) -> tuple[tuple[Line, ...], list[Notice]]:
    """Leaves out all lines with a configuration, while nobody can say what it is."""
    data = {"module": "configurator"}
    notices = [Notice(error.code, error.message, line.id, data) for line in lines if line.configuration]
    return tuple(line for line in lines if not line.configuration), notices


def strange_store(store: str) -> Notice:
    """STORE_NOT_FOUND: goods cannot be fetched where the cart says."""
    return Notice("STORE_NOT_FOUND", f"There is no store {store!r} here.", data={"store": store})


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


def keeps_no_stock(lines: Iterable[Line], stock: Mapping[Sku, Availability]) -> list[Line]:
    """Configured lines of products that nobody counts: they are made to order."""
    return [line for line in lines if line.configuration and _is_unknown(stock.get(line.sku))]


def sold_as_they_are(lines: Iterable[Line], made: Iterable[Line]) -> dict[Sku, Quantity]:
    """How much the lines take of each product, those that are made to order left out."""
    ids, found = {line.id for line in made}, dict[Sku, Quantity]()
    for line in lines:
        if line.id not in ids:
            found[line.sku] = Quantity(found.get(line.sku, 0) + line.quantity)
    return found


def _is_unknown(answer: Availability | None) -> bool:
    return answer is None or answer.state is AvailabilityState.UNKNOWN


def unmakeable(lines: Iterable[tuple[Line, Availability | None]], shows_figures: bool) -> list[Notice]:
    """INSUFFICIENT_STOCK for each line that is made to order and whose components do not suffice; `earliest` is when
    they do, if that is known."""
    return [
        _later(line, answer, shows_figures)
        for line, answer in lines
        if answer is not None and answer.available is not None and answer.available < line.quantity
    ]


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


def _breach(line: Line, article: Article | None) -> Notice | None:
    if article is None:
        return None
    rules, quantity = article.quantities, line.quantity
    if rules.minimum is not None and quantity < rules.minimum:
        return _off(line, rules, "QUANTITY_BELOW_MINIMUM", "minimum", rules.minimum, "is sold from {} on")
    if rules.maximum is not None and quantity > rules.maximum:
        return _off(line, rules, "QUANTITY_ABOVE_MAXIMUM", "maximum", rules.maximum, "is sold up to {}")
    if rules.step is not None and quantity % rules.step:
        return _off(line, rules, "QUANTITY_NOT_A_STEP", "step", rules.step, "is sold in steps of {}")
    return None


def _off(line: Line, rules: QuantityRules, code: str, name: str, figure: Quantity, says: str) -> Notice:
    quantity, bound = format_quantity(line.quantity), format_quantity(figure)
    data = {"sku": line.sku, "quantity": quantity, name: bound, "unit": rules.unit}
    rule = says.format(f"{bound} {rules.unit}".strip())
    return Notice(code, f"{line.sku!r} {rule}, not {quantity}.", line.id, data)


def _strange(line: Line, found: Mapping[ConfigurationId, Configuration | None]) -> Notice | None:
    if line.configuration is None:
        return None
    made, data = found.get(line.configuration), {"configuration": line.configuration, "sku": line.sku}
    if made is None:
        message = f"There is no configuration {line.configuration!r} that can be ordered."
    elif made.sku != line.sku:
        message = f"The configuration {line.configuration!r} is none of {line.sku!r}."
    elif made.standing is Standing.OUTDATED:
        message = f"The configuration {line.configuration!r} is not possible any more: configure it anew."
        return Notice("CONFIGURATION_OUTDATED", message, line.id, data)
    else:
        return None
    return Notice("CONFIGURATION_NOT_FOUND", message, line.id, data)


def _has_changed(line: Line, found: Mapping[ConfigurationId, Configuration | None]) -> bool:
    made = found.get(line.configuration) if line.configuration else None
    return made is not None and made.standing is Standing.CHANGED


def _changed(line: Line) -> Notice:
    data = {"configuration": line.configuration, "sku": line.sku}
    message = f"How {line.sku!r} is configured has changed since; {line.configuration!r} can still be had as it is."
    return Notice("CONFIGURATION_CHANGED", message, line.id, data)


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


def _later(line: Line, answer: Availability, shows_figures: bool) -> Notice:
    notice = _shortage(line, answer.available if shows_figures else None)
    if answer.earliest is None:
        return notice
    return replace(notice, data={**notice.data, "earliest": format_moment(answer.earliest)})
