"""What all tables of inventory share. Quantities are millionths of a unit, moments microseconds since 1970."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from modules.runtime.tables import NAMING_CONVENTION


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """What all tables of inventory share."""


metadata = Table.metadata
