"""Tax rules."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class TaxRuleTable(Table, table=True):
    """The rate of a tax class in a country or region for a time (T-1); an empty region: the whole country."""

    __tablename__ = "pricing_tax_rule"

    id: str = Field(primary_key=True, sa_type=Text)
    country: str = Field(sa_type=Text)
    region: str = Field(sa_type=Text)
    tax_class: str = Field(sa_type=Text)
    rate_micros: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
