"""Versions, and the locks of writers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class RevisionTable(Table, table=True):
    """How often something was written: the version its events carry, and the lock its writers queue at."""

    __tablename__ = "pricing_revision"

    topic: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
