"""Builders of inventory's words for tests: sensible defaults, keywords override."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from modules.inventory.model.holding import NO_RULES, HoldRules, Purpose
from modules.inventory.model.levels import Level, LevelInput
from modules.inventory.model.reservations import CallKey, Hold, HoldLine
from modules.inventory.model.sources import Source, SourceInput, SourceType
from modules.kernel.moments import to_us
from modules.kernel.names import ChannelId, Sku, SourceId
from modules.kernel.place import Channel
from modules.kernel.product import Article
from modules.kernel.quantity import parse_quantity
from modules.kernel.stock import IncomingStock
from tests.builders import NOW, a_channel, an_article


def a_source(
    id: str = "main",
    *,
    priority: int = 0,
    sells: bool = True,
    can_pick_up: bool = False,
    type: SourceType = SourceType.WAREHOUSE,
    **given: Any,
) -> Source:
    """A warehouse that sells and ships, on weekdays, without a cut-off."""
    return Source(
        id=SourceId(id),
        name=id.title(),
        type=type,
        priority=priority,
        can_pick_up=can_pick_up,
        sells=sells,
        **{
            "country": "DE",
            "latitude_micros": None,
            "longitude_micros": None,
            "cut_off": None,
            "zone": "Europe/Berlin",
            "can_ship": True,
            **given,
        },
    )


def a_source_input(id: str = "main", *, name: str | None = None, sells: bool = True) -> SourceInput:
    """A warehouse as it is handed in."""
    return SourceInput(id=id, name=name or id.title(), sells=sells)


def a_level(
    on_hand: str = "0",
    *,
    sku: str = "A-1",
    source: str = "main",
    safety_stock: str = "0",
    track: bool = True,
    backorder_limit: str = "0",
    incoming: Iterable[tuple[datetime, str]] = (),
    version: int = 1,
    as_of: datetime = NOW,
) -> Level:
    """A level of A-1 in the main warehouse; quantities are decimal strings, on hand may be negative."""
    return Level(
        Sku(sku),
        SourceId(source),
        parse_quantity(on_hand),
        parse_quantity(safety_stock),
        track,
        parse_quantity(backorder_limit),
        tuple(IncomingStock(at, parse_quantity(quantity)) for at, quantity in incoming),
        version,
        to_us(as_of),
    )


def a_count(on_hand: str = "5", *, sku: str = "A-1", source: str = "main") -> LevelInput:
    """A count as it is handed in."""
    return LevelInput(sku=sku, source=source, on_hand=on_hand)


class Shelf:
    """A product master in a few lines: these articles exist and no others."""

    def __init__(self, *articles: Article) -> None:
        self._articles = {article.sku: article for article in articles or (an_article(), an_article("B-1"))}

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """One answer per sku, in order."""
        return [self._articles.get(sku) for sku in skus]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three that look like each."""
        return [[Sku(name) for name in difflib.get_close_matches(sku, self._articles, 3)] for sku in skus]


class Places:
    """The port Channels: a shop with one channel, `web`."""

    def channels(self) -> Sequence[Channel]:
        return [a_channel()]


class These:
    """The port Channels: a shop with these channels."""

    def __init__(self, *channels: Channel) -> None:
        self._channels = channels

    def channels(self) -> Sequence[Channel]:
        return self._channels


def a_hold(
    *lines: tuple[str, str],
    id: str = "h1",
    sources: Sequence[str] = ("main", "berlin"),
    key: str = "",
    body: str = "same",
    purpose: Purpose = Purpose.CHECKOUT,
    owner: str = "cart-1",
    customer: str = "",
    ttl_us: int | None = None,
    split: bool = True,
    rules: HoldRules = NO_RULES,
) -> Hold:
    """A hold of (sku, quantity) lines from the main warehouse, then from Berlin."""
    places = tuple(SourceId(source) for source in sources)
    return Hold(
        key=CallKey(key, body),
        id=id,
        lines=tuple(
            HoldLine(f"l{number}", Sku(sku), places, parse_quantity(quantity), ("input", "lines", number))
            for number, (sku, quantity) in enumerate(lines or (("A-1", "1"),))
        ),
        purpose=purpose,
        owner=owner,
        customer=customer,
        channel=ChannelId("web"),
        rules=rules,
        ttl_us=ttl_us,
        split=split,
    )


NO_KEY = CallKey("", "")
"""A call that is a new one each time."""
