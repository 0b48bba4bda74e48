"""Tables of market; lists are JSON documents."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of market share."""


metadata = Table.metadata


class MarketRow(Table, table=True):
    """A market; `line_steps` is a list of [currency, minor units], `policies` a document of its choices."""

    __tablename__ = "market_market"

    id: str = Field(primary_key=True, sa_type=Text)
    country: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    currencies: str = Field(sa_type=Text)
    locales: str = Field(sa_type=Text)
    rounding: str = Field(sa_type=Text)
    tax_rounding: str = Field(sa_type=Text)
    line_steps: str = Field(sa_type=Text)
    policies: str = Field(sa_type=Text)


class ChannelRow(Table, table=True):
    """A channel; price lists by importance."""

    __tablename__ = "market_channel"

    id: str = Field(primary_key=True, sa_type=Text)
    market: str = Field(sa_type=Text)
    price_lists: str = Field(sa_type=Text)
    sources: str = Field(sa_type=Text)
    few_left: int = Field(sa_type=BigInteger)
    shows_figures: bool
    position: int = Field(sa_type=BigInteger)


class StoreRow(Table, table=True):
    """A store and the channels that it is in."""

    __tablename__ = "market_store"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    country: str = Field(sa_type=Text)
    channels: str = Field(sa_type=Text)


class Revision(Table, table=True):
    """One row: the count of writes. Whoever raises it has the module's tables to itself until the commit."""

    __tablename__ = "market_revision"

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    revision: int = Field(sa_type=BigInteger)
