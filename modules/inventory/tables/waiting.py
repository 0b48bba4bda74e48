"""The waiting list."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class WaiterTable(Table, table=True):
    """Somebody who waits for a sku."""

    __tablename__ = "inventory_waiter"
    __table_args__ = (Index("ix_inventory_waiter_turn", "sku", "state", "since_us"),)

    id: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    quantity_micros: int = Field(sa_type=BigInteger)
    owner: str = Field(sa_type=Text, index=True)
    customer: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    since_us: int = Field(sa_type=BigInteger)
    hold: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    store: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
