"""What systems of record told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class FeedTable(Table, table=True):
    """A system's telling about a source: when it was heard last, and what became of its messages."""

    __tablename__ = "inventory_feed"

    system: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    heard_us: int = Field(sa_type=BigInteger)
    applied: int = Field(sa_type=BigInteger)
    ignored: int = Field(sa_type=BigInteger)


class FeedStateTable(Table, table=True):
    """What a system told last about a sku at a source."""

    __tablename__ = "inventory_feed_state"
    __table_args__ = (Index("ix_inventory_feed_state_gap", "gap_since_us"),)

    system: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    last_seq: int = Field(sa_type=BigInteger)
    as_of_us: int = Field(sa_type=BigInteger)
    gap_since_us: int | None = Field(default=None, sa_type=BigInteger)
    snapshot: str = Field(sa_type=Text)


class ParkedTable(Table, table=True):
    """A delta that waits for one before it."""

    __tablename__ = "inventory_parked"

    system: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    quantity_micros: int = Field(sa_type=BigInteger)
    as_of_us: int = Field(sa_type=BigInteger)
    orders: str = Field(sa_type=Text)


class SnapshotTable(Table, table=True):
    """A full telling that has begun. `sources` is a JSON list; `ended_us` null: it goes on."""

    __tablename__ = "inventory_snapshot"

    id: str = Field(primary_key=True, sa_type=Text)
    system: str = Field(sa_type=Text)
    sources: str = Field(sa_type=Text)
    began_us: int = Field(sa_type=BigInteger)
    ended_us: int | None = Field(default=None, sa_type=BigInteger)


class OrderAckTable(Table, table=True):
    """When a system of record had taken up an order of ours."""

    __tablename__ = "inventory_order_ack"

    order_id: str = Field(primary_key=True, sa_type=Text)
    at_us: int = Field(sa_type=BigInteger)
