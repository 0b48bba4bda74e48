"""How long and how much may be held."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from modules.inventory.tables.base import Table


class HoldRuleTable(Table, table=True):
    """The rules of a channel (`*` for all); `life_times` is a JSON object of `[usual_us, longest_us]` by purpose."""

    __tablename__ = "inventory_hold_rule"

    channel: str = Field(primary_key=True, sa_type=Text)
    units_per_customer_micros: int | None = Field(default=None, sa_type=BigInteger)
    holds_per_owner: int | None = Field(default=None, sa_type=BigInteger)
    life_times: str = Field(sa_type=Text)
