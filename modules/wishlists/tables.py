"""The tables of wishlists. Quantities and prices are millionths, moments microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of wishlists share."""


metadata = Table.metadata


class Owner(Table, table=True):
    """Whose lists there are: locked while their number changes."""

    __tablename__ = "wishlists_owner"

    id: str = Field(primary_key=True, sa_type=Text)


class List(Table, table=True):
    """A list; `base` is the state as of `base_us`, a JSON object."""

    __tablename__ = "wishlists_list"
    __table_args__ = (Index("ix_wishlists_list_order", "owner", "position"),)

    id: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)
    position: int = Field(sa_type=BigInteger)
    name: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    base: str = Field(sa_type=Text)
    base_us: int = Field(sa_type=BigInteger)
    last_us: int = Field(sa_type=BigInteger)
    touched_us: int = Field(sa_type=BigInteger)


class Item(Table, table=True):
    """An item as it follows from the operations, for whoever only reads; and the price at which it was wished for."""

    __tablename__ = "wishlists_item"

    list: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    place: int = Field(sa_type=BigInteger)
    sku: str | None = Field(default=None, sa_type=Text)
    configuration: str | None = Field(default=None, sa_type=Text)
    quantity_micros: int = Field(sa_type=BigInteger)
    note: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    added_us: int = Field(sa_type=BigInteger)
    price_micros: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, sa_type=Text)
    leaving: str | None = Field(default=None, sa_type=Text)
    """A JSON array: how it was sent into which cart, as long as it has not been taken off."""


class Operation(Table, table=True):
    """An operation that a list knows; `body` is a JSON object."""

    __tablename__ = "wishlists_operation"

    list: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    at_us: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class Key(Table, table=True):
    """A key by its SHA-256: to all lists of an owner, or a link to one of them."""

    __tablename__ = "wishlists_key"

    hash: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    list: str | None = Field(default=None, sa_type=Text, index=True)
    access: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)
    expires_us: int | None = Field(default=None, sa_type=BigInteger)


class Watch(Table, table=True):
    """What is watched of an item."""

    __tablename__ = "wishlists_watch"

    id: str = Field(primary_key=True, sa_type=Text)
    list: str = Field(sa_type=Text, index=True)
    item: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text, index=True)
    sku: str = Field(sa_type=Text, index=True)
    channel: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    stock: bool
    price: bool
    below_micros: int | None = Field(default=None, sa_type=BigInteger)
    reference_micros: int | None = Field(default=None, sa_type=BigInteger)
    out: bool
    told_micros: int | None = Field(default=None, sa_type=BigInteger)
    stock_told_us: int = Field(sa_type=BigInteger)
    price_told_us: int = Field(sa_type=BigInteger)
    look_us: int | None = Field(default=None, sa_type=BigInteger, index=True)
    address: str | None = Field(default=None, sa_type=Text, index=True)
    version: int = Field(sa_type=BigInteger)


class News(Table, table=True):
    """Something that was told; `mail` names the mail it stands in, which `waiting` has not been handed in yet."""

    __tablename__ = "wishlists_news"
    __table_args__ = (Index("ix_wishlists_news_waiting", "waiting", "mail"),)

    id: str = Field(primary_key=True, sa_type=Text)
    list: str = Field(sa_type=Text, index=True)
    item: str = Field(sa_type=Text)
    sku: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    old_micros: int = Field(sa_type=BigInteger)
    new_micros: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    at_us: int = Field(sa_type=BigInteger, index=True)
    address: str | None = Field(default=None, sa_type=Text, index=True)
    mail: str = Field(sa_type=Text)
    waiting: bool


class Address(Table, table=True):
    """A mail address of an owner, while something is watched for it."""

    __tablename__ = "wishlists_address"

    id: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text, index=True)
    address: str = Field(sa_type=Text, index=True)
    language: str = Field(sa_type=Text)
    asked_us: int = Field(sa_type=BigInteger)
    handed_in: bool
    confirmed_us: int | None = Field(default=None, sa_type=BigInteger)


class Followed(Table, table=True):
    """Up to where events of a name have been looked at."""

    __tablename__ = "wishlists_followed"

    name: str = Field(primary_key=True, sa_type=Text)
    cursor: str = Field(sa_type=Text)
