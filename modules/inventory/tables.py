"""The tables of inventory. Quantities are millionths of a product's unit, moments microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of inventory share."""


metadata = Table.metadata


class SourceTable(Table, table=True):
    """A place that holds stock; where it lies in millionths of a degree."""

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


class LevelTable(Table, table=True):
    """A sku's stock at a source. `incoming` is a JSON list of `[at_us, quantity_micros]`, ascending."""

    __tablename__ = "inventory_level"

    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    on_hand_micros: int = Field(sa_type=BigInteger)
    safety_stock_micros: int = Field(sa_type=BigInteger)
    track: bool
    backorder_limit_micros: int = Field(sa_type=BigInteger)
    incoming: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    as_of_us: int = Field(sa_type=BigInteger)


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
