"""Levels."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


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
    held_micros: int = Field(default=0, sa_type=BigInteger)
    committed_micros: int = Field(default=0, sa_type=BigInteger)
