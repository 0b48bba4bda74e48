"""Transfers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class TransferTable(Table, table=True):
    """Goods on their way from one source to another."""

    __tablename__ = "inventory_transfer"

    id: str = Field(primary_key=True, sa_type=Text)
    sku: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    quantity_micros: int = Field(sa_type=BigInteger)
    received_micros: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text, index=True)
    sent_us: int = Field(sa_type=BigInteger)
    expected_us: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
