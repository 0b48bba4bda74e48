"""Codes, tries and uses. Moments are microseconds since 1970, amounts minor units."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class CodeTable(Table, table=True):
    """A code by its compared form (C-1). `held` and `confirmed` count its uses, holds that are due included."""

    __tablename__ = "pricing_code"
    __table_args__ = (Index("ix_pricing_code_promotion", "promotion", "code"),)

    code: str = Field(primary_key=True, sa_type=Text)
    shown: str = Field(sa_type=Text)
    promotion: str = Field(sa_type=Text)
    batch: str | None = Field(default=None, sa_type=Text)
    max_uses: int | None = Field(default=None, sa_type=BigInteger)
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    withdrawn_us: int | None = Field(default=None, sa_type=BigInteger)
    held: int = Field(sa_type=BigInteger)
    confirmed: int = Field(sa_type=BigInteger)


class CodeBatchTable(Table, table=True):
    """Unique codes that are made together; `made` of `count` are there."""

    __tablename__ = "pricing_code_batch"
    __table_args__ = (Index("ix_pricing_code_batch_promotion", "promotion", "id"),)

    id: str = Field(primary_key=True, sa_type=Text)
    promotion: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text)
    length: int = Field(sa_type=BigInteger)
    count: int = Field(sa_type=BigInteger)
    made: int = Field(sa_type=BigInteger)
    valid_from_us: int | None = Field(default=None, sa_type=BigInteger)
    valid_until_us: int | None = Field(default=None, sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)
    withdrawn_us: int | None = Field(default=None, sa_type=BigInteger)


class CodeTryTable(Table, table=True):
    """Who tried which code: keyed hashes only. `good` ones were accepted and count for nothing."""

    __tablename__ = "pricing_code_try"

    who: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(primary_key=True, sa_type=Text)
    good: bool
    at_us: int = Field(sa_type=BigInteger, index=True)


class RedemptionTable(Table, table=True):
    """One attempt at an order, with whoever makes it: a customer's id, and a keyed hash of an e-mail address (C-4)."""

    __tablename__ = "pricing_redemption"

    attempt: str = Field(primary_key=True, sa_type=Text)
    body_hash: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    customer: str | None = Field(default=None, sa_type=Text, index=True)
    email: str | None = Field(default=None, sa_type=Text, index=True)
    cart: str | None = Field(default=None, sa_type=Text, index=True)
    order_id: str | None = Field(default=None, sa_type=Text, index=True)
    created_us: int = Field(sa_type=BigInteger, index=True)


class UseTable(Table, table=True):
    """A promotion's use by an attempt. Whoever writes one holds the lock of its promotion."""

    __tablename__ = "pricing_use"
    __table_args__ = (Index("ix_pricing_use_due", "promotion", "state", "expires_us"),)

    attempt: str = Field(primary_key=True, sa_type=Text)
    promotion: str = Field(primary_key=True, sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text, index=True)
    wanted_minor: int = Field(sa_type=BigInteger)
    granted_minor: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    expires_us: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)


class UseTotalTable(Table, table=True):
    """The sums over a promotion's uses in one currency, holds that are due included until their expiry is written."""

    __tablename__ = "pricing_use_total"

    promotion: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    held: int = Field(sa_type=BigInteger)
    confirmed: int = Field(sa_type=BigInteger)
    held_minor: int = Field(sa_type=BigInteger)
    confirmed_minor: int = Field(sa_type=BigInteger)
