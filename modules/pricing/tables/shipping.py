"""Shipping methods."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class ShippingMethodTable(Table, table=True):
    """A way of delivery in a market; `names` and `amounts` (minor units) are JSON objects, `countries` and
    `rates` JSON lists; days are working days."""

    __tablename__ = "pricing_shipping_method"

    market: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    names: str = Field(sa_type=Text)
    amounts: str = Field(sa_type=Text)
    tax_mode: str = Field(sa_type=Text)
    tax_class: str = Field(sa_type=Text)
    pickup: bool
    countries: str = Field(sa_type=Text)
    rates: str = Field(default="[]", sa_type=Text)
    earliest_days: int | None = Field(default=None, sa_type=BigInteger)
    latest_days: int | None = Field(default=None, sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    active: bool
    version: int = Field(sa_type=BigInteger)
