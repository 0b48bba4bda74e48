"""Markets, channels and stores in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from modules.kernel.money import Rounding
from modules.kernel.names import ChannelId, Locale, MarketId, PriceListId, SourceId, StoreId
from modules.kernel.place import Market, Store
from modules.kernel.policies import TaxRounding
from modules.market.events import MarketChanged
from modules.market.model import ChannelRecord, Place, Places, state
from modules.market.model.policies import parse
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import raise_revision, upsert

Rows = list[tuple[Any, ...]]

_TABLES = {Market: "market", ChannelRecord: "channel", Store: "store"}
_COLUMNS = {
    "market": ("country", "zone", "currencies", "locales", "rounding", "tax_rounding", "line_steps", "policies"),
    "channel": ("market", "price_lists", "sources", "few_left", "shows_figures", "position"),
    "store": ("name", "country", "channels"),
}
_SELECT = {kind: f"SELECT id, {', '.join(columns)} FROM market_{kind}" for kind, columns in _COLUMNS.items()}
_UPSERT = {kind: upsert(f"market_{kind}", ("id", *columns), ("id",)) for kind, columns in _COLUMNS.items()}
_RAISE_REVISION = raise_revision("market")


class MarketStore:
    """Reads all that market keeps, and writes what changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def places(self) -> Places:
        """All places; three statements."""
        return await _places(self._database.read)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[PlacesChange]:
        """A transaction that has the tables to itself; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            ((revision,),) = await tx.read(_RAISE_REVISION)
            yield PlacesChange(tx, revision)


class PlacesChange:
    """An open transaction over all places."""

    def __init__(self, tx: Transaction, revision: int) -> None:
        self._tx = tx
        self._revision = revision

    async def places(self) -> Places:
        """All places, as they stand in this transaction."""
        return await _places(self._tx.read)

    async def save(self, places: Sequence[Place], before: Mapping[str, Place], principal: str, reason: str) -> None:
        """Writes places of one kind with their audit entries and events; `before` holds what they replace, by id."""
        if not places:
            return
        kind = _TABLES[type(places[0])]
        await self._tx.run_many(_UPSERT[kind], [_row(place) for place in places])
        self._tx.audit([_entry(kind, place, before.get(place.id), principal, reason) for place in places])
        self._tx.emit(
            [MarketChanged(version=self._revision, kind=kind, id=place.id, state=state(place)) for place in places]
        )


async def _places(read: Callable[[str], Awaitable[Rows]]) -> Places:
    # In this order: a channel that was read before the markets finds its market among them, as nothing is ever deleted.
    stores = [_store(row) for row in await read(_SELECT["store"])]
    channels = [_channel(row) for row in await read(_SELECT["channel"])]
    markets = [_market(row) for row in await read(_SELECT["market"])]
    return Places(
        {market.id: market for market in markets},
        {channel.id: channel for channel in channels},
        {store.id: store for store in stores},
    )


def _row(place: Place) -> dict[str, object]:
    columns = {
        name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in state(place).items()
    }
    return {"id": place.id, **columns}


def _entry(kind: str, place: Place, before: Place | None, principal: str, reason: str) -> AuditEntry:
    former = state(before) if before else None
    return AuditEntry(principal, f"market.upsert_{kind}", f"{kind}:{place.id}", former, state(place), reason)


def _market(row: tuple[Any, ...]) -> Market:
    id, country, zone, currencies, locales, rounding, tax_rounding, line_steps, policies = row
    return Market(
        MarketId(id),
        country,
        ZoneInfo(zone),
        tuple(json.loads(currencies)),
        tuple(Locale(locale) for locale in json.loads(locales)),
        Rounding(rounding),
        TaxRounding(tax_rounding),
        tuple((currency, step) for currency, step in json.loads(line_steps)),
        parse(json.loads(policies)),
    )


def _channel(row: tuple[Any, ...]) -> ChannelRecord:
    id, market, price_lists, sources, few_left, shows_figures, position = row
    return ChannelRecord(
        id=ChannelId(id),
        market=MarketId(market),
        price_lists=tuple(PriceListId(name) for name in json.loads(price_lists)),
        sources=tuple(SourceId(name) for name in json.loads(sources)),
        few_left=few_left,
        shows_figures=bool(shows_figures),
        position=position,
    )


def _store(row: tuple[Any, ...]) -> Store:
    id, name, country, channels = row
    return Store(StoreId(id), name, country, tuple(ChannelId(channel) for channel in json.loads(channels)))
