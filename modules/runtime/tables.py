"""The runtime's own tables, and the naming convention of every module's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints and indexes, so that migrations can speak of them on every database."""

COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database counts up; SQLite counts only a column that is exactly INTEGER."""


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of the runtime share."""


metadata = Table.metadata


class Outbox(Table, table=True):
    """An envelope that has not reached its stream yet; the relay deletes it afterwards."""

    __tablename__ = "runtime_outbox"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTED)
    module: str = Field(sa_type=Text)
    envelope: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)


class Inbox(Table, table=True):
    """An event that a consumer has taken effect of."""

    __tablename__ = "runtime_inbox"

    consumer: str = Field(primary_key=True, sa_type=Text)
    event_id: str = Field(primary_key=True, sa_type=Text)
    seen_us: int = Field(sa_type=BigInteger, index=True)


class Audit(Table, table=True):
    """Who did what, to what, and why; before and after are JSON objects."""

    __tablename__ = "runtime_audit"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTED)
    at_us: int = Field(sa_type=BigInteger, index=True)
    principal: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text, index=True)
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class Idempotency(Table, table=True):
    """The outcome of a mutation under its client's key; `body_hash` is SHA-256 in hex, `outcome` a JSON object."""

    __tablename__ = "runtime_idempotency"

    principal: str = Field(primary_key=True, sa_type=Text)
    mutation: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    body_hash: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    remembered_us: int = Field(sa_type=BigInteger, index=True)


class Document(Table, table=True):
    """An operation that clients were seen to send, without the texts in it; `id` is its SHA-256 in hex."""

    __tablename__ = "runtime_document"

    id: str = Field(primary_key=True, sa_type=Text)
    text: str = Field(sa_type=Text)


class ClientUse(Table, table=True):
    """How often a client of this name and version has sent a document."""

    __tablename__ = "runtime_use"

    client: str = Field(primary_key=True, sa_type=Text)
    version: str = Field(primary_key=True, sa_type=Text)
    document: str = Field(primary_key=True, sa_type=Text, index=True)
    times: int = Field(sa_type=BigInteger)
    first_us: int = Field(sa_type=BigInteger)
    last_us: int = Field(sa_type=BigInteger, index=True)


class Notification(Table, table=True):
    """A notification that waits for delivery (`due_us`), or what became of it; then recipient and content are gone."""

    __tablename__ = "runtime_notification"

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    unsubscribe: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger, index=True)
    due_us: int | None = Field(default=None, sa_type=BigInteger, index=True)
    tries: int = Field(sa_type=BigInteger)
    outcome: str = Field(sa_type=Text)
