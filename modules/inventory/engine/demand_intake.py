"""From what is handed in to demand, supply policies and open orders: every value checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from modules.inventory.engine.intake import check_quantity, check_source
from modules.inventory.model.demand import Demand, DemandInput, OrderLineInput, SupplyInput, SupplyPolicy
from modules.inventory.model.sources import ANY, Source
from modules.kernel.errors import UnknownSku
from modules.kernel.intake import MOMENTS, NAMES, check, check_text, parsed
from modules.kernel.money import MICROS, parse_micros
from modules.kernel.names import Sku, SourceId, is_name
from modules.kernel.outcome import Path
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity
from modules.kernel.stock import IncomingStock

LONGEST_DAYS: Final = 1_000
"""Days a delivery or a review may be said to take."""
DAYS: Final = "a date such as 2026-11-22, not in the future"


class OrderLine(NamedTuple):
    """A checked line of a purchase order; `goods` is what is still expected of it, if anything."""

    order: str
    line: str
    sku: Sku
    source: SourceId
    goods: IncomingStock | None


@dataclass(frozen=True, slots=True)
class Intake:
    """What exists, against which what is handed in is checked."""

    articles: Mapping[Sku, Article]
    nearest: Mapping[Sku, Sequence[Sku]]
    sources: Mapping[SourceId, Source]
    today: date
    """The latest anywhere."""

    def demand(self, given: DemandInput, path: Path) -> Demand:
        """The demand that was meant. Raises UnknownSku, UnknownLocation or InvalidInput."""
        article = self._article(given.sku, path)
        source = check_source(given.source, self.sources, (*path, "source"))
        day = parsed(lambda: date.fromisoformat(given.day), (*path, "day"), DAYS)
        check(day.isoformat() == given.day and day <= self.today, given.day, (*path, "day"), DAYS)
        units = check_quantity(given.units, article.quantity_scale, (*path, "units"))
        return Demand(article.sku, source, day, units, given.promoted, given.censored)

    def policy(self, given: SupplyInput, path: Path) -> SupplyPolicy:
        """The policy that was meant. Raises UnknownSku, UnknownLocation or InvalidInput."""
        scale = 6 if given.sku == ANY else self._article(given.sku, path).quantity_scale
        if given.source != ANY:
            check_source(given.source, self.sources, (*path, "source"))
        told = given.sku != ANY or given.reorder_point is None
        check(told, given.reorder_point, (*path, "reorderPoint"), "nothing, unless a sku is named")
        if given.supplier is not None:
            check_text(given.supplier, 200, (*path, "supplier"))
        pack = _quantity(given.pack_size, scale, (*path, "packSize"))
        check(pack != 0, given.pack_size, (*path, "packSize"), "more than 0")
        return SupplyPolicy(
            given.sku,
            given.source,
            _service_level(given.service_level, (*path, "serviceLevel")),
            _days(given.lead_time_days, (*path, "leadTimeDays")),
            _days(given.lead_deviation_days, (*path, "leadDeviationDays")),
            _days(given.review_days, (*path, "reviewDays")),
            _quantity(given.min_order, scale, (*path, "minOrder")),
            pack,
            given.supplier,
            _quantity(given.reorder_point, scale, (*path, "reorderPoint")),
        )

    def order_line(self, given: OrderLineInput, path: Path) -> OrderLine:
        """The line that was meant. Raises UnknownSku, UnknownLocation or InvalidInput."""
        for name in ("order", "line"):
            check(is_name(getattr(given, name)), getattr(given, name), (*path, name), NAMES)
        article = self._article(given.sku, path)
        source = check_source(given.source, self.sources, (*path, "source"))
        check(given.due.tzinfo is not None, given.due, (*path, "due"), MOMENTS)
        ordered = check_quantity(given.ordered, article.quantity_scale, (*path, "ordered"))
        received = check_quantity(given.received, article.quantity_scale, (*path, "received"))
        rest = Quantity(ordered - received)
        goods = IncomingStock(given.due, rest) if given.open and rest > 0 else None
        return OrderLine(given.order, given.line, article.sku, source, goods)

    def _article(self, text: str, path: Path) -> Article:
        sku = Sku(text)
        if sku not in self.articles:
            raise UnknownSku(sku[:100], (*path, "sku"), self.nearest.get(sku, ()))
        return self.articles[sku]


def _service_level(text: str | None, path: Path) -> int | None:
    if text is None:
        return None
    allowed = "more than 0 and less than 1, as 0.95"
    level = parsed(lambda: parse_micros(text), path, allowed)
    check(0 < level < MICROS, text, path, allowed)
    return level


def _days(text: str | None, path: Path) -> int | None:
    if text is None:
        return None
    allowed = f"0 to {LONGEST_DAYS} days"
    days = parsed(lambda: parse_micros(text), path, allowed)
    check(0 <= days <= LONGEST_DAYS * MICROS, text, path, allowed)
    return days


def _quantity(text: str | None, scale: int, path: Path) -> Quantity | None:
    return None if text is None else check_quantity(text, scale, path)
