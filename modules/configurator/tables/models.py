"""What modellers write: masters, and the contents that come of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.configurator.tables.base import Table


class MasterTable(Table, table=True):
    """One master of any kind. `folded` is its id for comparing, `within` what it lies in, `family` whose it is (empty
    for characteristics), `document` all of it but its id's version and moments."""

    __tablename__ = "configurator_master"

    kind: str = Field(primary_key=True, sa_type=Text)
    within: str = Field(primary_key=True, sa_type=Text)
    folded: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(sa_type=Text)
    family: str = Field(sa_type=Text, index=True)
    version: int = Field(sa_type=BigInteger)
    created_us: int = Field(sa_type=BigInteger)
    changed_us: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)


class MembershipTable(Table, table=True):
    """Which families have a characteristic, by its id for comparing; written with the family."""

    __tablename__ = "configurator_membership"

    family: str = Field(primary_key=True, sa_type=Text)
    characteristic: str = Field(primary_key=True, sa_type=Text, index=True)


class ContentTable(Table, table=True):
    """What a revision offers. Of a released one every version stays as it was; of one that is not released yet there
    is one version, which is written anew with each edit."""

    __tablename__ = "configurator_content"

    part: str = Field(primary_key=True, sa_type=Text)
    revision: int = Field(primary_key=True, sa_type=BigInteger)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    changed_us: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)


class RevisionTable(Table, table=True):
    """How often anything was written; its row is the lock under which it is written."""

    __tablename__ = "configurator_revision"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    revision: int = Field(sa_type=BigInteger)
