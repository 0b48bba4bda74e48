"""Many read the shelf at once: each reading answers for itself, and none hides another's change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from modules.kernel.names import Sku
from modules.pricing.model.prices import PriceRow
from modules.pricing.service.shelf import Shelf
from modules.pricing.store.history import HistoryStore
from modules.pricing.store.prices import PricingStore
from tests.pricing.builders import a_row

LAMP = Sku("LAMP")


class Stores:
    """Both stores of a shelf: each reading of rows is of the price as it is then, and ends when it may."""

    def __init__(self) -> None:
        self.amount = "10"
        self.ends: list[asyncio.Event] = []

    async def standing(self, *_: Any) -> dict[Sku, Any]:
        return {}

    async def rows(self, *_: Any) -> dict[Sku, list[PriceRow]]:
        found = {LAMP: [a_row(self.amount)]}
        self.ends.append(asyncio.Event())
        await self.ends[-1].wait()
        return found


async def reading(shelf: Shelf) -> asyncio.Task[int]:
    """One that has read and waits, unless it was answered from memory."""

    async def ask() -> int:
        return (await shelf.load([LAMP], "EUR", 0))[LAMP].rows[0].micros

    task = asyncio.create_task(ask())
    for _ in range(10):
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1), (1, 0, 2)])
async def test_a_change_is_known_to_every_reading_under_way_in_whatever_order_they_end(order: Sequence[int]) -> None:
    stores = Stores()
    shelf = Shelf(cast("PricingStore", stores), cast("HistoryStore", stores))
    with shelf.tended(lambda: True):
        tasks = [await reading(shelf) for _ in range(3)]
        first, *others = order
        stores.ends[first].set()
        assert await tasks[first] == 10_000_000
        stores.amount = "12"
        shelf.forget([LAMP])
        late = await reading(shelf)
        for index in others:
            stores.ends[index].set()
            assert await tasks[index] == 10_000_000
        shelf.forget([])
        last = await reading(shelf)
        for end in stores.ends:
            end.set()
        assert (await late, await last) == (12_000_000, 12_000_000)
