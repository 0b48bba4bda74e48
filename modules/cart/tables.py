"""Tables of carts. Moments are microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of carts share."""


metadata = Table.metadata


class ArchivedCartTable(Table, table=True):
    """A cart that was put away: `document` is a JSON object {"fields", "operations"} of names and values in turn.

    It may be older than the cart in Redis, which then counts; `mark` rises with every change of a cart.
    """

    __tablename__ = "cart_archive"

    locator: str = Field(primary_key=True, sa_type=Text)
    mark: int = Field(sa_type=BigInteger)
    expires_us: int = Field(sa_type=BigInteger, index=True)
    document: str = Field(sa_type=Text)


class ClaimTable(Table, table=True):
    """Which cart is a customer's in a channel; `nonce` is one part of what its key is made of."""

    __tablename__ = "cart_claim"

    customer: str = Field(primary_key=True, sa_type=Text)
    channel: str = Field(primary_key=True, sa_type=Text)
    locator: str = Field(sa_type=Text, index=True)
    nonce: str = Field(sa_type=Text)


class MergeTable(Table, table=True):
    """A guest's cart that is on its way into a customer's; the row goes when all of it is there."""

    __tablename__ = "cart_merge"

    guest: str = Field(primary_key=True, sa_type=Text)
    customer: str = Field(primary_key=True, sa_type=Text, index=True)
    channel: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    strategy: str = Field(sa_type=Text)


class ParkedCartTable(Table, table=True):
    """A cart that waits in a store; `taken` is the call that has resumed it, `customer` whose it was, or empty."""

    __tablename__ = "cart_parked"
    __table_args__ = (Index("ix_cart_parked_store", "store", "parked_us"),)

    locator: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(sa_type=Text, unique=True)
    store: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    customer: str = Field(sa_type=Text)
    nonce: str = Field(sa_type=Text)
    parked_us: int = Field(sa_type=BigInteger)
    taken: str | None = Field(default=None, sa_type=Text)
