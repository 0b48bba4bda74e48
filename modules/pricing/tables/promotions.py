"""Promotions in versions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class PromotionTable(Table, table=True):
    """A promotion as it is now. `document` is what its author stated, as JSON; `search` its id and names, folded."""

    __tablename__ = "pricing_promotion"

    id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text, index=True)
    public: bool
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    written_at_us: int = Field(sa_type=BigInteger)
    search: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)


class PromotionVersionTable(Table, table=True):
    """What a promotion was from a moment on, who made it so and why. Append-only: quotes name versions."""

    __tablename__ = "pricing_promotion_version"

    promotion: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)
    written_by: str = Field(sa_type=Text)
    written_at_us: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
