"""From what a system of record hands in to messages: every value checked, every refusal with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from modules.inventory.engine.intake import check_source
from modules.inventory.model.feeds import Message, MessageInput
from modules.inventory.model.sources import Source
from modules.kernel.intake import MOMENTS, NAMES, check, parsed
from modules.kernel.moments import to_us
from modules.kernel.names import SourceId, is_name
from modules.kernel.outcome import Path
from modules.kernel.product import Assortment
from modules.kernel.quantity import MOST, Quantity, format_quantity, parse_quantity

LARGEST_SEQ: Final = (1 << 62) - 1
MOST_ORDERS: Final = 1_000
AHEAD_US: Final = 300_000_000
"""How far a system's clock may be ahead of ours; a figure of the future would silence all before it."""


def moment(at: datetime, latest_us: int, path: Path) -> int:
    """A moment that a system tells of; raises InvalidInput for one without a zone, before 1970 or after the latest."""
    at_us = to_us(at) if at.tzinfo else -1
    check(0 <= at_us <= latest_us, at, path, f"{MOMENTS}, not later than five minutes from now")
    return at_us


class Teller:
    """Checks the messages of one call; what stands in many of them is looked up once."""

    def __init__(
        self,
        assortment: Assortment,
        sources: Mapping[SourceId, Source],
        now_us: int,
    ) -> None:
        self._assortment = assortment
        self._sources = sources
        self._latest = now_us + AHEAD_US

    def message(self, given: MessageInput, path: Path) -> Message:
        """The message that was meant; raises UnknownSku, UnknownLocation or InvalidInput."""
        article = self._assortment.article(given.sku, path)
        source = check_source(given.source, self._sources, (*path, "source"))
        quantity = _figure(given.quantity, article.quantity_scale, path)
        seq = _seq(given.seq, path)
        as_of = moment(given.as_of, self._latest, (*path, "asOf"))
        return Message(article.sku, source, given.mode, quantity, seq, as_of, _orders(given.orders, path))


def _figure(text: str, scale: int, path: Path) -> Quantity:
    return parsed(lambda: parse_quantity(text, scale), (*path, "quantity"), _figures(scale))


@cache
def _figures(scale: int) -> str:
    return f"{format_quantity(Quantity(-MOST))} to {format_quantity(MOST)} with at most {scale} decimals"


def _seq(text: str, path: Path) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_SEQ):
        check(False, text, (*path, "seq"), f"a whole number from 0 to {LARGEST_SEQ}")
    return int(text)


def _orders(given: Sequence[str], path: Path) -> tuple[str, ...]:
    if not given:
        return ()
    check(len(given) <= MOST_ORDERS, len(given), (*path, "orders"), f"at most {MOST_ORDERS}")
    for index, order in enumerate(given):
        check(is_name(order), order, (*path, "orders", index), NAMES)
    return tuple(given)
