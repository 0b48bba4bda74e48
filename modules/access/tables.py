"""The table of access. Moments are microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of access share."""


metadata = Table.metadata


class ApiKeyTable(Table, table=True):
    """An API key: `hash` is SHA-256 of its secret in hex, `role` by its name, `permissions` a
    JSON list, `ending` its last characters."""

    __tablename__ = "access_api_key"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    permissions: str = Field(sa_type=Text)
    ending: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)
    revoked_us: int | None = Field(default=None, sa_type=BigInteger)
