"""Promotions as documents: sensible defaults, keywords override."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modules.kernel.place import Channel
from modules.kernel.product import Article, Assortment
from modules.pricing.engine import promotion_intake as intake
from modules.pricing.engine.references import Known
from modules.pricing.model.promotions import Promotion
from tests.builders import a_channel, a_market, a_store, an_article

SWISS = a_channel("ch", market=a_market("ch", country="CH", zone="Europe/Zurich", currencies=("CHF",)))
SHOP = (a_channel(), SWISS)
"""A German web shop in euros with a store, and a Swiss one in francs."""
GOODS = (
    an_article("A-1", categories=("garden", "home"), group="grills"),
    an_article("A-2", categories=("garden", "home")),
    an_article("B-1", categories=("books",)),
)


def euros(amount: str) -> list[dict[str, str]]:
    """An amount in euros only."""
    return [{"currency": "EUR", "amount": amount}]


def a_document(id: str = "spring", **changes: Any) -> dict[str, Any]:
    """Ten per cent off everything."""
    given = {
        "id": id,
        "names": [{"locale": "en", "text": "Spring sale"}, {"locale": "de", "text": "Frühling"}],
        "actions": [{"itemPercentOff": {"percent": "10"}}],
    }
    return {**given, **changes}


def read(id: str = "spring", **changes: Any) -> Promotion:
    """The promotion of `a_document`."""
    return intake.promotion(a_document(id, **changes), ("input", "promotions", 0))


def known(channels: Iterable[Channel] = SHOP, articles: Iterable[Article] = GOODS) -> Known:
    """What the shop has: SHOP and GOODS unless told otherwise, and a store in `web`."""
    found, goods = list(channels), list(articles)
    return Known(
        found,
        {channel.id: [a_store()] if channel.id == "web" else [] for channel in found},
        Assortment({article.sku: article for article in goods}, {}),
        frozenset(name for article in goods for name in article.categories),
        frozenset(article.group for article in goods if article.group),
        frozenset({"parcel"}),
        frozenset({"vip"}),
    )
