"""Sources, and what channels hold back."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class SourceTable(Table, table=True):
    """A place that holds stock; where it lies in millionths of a degree; days as JSON lists."""

    __tablename__ = "inventory_source"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    priority: int
    country: str | None = Field(default=None, sa_type=Text)
    latitude_micros: int | None
    longitude_micros: int | None
    cut_off: str | None = Field(default=None, sa_type=Text)
    zone: str = Field(sa_type=Text)
    can_ship: bool
    can_pick_up: bool
    sells: bool
    working_days: str = Field(default="[1, 2, 3, 4, 5]", sa_type=Text)
    holidays: str = Field(default="[]", sa_type=Text)
    ship_capacity_per_day: int | None
    fresh_seconds: int | None
    stale_buffer_micros: int = Field(default=0, sa_type=BigInteger)
    pickup_buffer_micros: int = Field(default=1_000_000, sa_type=BigInteger)
    pickup_days: int = 7


class SourcingRuleTable(Table, table=True):
    """By which goals a channel (`*` for all) chooses its sources."""

    __tablename__ = "inventory_sourcing_rule"

    channel: str = Field(primary_key=True, sa_type=Text)
    strategy: str = Field(sa_type=Text)


class ChannelBufferTable(Table, table=True):
    """What a channel leaves untouched of a sku at a source (`*` for all): units, or millionths of a percent."""

    __tablename__ = "inventory_channel_buffer"

    channel: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    units_micros: int | None = Field(default=None, sa_type=BigInteger)
    percent_micros: int | None = Field(default=None, sa_type=BigInteger)


class RevisionTable(Table, table=True):
    """One row: how often sources or buffers were written. Who raises it has both tables alone until the commit."""

    __tablename__ = "inventory_revision"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    revision: int = Field(sa_type=BigInteger)
