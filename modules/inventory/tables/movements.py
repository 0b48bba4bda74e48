"""Movements of stock."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table
from modules.runtime.tables import COUNTED


class MovementTable(Table, table=True):
    """What came or went; append-only."""

    __tablename__ = "inventory_movement"
    __table_args__ = (Index("ix_inventory_movement_place", "sku", "source", "at_us"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTED)
    sku: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    quantity_micros: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    at_us: int = Field(sa_type=BigInteger)
