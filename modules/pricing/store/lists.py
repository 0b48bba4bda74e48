"""Price lists and exchange rates in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from modules.kernel.names import Locale, PriceListId
from modules.pricing.engine.derive import Lists
from modules.pricing.model.lists import Derivation, Ending, ExchangeRates, PriceList, Rate, Toward
from modules.pricing.store.writing import Writing
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import upsert

_LIST: Final = (
    "id", "names", "source", "rates", "currency_from", "currency_to", "grain_micros", "offset_micros", "toward",
    "settled", "version",
)  # fmt: skip
_RATES: Final = ("id", "day", "rates", "version")
_SELECT_LISTS: Final = f"SELECT {', '.join(_LIST)} FROM pricing_price_list ORDER BY id"
_SELECT_RATES: Final = f"SELECT {', '.join(_RATES)} FROM pricing_exchange_rates ORDER BY id"
_SAVE_LIST: Final = upsert("pricing_price_list", _LIST, ("id",))
_SAVE_RATES: Final = upsert("pricing_exchange_rates", _RATES, ("id",))


async def read_lists(reader: Database | Transaction) -> Lists:
    """All price lists and exchange rates."""
    lists = {found.id: found for found in map(_list, await reader.read(_SELECT_LISTS))}
    rates = {found.id: found for found in map(_rates, await reader.read(_SELECT_RATES))}
    return Lists(lists, rates)


class ListWriting(Writing):
    """Writes price lists and exchange rates."""

    async def lists(self) -> Lists:
        """All of them, as they stand in this transaction."""
        return await read_lists(self.tx)

    async def save_lists(self, lists: Sequence[PriceList]) -> None:
        """Writes lists by their ids; they count as not settled."""
        if lists:
            await self.tx.run_many(_SAVE_LIST, [_list_values(one) for one in lists])

    async def save_rates(self, rates: Sequence[ExchangeRates]) -> None:
        """Writes rates by their ids; lists that use them get their next version and count as not settled."""
        if rates:
            await self.tx.run_many(_SAVE_RATES, [_rates_values(one) for one in rates])
            sql = "UPDATE pricing_price_list SET settled = FALSE, version = version + 1 WHERE rates IN :rates"
            await self.tx.run(sql, rates=[one.id for one in rates])

    async def unsettled(self) -> dict[PriceListId, int]:
        """The lists whose rows may not be derived yet as they say, with their versions."""
        found = await self.tx.read("SELECT id, version FROM pricing_price_list WHERE NOT settled ORDER BY id")
        return {PriceListId(name): version for name, version in found}

    async def settle(self, name: PriceListId, version: int) -> None:
        """All rows of the list are derived as this version says; nothing is noted when there is a later one."""
        sql = "UPDATE pricing_price_list SET settled = TRUE WHERE id = :id AND version = :version"
        await self.tx.run(sql, id=name, version=version)

    def audit_lists(
        self,
        kind: str,
        items: Iterable[PriceList | ExchangeRates],
        before: Mapping[Any, PriceList | ExchangeRates],
        by: str,
        reason: str,
    ) -> None:
        """One entry for each list or table of rates written; `kind` is price_list or exchange_rates."""
        self.tx.audit(
            [
                AuditEntry(
                    by, f"pricing.upsert_{kind}", f"{kind}:{item.id}", _said(before.get(item.id)), _said(item), reason
                )
                for item in items
            ]
        )


def _list(values: tuple[Any, ...]) -> PriceList:
    id, names, source, rates, currency_from, currency_to, grain, offset, toward, _, version = values
    ending = None if grain is None else Ending(grain, offset or 0, Toward(toward), is_step=offset is None)
    derivation = source and Derivation(PriceListId(source), rates, currency_from, currency_to, ending)
    texts = tuple((Locale(locale), text) for locale, text in json.loads(names))
    return PriceList(id=PriceListId(id), names=texts, derivation=derivation or None, version=version)


def _list_values(one: PriceList) -> dict[str, object]:
    derivation = one.derivation
    ending = derivation.ending if derivation else None
    return {
        "id": one.id,
        "names": json.dumps(one.names, ensure_ascii=False),
        "source": derivation and derivation.source,
        "rates": derivation and derivation.rates,
        "currency_from": derivation and derivation.currency_from,
        "currency_to": derivation and derivation.currency_to,
        "grain_micros": ending and ending.grain,
        "offset_micros": None if ending is None or ending.is_step else ending.offset,
        "toward": ending and ending.toward.value,
        "settled": False,
        "version": one.version,
    }


def _rates(values: tuple[Any, ...]) -> ExchangeRates:
    id, day, rates, version = values
    return ExchangeRates(
        id=id, day=date.fromisoformat(day), rates=tuple(Rate(*rate) for rate in json.loads(rates)), version=version
    )


def _rates_values(one: ExchangeRates) -> dict[str, object]:
    rates = [(rate.currency_from, rate.currency_to, rate.micros, rate.per) for rate in one.rates]
    return {"id": one.id, "day": one.day.isoformat(), "rates": json.dumps(rates), "version": one.version}


def _said(item: PriceList | ExchangeRates | None) -> dict[str, object] | None:
    if item is None:
        return None
    values = _list_values(item) if isinstance(item, PriceList) else _rates_values(item)
    return {name: value for name, value in values.items() if value is not None and name != "settled"}
