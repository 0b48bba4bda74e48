"""News from elsewhere that may touch open carts: read from events, and matched with where a cart stands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modules.kernel.events import Change
from modules.kernel.names import Sku
from modules.kernel.place import Channel


class Cause(StrEnum):
    """What has touched an open cart, as the subscription says it."""

    PRICE = "price"
    PROMOTION = "promotion"
    STOCK = "stock"
    PRODUCT = "product"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class News:
    """Something changed that carts may depend on. An absent value means: any."""

    cause: Cause
    sku: Sku | None = None
    source: str | None = None
    market: Collection[str] | None = None
    price_lists: Collection[str] | None = None
    currencies: Collection[str] | None = None

    def concerns(self, channel: Channel, currency: str) -> bool:
        """Whether carts of this channel, priced in this currency, may depend on it."""
        return (
            (self.source is None or self.source in channel.sources)
            and (self.market is None or channel.market.id in self.market)
            and (self.price_lists is None or not set(channel.price_lists).isdisjoint(self.price_lists))
            and (self.currencies is None or currency in self.currencies)
        )


Reading = Callable[[Change], News | None]
"""The news in an event; None for one that touches no cart."""


def of_prices(change: Change) -> News:
    """Rows of a sku were written: the key is the sku, the state names price lists and currencies."""
    lists, currencies = _list(change.state, "price_lists"), _list(change.state, "currencies")
    return News(Cause.PRICE, Sku(change.key), price_lists=lists, currencies=currencies)


def of_rules(change: Change) -> News:
    """Tax rules or shipping methods were written: all carts, or those of the markets that the state names."""
    return News(Cause.PRICE, market=_list(change.state, "markets"))


def of_promotions(change: Change) -> News | None:
    """A promotion was written or its state was; drafts touch nobody."""
    return None if change.state.get("state") == "draft" else News(Cause.PROMOTION)


def of_stock(change: Change) -> News:
    """The level of a sku at a source: the key is `sku@source`."""
    sku, _, source = change.key.rpartition("@")
    return News(Cause.STOCK, Sku(sku), source)


def of_products(change: Change) -> News:
    """A product was written: the key is its sku."""
    return News(Cause.PRODUCT, Sku(change.key))


def _list(state: Mapping[str, Any], name: str) -> Collection[str] | None:
    return state.get(name)
