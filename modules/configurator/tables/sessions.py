"""Sessions with their keys, and the specifications that come of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field

from modules.configurator.tables.base import Table


class SessionTable(Table, table=True):
    """One configuration in the making: its ordered choices, and what it is pinned to. `choices` and `inherited` are
    JSON lists of `[characteristic, type, value, quantity]`."""

    __tablename__ = "configurator_session"
    __table_args__ = (
        Index("ix_configurator_session_owner", "owner", "touched_us"),
        Index("ix_configurator_session_touched", "touched_us"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)
    part: str = Field(sa_type=Text)
    site: str = Field(sa_type=Text)
    need_date: str = Field(sa_type=Text)
    revision: int = Field(sa_type=BigInteger)
    content_version: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    choices: str = Field(sa_type=Text)
    inherited: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    configuration: str | None = Field(default=None, sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)
    touched_us: int = Field(sa_type=BigInteger)


class SessionKeyTable(Table, table=True):
    """A key to a session by its SHA-256: the owner's, or a link's."""

    __tablename__ = "configurator_session_key"

    hash: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(sa_type=Text)
    session: str = Field(sa_type=Text, index=True)
    access: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)
    expires_us: int | None = Field(default=None, sa_type=BigInteger)


class SpecificationTable(Table, table=True):
    """A finalised configuration. `number` is null only inside the transaction that makes it; `name` is what it is
    known by outside, of all parts; `fingerprint` is the hash of the content that it was made with first."""

    __tablename__ = "configurator_specification"
    __table_args__ = (UniqueConstraint("part", "number"), UniqueConstraint("name"))

    part: str = Field(primary_key=True, sa_type=Text)
    hash: str = Field(primary_key=True, sa_type=Text)
    number: int | None = Field(default=None, sa_type=BigInteger)
    name: str | None = Field(default=None, sa_type=Text)
    text: str = Field(sa_type=Text)
    revision: int = Field(sa_type=BigInteger)
    content_version: int = Field(sa_type=BigInteger)
    fingerprint: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)


class CounterTable(Table, table=True):
    """The last configuration number of each part."""

    __tablename__ = "configurator_counter"

    part: str = Field(primary_key=True, sa_type=Text)
    last: int = Field(sa_type=BigInteger)
