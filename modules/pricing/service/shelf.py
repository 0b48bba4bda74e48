"""The shelf: rows and standing prices of the skus that were asked for lately, in this process's memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from modules.kernel.names import Sku
from modules.pricing.model.points import Standing
from modules.pricing.model.prices import PriceRow
from modules.pricing.store.history import HistoryStore
from modules.pricing.store.prices import PAST_US, PricingStore

MOST: Final = 50_000
"""Skus in a currency that are kept; those asked for longest ago make room."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """What is known of a sku in one currency: rows that had not ended long before `since_us`, and what holds now."""

    rows: Sequence[PriceRow]
    standing: Standing
    since_us: int


@dataclass(slots=True, eq=False)  # each is itself alone: two that heard of nothing yet are not the same
class _Reading:
    """What changed while the statements ran: it may have been read in its old state."""

    changed: set[Sku] = field(default_factory=set)
    all_changed: bool = False


Kept = tuple[Sku, str]


class Shelf:
    """True while somebody tends it: who hears of every change and has it forgotten. Otherwise nothing is kept."""

    def __init__(self, prices: PricingStore, history: HistoryStore, most: int = MOST) -> None:
        self._prices = prices
        self._history = history
        self._most = most
        self._kept: dict[Kept, Shelved] = {}
        self._currencies: set[str] = set()
        self._readings: list[_Reading] = []
        self._tended: Callable[[], bool] = _never

    async def load(self, skus: Collection[Sku], currency: str, at_us: int) -> dict[Sku, Shelved]:
        """What is known of these skus for questions about this moment; two statements for those not in memory."""
        if not self._tended():
            self.forget_all()
            return await self._read(skus, currency, at_us)
        found: dict[Sku, Shelved] = {}
        for sku in skus:
            held = self._kept.pop((sku, currency), None)
            if held is not None:
                self._kept[sku, currency] = held
                if held.since_us <= at_us:
                    found[sku] = held
        missing = [sku for sku in skus if sku not in found]
        if missing:
            found |= await self._read(missing, currency, at_us)
        return found

    async def rows(self, skus: Collection[Sku], currency: str, at_us: int) -> Mapping[Sku, Sequence[PriceRow]]:
        """The rows alone: from memory like `load`, or in one statement while nothing is kept."""
        if not self._tended():
            return await self._prices.rows(list(skus), currency, at_us)
        return {sku: shelved.rows for sku, shelved in (await self.load(skus, currency, at_us)).items()}

    def forget(self, skus: Iterable[Sku]) -> None:
        """Prices of these have changed: whoever asks from now on gets them read anew, also while a reading that began
        before is still under way."""
        changed = set(skus)
        for reading in self._readings:
            reading.changed |= changed
        for sku in changed:
            for currency in self._currencies:
                self._kept.pop((sku, currency), None)

    def forget_written(self, skus: Iterable[Sku] | None) -> None:
        """Forgets what this process has written; all for None."""
        if skus is None:
            self.forget_all()
        else:
            self.forget(skus)

    def forget_all(self) -> None:
        """What changed is not known."""
        for reading in self._readings:
            reading.all_changed = True
        self._kept.clear()

    @contextmanager
    def tended(self, sound: Callable[[], bool]) -> Iterator[None]:
        """Keeps things in memory within the block, as long as `sound` says that changes are heard of."""
        self.forget_all()
        self._tended = sound
        try:
            yield
        finally:
            self._tended = _never
            self.forget_all()

    async def _read(self, skus: Collection[Sku], currency: str, at_us: int) -> dict[Sku, Shelved]:
        reading = _Reading()
        self._readings.append(reading)
        try:
            # The standing prices first: a price that is newer than what is said of it announces nothing.
            standings = await self._history.standing(list(skus), currency)
            rows = await self._prices.rows(list(skus), currency, at_us)
        finally:
            self._readings.remove(reading)
        nothing = Standing()
        found = {sku: Shelved(tuple(rows.get(sku, ())), standings.get(sku, nothing), at_us - PAST_US) for sku in skus}
        if self._tended() and not reading.all_changed:
            self._keep({sku: shelved for sku, shelved in found.items() if sku not in reading.changed}, currency)
        return found

    def _keep(self, found: dict[Sku, Shelved], currency: str) -> None:
        self._currencies.add(currency)
        self._kept.update(((sku, currency), shelved) for sku, shelved in found.items())
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]


def _never() -> bool:
    return False
