"""Price rows, price lists and exchange rates."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class PriceRowTable(Table, table=True):
    """A price row. `schedule` and `tiers` are JSON lists, or null for none; a null key means "any" (P-1)."""

    __tablename__ = "pricing_price_row"

    id: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(sa_type=Text, index=True)
    currency: str = Field(sa_type=Text)
    amount_micros: int = Field(sa_type=BigInteger)
    tax_mode: str = Field(sa_type=Text)
    price_list: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    market: str | None = Field(default=None, sa_type=Text)
    channel: str | None = Field(default=None, sa_type=Text)
    store: str | None = Field(default=None, sa_type=Text)
    segment: str | None = Field(default=None, sa_type=Text)
    customer_group: str | None = Field(default=None, sa_type=Text)
    customer: str | None = Field(default=None, sa_type=Text)
    contract: str | None = Field(default=None, sa_type=Text)
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    schedule: str | None = Field(default=None, sa_type=Text)
    tiers: str | None = Field(default=None, sa_type=Text)
    tier_mode: str = Field(sa_type=Text)
    derived_from: str | None = Field(default=None, sa_type=Text)
    rate: str | None = Field(default=None, sa_type=Text)
    source: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


class PriceListTable(Table, table=True):
    """A price list; what is null from `source` to `toward` belongs to derived ones only (P-7).

    `names` is a JSON list of (language, text). A step has no offset. `settled` is false while rows may
    not be derived yet as it says.
    """

    __tablename__ = "pricing_price_list"

    id: str = Field(primary_key=True, sa_type=Text)
    names: str = Field(sa_type=Text)
    source: str | None = Field(default=None, sa_type=Text)
    rates: str | None = Field(default=None, sa_type=Text)
    currency_from: str | None = Field(default=None, sa_type=Text)
    currency_to: str | None = Field(default=None, sa_type=Text)
    grain_micros: int | None = Field(default=None, sa_type=BigInteger)
    offset_micros: int | None = Field(default=None, sa_type=BigInteger)
    toward: str | None = Field(default=None, sa_type=Text)
    settled: bool
    version: int = Field(sa_type=BigInteger)


class ExchangeRatesTable(Table, table=True):
    """Named exchange rates as of a day (ISO 8601); `rates` is a JSON list of (from, to, millionths, per)."""

    __tablename__ = "pricing_exchange_rates"

    id: str = Field(primary_key=True, sa_type=Text)
    day: str = Field(sa_type=Text)
    rates: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
