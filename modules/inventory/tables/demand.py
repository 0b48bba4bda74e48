"""Demand, how articles are got, and plans."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class DemandTable(Table, table=True):
    """What was sold on a day (ISO 8601) of the source's calendar, as it was told."""

    __tablename__ = "inventory_demand"
    __table_args__ = (Index("ix_inventory_demand_day", "source", "day"),)

    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    day: str = Field(primary_key=True, sa_type=Text)
    units_micros: int = Field(sa_type=BigInteger)
    promoted: bool
    censored: bool


class SupplyPolicyTable(Table, table=True):
    """How articles are got (`*` for all); shares and days in millionths, null: not said here."""

    __tablename__ = "inventory_supply_policy"

    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    service_level: int | None = Field(default=None, sa_type=BigInteger)
    lead_time: int | None = Field(default=None, sa_type=BigInteger)
    lead_deviation: int | None = Field(default=None, sa_type=BigInteger)
    review: int | None = Field(default=None, sa_type=BigInteger)
    min_order: int | None = Field(default=None, sa_type=BigInteger)
    pack_size: int | None = Field(default=None, sa_type=BigInteger)
    supplier: str | None = Field(default=None, sa_type=Text)
    reorder_point: int | None = Field(default=None, sa_type=BigInteger)


class StockPlanTable(Table, table=True):
    """The newest plan of a sku at a source (`*`: at all together). `details` is a JSON object of what is only shown."""

    __tablename__ = "inventory_stock_plan"

    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    made_us: int = Field(sa_type=BigInteger)
    until: str = Field(sa_type=Text)
    demand_class: str = Field(sa_type=Text)
    method: str = Field(sa_type=Text)
    demand: int = Field(sa_type=BigInteger)
    safety_stock: int | None = Field(default=None, sa_type=BigInteger)
    reorder_point: int | None = Field(default=None, sa_type=BigInteger)
    details: str = Field(sa_type=Text)
