"""Shipping methods in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from modules.kernel.names import Locale, MarketId, TaxClass
from modules.kernel.policies import TaxMode
from modules.pricing.events import ShippingMethodsChanged
from modules.pricing.model.shipping import Days, ShippingMethod, ShippingRate
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database
from modules.runtime.sql import upsert

_COLUMNS = (
    "market", "id", "names", "amounts", "tax_mode", "tax_class", "pickup", "countries", "rates", "earliest_days",
    "latest_days", "position", "active", "version",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM pricing_shipping_method ORDER BY position, id, market"
_SAVE = upsert("pricing_shipping_method", _COLUMNS, ("market", "id"))
_TOPIC = "shipping"


class ShippingStore:
    """Reads shipping methods, and opens writings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def methods(self) -> list[ShippingMethod]:
        """All of them by position, then id; one statement."""
        return [_method(values) for values in await self._database.read(_SELECT)]

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[ShippingWriting]:
        """A transaction that has the methods to itself; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            writing = ShippingWriting(tx)
            await writing.lock(_TOPIC, [ShippingMethodsChanged.KEY])
            yield writing


class ShippingWriting(Writing):
    """Writes shipping methods."""

    async def methods(self) -> dict[tuple[str, str], ShippingMethod]:
        """All of them by market and id, as they stand in this transaction."""
        return {method.key: method for method in map(_method, await self.tx.read(_SELECT))}

    async def save(
        self,
        methods: Sequence[ShippingMethod],
        before: Mapping[tuple[str, str], ShippingMethod],
        by: str,
        reason: str,
    ) -> None:
        """Writes methods with their audit entries and one event; `before` holds what they replace."""
        await self.tx.run_many(_SAVE, [_values(method) for method in methods])
        self.audit([_entry(method, before.get(method.key), by, reason) for method in methods])
        (version,) = (await self.raise_versions(_TOPIC, [ShippingMethodsChanged.KEY])).values()
        self.emit([ShippingMethodsChanged(version=version, markets=sorted({method.market for method in methods}))])


def _method(values: tuple[Any, ...]) -> ShippingMethod:
    market, id, names, amounts, mode, tax_class, pickup, countries, rates, *days, position, active, version = values
    return ShippingMethod(
        id=id,
        market=MarketId(market),
        names=tuple((Locale(locale), name) for locale, name in json.loads(names).items()),
        amounts=tuple(json.loads(amounts).items()),
        tax_mode=TaxMode(mode),
        tax_class=TaxClass(tax_class),
        pickup=bool(pickup),
        countries=tuple(json.loads(countries)),
        rates=tuple(map(_rate, json.loads(rates))),
        days=_days(*days),
        position=position,
        active=bool(active),
        version=version,
    )


def _rate(document: Mapping[str, Any]) -> ShippingRate:
    return ShippingRate(
        countries=tuple(document["countries"]),
        regions=tuple(document["regions"]),
        postal_prefixes=tuple(document["postal_prefixes"]),
        weight_up_to_g=document["weight_up_to_g"],
        value_up_to=tuple(document["value_up_to"].items()),
        amounts=tuple(document["amounts"].items()),
        days=_days(*document["days"]),
    )


def _rate_state(rate: ShippingRate) -> dict[str, Any]:
    return {
        "countries": list(rate.countries),
        "regions": list(rate.regions),
        "postal_prefixes": list(rate.postal_prefixes),
        "weight_up_to_g": rate.weight_up_to_g,
        "value_up_to": dict(rate.value_up_to),
        "amounts": dict(rate.amounts),
        "days": list(rate.days or (None, None)),
    }


def _days(earliest: int | None, latest: int | None) -> Days | None:
    return None if earliest is None or latest is None else (earliest, latest)


def _state(method: ShippingMethod) -> dict[str, Any]:
    """A method in JSON values."""
    return {
        "market": method.market,
        "id": method.id,
        "names": dict(method.names),
        "amounts": dict(method.amounts),
        "tax_mode": method.tax_mode.value,
        "tax_class": method.tax_class,
        "pickup": method.pickup,
        "countries": list(method.countries),
        "rates": [_rate_state(rate) for rate in method.rates],
        "earliest_days": method.days[0] if method.days else None,
        "latest_days": method.days[1] if method.days else None,
        "position": method.position,
        "active": method.active,
        "version": method.version,
    }


def _values(method: ShippingMethod) -> dict[str, object]:
    return {name: json.dumps(v) if isinstance(v, list | dict) else v for name, v in _state(method).items()}


def _entry(method: ShippingMethod, before: ShippingMethod | None, by: str, reason: str) -> AuditEntry:
    subject = f"shipping_method:{method.market}/{method.id}"
    former = _state(before) if before else None
    return AuditEntry(by, "pricing.upsert_shipping_method", subject, former, _state(method), reason)
