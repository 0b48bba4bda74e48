"""Tables of the catalogue; lists and texts by language are JSON documents.

What is compared or ordered sign by sign has the type EXACT, so that both databases agree on the order.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION

EXACT: Any = Text().with_variant(Text(collation="C"), "postgresql")


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of the catalogue share."""


metadata = Table.metadata


class ProductRow(Table, table=True):
    """A product. `new_since_us` is the moment from which it is active, else that of its first appearance."""

    __tablename__ = "catalog_product"
    __table_args__ = (Index("ix_catalog_product_newest", "new_since_us", "sku"),)

    sku: str = Field(primary_key=True, sa_type=EXACT)
    sku_key: str = Field(sa_type=EXACT, index=True)
    titles: str = Field(sa_type=Text)
    group_id: str | None = Field(default=None, sa_type=Text, index=True)
    categories: str = Field(sa_type=Text)
    attributes: str = Field(sa_type=Text)
    image_url: str | None = Field(default=None, sa_type=Text)
    tax_class: str = Field(sa_type=Text)
    quantity_scale: int
    minimum_micros: int | None = Field(default=None, sa_type=BigInteger)
    maximum_micros: int | None = Field(default=None, sa_type=BigInteger)
    step_micros: int | None = Field(default=None, sa_type=BigInteger)
    unit: str | None = Field(default=None, sa_type=Text)
    weight_grams: int | None = Field(default=None, sa_type=BigInteger)
    active_from_us: int | None = Field(default=None, sa_type=BigInteger)
    active_until_us: int | None = Field(default=None, sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)
    new_since_us: int = Field(sa_type=BigInteger)


class TitleRow(Table, table=True):
    """The title shown in a language: there is one for every product and every language in use.

    The index holds what is searched too, so that a search reads nothing else. `given` is false where the title is
    another language's, for want of an own one.
    """

    __tablename__ = "catalog_title"
    __table_args__ = (Index("ix_catalog_title_sorted", "locale", "sort_key", "sku", "search_text"),)

    sku: str = Field(primary_key=True, sa_type=EXACT)
    locale: str = Field(primary_key=True, sa_type=EXACT)
    title: str = Field(sa_type=Text)
    sort_key: str = Field(sa_type=EXACT)
    search_text: str = Field(sa_type=EXACT)
    given: bool


class LocaleRow(Table, table=True):
    """A language in use: one in which some product has an own title, or had."""

    __tablename__ = "catalog_locale"

    locale: str = Field(primary_key=True, sa_type=EXACT)


class CategoryRow(Table, table=True):
    """A category and the one above it."""

    __tablename__ = "catalog_category"

    id: str = Field(primary_key=True, sa_type=EXACT)
    parent: str | None = Field(default=None, sa_type=EXACT)
    names: str = Field(sa_type=Text)
    position: int = Field(sa_type=BigInteger)


class ProductCategoryRow(Table, table=True):
    """A product stands in a category: the same as the product's own list, for the filter."""

    __tablename__ = "catalog_product_category"

    category_id: str = Field(primary_key=True, sa_type=EXACT)
    sku: str = Field(primary_key=True, sa_type=EXACT, index=True)


class GroupRow(Table, table=True):
    """A group of variants."""

    __tablename__ = "catalog_group"

    id: str = Field(primary_key=True, sa_type=Text)
    titles: str = Field(sa_type=Text)
    axes: str = Field(sa_type=Text)


class Revision(Table, table=True):
    """One row: the count of writes. Whoever raises it has the module's tables to itself until the commit."""

    __tablename__ = "catalog_revision"

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    revision: int = Field(sa_type=BigInteger)
