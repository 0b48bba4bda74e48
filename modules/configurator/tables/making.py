"""What making goes by: work centres, supplies, overheads and costs; and what was handed over to whoever makes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlmodel import Field

from modules.configurator.tables.base import Table


class WorksTable(Table, table=True):
    """A work centre, a supply or the overhead of a level, as a document."""

    __tablename__ = "configurator_works"

    kind: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    changed_us: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)


class CostTable(Table, table=True):
    """A unit cost in millionths of the currency's unit; `configuration` "*" is all of them. `inputs` is the hash of
    what it was rolled up from; empty: somebody handed it in."""

    __tablename__ = "configurator_cost"

    part: str = Field(primary_key=True, sa_type=Text)
    configuration: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    micros: int = Field(sa_type=BigInteger)
    inputs: str = Field(sa_type=Text)
    changed_us: int = Field(sa_type=BigInteger)


class HandOverTable(Table, table=True):
    """A document as it was sent, for ever; the documents of a line are numbered from 1, the last one holds."""

    __tablename__ = "configurator_hand_over"
    __table_args__ = (UniqueConstraint("line", "number"),)

    key: str = Field(primary_key=True, sa_type=Text)
    line: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)


class HandOverLineTable(Table, table=True):
    """The number of a line's last document; its row is the lock under which one is made."""

    __tablename__ = "configurator_hand_over_line"

    line: str = Field(primary_key=True, sa_type=Text)
    last: int = Field(sa_type=BigInteger)
