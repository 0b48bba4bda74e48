"""Tables of carts. Moments are microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
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
