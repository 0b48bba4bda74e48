"""Seen baskets in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from modules.kernel.basket import GiftChoice
from modules.kernel.names import ChannelId, PromotionId, Sku, StoreId
from modules.kernel.quantity import Quantity
from modules.pricing.model.campaigns import SeenBasket, SeenLine
from modules.runtime.database import Database

_COLUMNS = ("id", "at_us", "channel", "currency", "document")
_SAVE = (
    f"INSERT INTO pricing_seen_basket ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "
    "ON CONFLICT (id) DO NOTHING"
)
_READ = f"""
    SELECT {", ".join(_COLUMNS)} FROM pricing_seen_basket
    WHERE at_us >= :since AND at_us < :until AND (at_us > :at OR (at_us = :at AND id > :id)) {{channel}}
    ORDER BY at_us, id LIMIT :most
"""
_FORGET = """
    DELETE FROM pricing_seen_basket WHERE id IN
    (SELECT id FROM pricing_seen_basket WHERE at_us < :before ORDER BY at_us LIMIT :most)
"""
_BATCH = 5_000


class BasketStore:
    """Keeps baskets that were seen, and forgets them. They are samples, no records of trade: nothing is audited."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, baskets: Sequence[SeenBasket]) -> None:
        """Adds them in one transaction; one that is there already stays."""
        async with self._database.transaction() as tx:
            await tx.run_many(_SAVE, [_values(basket) for basket in baskets])

    async def read(
        self, since_us: int, until_us: int, after: tuple[int, str], most: int, channel: str | None = None
    ) -> list[SeenBasket]:
        """At most so many of that time behind a place (moment, id), in this order; one statement."""
        place = {"channel": channel} if channel is not None else {}
        sql = _READ.format(channel="AND channel = :channel" if place else "")
        at, id = after
        found = await self._database.read(sql, since=since_us, until=until_us, at=at, id=id, most=most, **place)
        return [_basket(values) for values in found]

    async def forget(self, before_us: int) -> int:
        """Deletes those seen earlier, in short transactions; how many there were."""
        gone = 0
        while True:
            async with self._database.transaction() as tx:
                count = await tx.run(_FORGET, before=before_us, most=_BATCH)
            gone += count
            if count < _BATCH:
                return gone


def _values(basket: SeenBasket) -> dict[str, object]:
    document = {
        "lines": [line if line.extras else line[:2] for line in basket.lines],
        "store": basket.store,
        "country": basket.country,
        "delivery": basket.delivery,
        "payment": basket.payment,
        "promotions": basket.promotions,
        "gifts": [(gift.promotion, gift.sku) for gift in basket.gifts],
    }
    return {
        "id": basket.id,
        "at_us": basket.at_us,
        "channel": basket.channel,
        "currency": basket.currency,
        "document": json.dumps({name: value for name, value in document.items() if value}),
    }


def _basket(values: tuple[Any, ...]) -> SeenBasket:
    id, at_us, channel, currency, text = values
    document = json.loads(text)
    return SeenBasket(
        id=id,
        at_us=at_us,
        channel=ChannelId(channel),
        currency=currency,
        lines=tuple(_line(*line) for line in document.get("lines", ())),
        store=StoreId(document["store"]) if "store" in document else None,
        country=document.get("country", ""),
        delivery=document.get("delivery"),
        payment=document.get("payment"),
        promotions=tuple(PromotionId(id) for id in document.get("promotions", ())),
        gifts=tuple(GiftChoice(PromotionId(id), Sku(sku)) for id, sku in document.get("gifts", ())),
    )


def _line(sku: str, quantity: int, extras: Sequence[int] = ()) -> SeenLine:
    return SeenLine(Sku(sku), Quantity(quantity), tuple(extras))
