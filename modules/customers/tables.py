"""Tables of customers; lists, attributes and rules are JSON documents. No column names a person."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of customers share."""


metadata = Table.metadata


class CustomerRow(Table, table=True):
    """A customer; `attributes` is a list of [name, value document]."""

    __tablename__ = "customers_customer"

    id: str = Field(primary_key=True, sa_type=Text)
    groups: str = Field(sa_type=Text)
    segments: str = Field(sa_type=Text)
    contracts: str = Field(sa_type=Text)
    attributes: str = Field(sa_type=Text)
    orders: int = Field(sa_type=BigInteger)
    is_business: bool
    vat_number: str | None = Field(default=None, sa_type=Text)
    vat_valid: bool
    vat_validated_us: int | None = Field(default=None, sa_type=BigInteger)


class SegmentRow(Table, table=True):
    """A segment; `rule` is its document."""

    __tablename__ = "customers_segment"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    rule: str | None = Field(default=None, sa_type=Text)


class Revision(Table, table=True):
    """One row: the count of writes. Whoever raises it has the module's tables to itself until the commit."""

    __tablename__ = "customers_revision"

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    revision: int = Field(sa_type=BigInteger)
