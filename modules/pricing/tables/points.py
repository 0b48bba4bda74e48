"""The history of public prices."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class PricePointTable(Table, table=True):
    """A public price from a moment on (L-1). Append-only: the one later change is `to_us`, once."""

    __tablename__ = "pricing_price_point"

    sku: str = Field(primary_key=True, sa_type=Text)
    market: str = Field(primary_key=True, sa_type=Text)
    channel: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    from_us: int = Field(primary_key=True, sa_type=BigInteger)
    to_us: int | None = Field(default=None, sa_type=BigInteger)
    amount_micros: int = Field(sa_type=BigInteger)
    public: bool
    announced: bool
    promotion: str | None = Field(default=None, sa_type=Text)
    cause: str = Field(sa_type=Text)
    recorded_at_us: int = Field(sa_type=BigInteger)
