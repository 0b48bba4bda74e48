"""Baskets as they were quoted, for campaigns to be tried on. They name no person, no cart and no code."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class SeenBasketTable(Table, table=True):
    """A basket at the moment of its quote; `document` holds its lines and terms in JSON."""

    __tablename__ = "pricing_seen_basket"

    id: str = Field(primary_key=True, sa_type=Text)
    at_us: int = Field(index=True, sa_type=BigInteger)
    channel: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)
