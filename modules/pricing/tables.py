"""The tables of pricing. Amounts and rates are millionths, moments microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of pricing share."""


metadata = Table.metadata


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


class TaxRuleTable(Table, table=True):
    """The rate of a tax class in a country for a time (T-1)."""

    __tablename__ = "pricing_tax_rule"

    id: str = Field(primary_key=True, sa_type=Text)
    country: str = Field(sa_type=Text)
    tax_class: str = Field(sa_type=Text)
    rate_micros: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)


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


class RevisionTable(Table, table=True):
    """How often something was written: the version its events carry, and the lock its writers queue at."""

    __tablename__ = "pricing_revision"

    topic: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
