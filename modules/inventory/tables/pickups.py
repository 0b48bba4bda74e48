"""Click and collect."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class PickupTable(Table, table=True):
    """Goods of one order in one store; `lines` is a JSON list of `[line, sku, quantity_micros, picked_micros]`."""

    __tablename__ = "inventory_pickup"
    __table_args__ = (
        Index("ix_inventory_pickup_store", "store", "state", "created_us"),
        Index("ix_inventory_pickup_deadline", "state", "deadline_us"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    store: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    order_id: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    lines: str = Field(sa_type=Text)
    hold: str = Field(sa_type=Text)
    resourced: str = Field(sa_type=Text)
    code_hash: str = Field(sa_type=Text)
    tries: int
    deadline_us: int | None = Field(default=None, sa_type=BigInteger)
    extended: bool
    created_us: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
