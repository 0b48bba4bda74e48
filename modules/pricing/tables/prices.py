"""Price rows and lists."""

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
    source: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
