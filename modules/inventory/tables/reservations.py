"""Reservations, and the keys of calls."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from modules.inventory.tables.base import Table

OVER = text("state IN ('released', 'expired', 'shipped')")
"""Only what has ended: whoever sets aside writes no more for it."""


class ReservationTable(Table, table=True):
    """So much of a sku at a source, set aside for somebody."""

    __tablename__ = "inventory_reservation"
    __table_args__ = (
        Index("ix_inventory_reservation_place", "sku", "source", "state", "expires_at_us"),
        Index("ix_inventory_reservation_due", "state", "expires_at_us"),
        Index("ix_inventory_reservation_day", "source", "created_us"),
        Index("ix_inventory_reservation_over", "changed_us", sqlite_where=OVER, postgresql_where=OVER),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    hold: str = Field(sa_type=Text, index=True)
    line: str = Field(sa_type=Text)
    sku: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    quantity_micros: int = Field(sa_type=BigInteger)
    shipped_micros: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text, index=True)
    customer: str = Field(sa_type=Text, index=True)
    channel: str = Field(sa_type=Text)
    order_id: str = Field(sa_type=Text)
    expires_at_us: int | None = Field(default=None, sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)
    erp_included_at_us: int | None = Field(default=None, sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    store: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    changed_us: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class CallTable(Table, table=True):
    """A call that was decided: what it asked, as a hash, and its outcome as JSON (R-1)."""

    __tablename__ = "inventory_call"

    id: str = Field(primary_key=True, sa_type=Text)
    body: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    decided_us: int = Field(sa_type=BigInteger, index=True)
