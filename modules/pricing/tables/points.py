"""The history of public prices, its corrections and its proof, and when it must be told again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from modules.pricing.tables.base import Table


class PlacedTable(Table):
    """Where and since when a public price was asked; an empty store: the channel's own price."""

    sku: str = Field(primary_key=True, sa_type=Text)
    market: str = Field(primary_key=True, sa_type=Text)
    channel: str = Field(primary_key=True, sa_type=Text)
    store: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    from_us: int = Field(primary_key=True, sa_type=BigInteger)


class JudgedTable(PlacedTable):
    """What was said of a price by the algorithm of 3.3."""

    amount_micros: int = Field(sa_type=BigInteger)
    list_micros: int | None = Field(default=None, sa_type=BigInteger)
    verdict: str = Field(sa_type=Text)
    prior_micros: int | None = Field(default=None, sa_type=BigInteger)
    allowed_percent: int | None
    reduced_from_us: int | None = Field(default=None, sa_type=BigInteger)
    window_from_us: int | None = Field(default=None, sa_type=BigInteger)
    low_from_us: int | None = Field(default=None, sa_type=BigInteger)
    low_to_us: int | None = Field(default=None, sa_type=BigInteger)
    outside_window: bool
    exempt: bool
    rule: str = Field(sa_type=Text)
    prior_until_us: int | None = Field(default=None, sa_type=BigInteger)
    recorded_at_us: int = Field(sa_type=BigInteger)


class PricePointTable(JudgedTable, table=True):
    """A public price from a moment on (L-1). Append-only: of a point only `to_us` is written later, once, and while it
    is open what is said of it."""

    __tablename__ = "pricing_price_point"
    __table_args__ = (
        Index(
            "ix_pricing_price_point_open",
            "sku",
            sqlite_where=text("to_us IS NULL"),
            postgresql_where=text("to_us IS NULL"),
        ),
    )

    to_us: int | None = Field(default=None, sa_type=BigInteger)
    public: bool
    announced: bool
    perishable: bool
    promotions: str | None = Field(default=None, sa_type=Text)
    """JSON: [[id, version], ...]."""
    cause: str = Field(sa_type=Text)


class PriceVoidTable(PlacedTable, table=True):
    """A point that somebody declared a mistake (L-3). Append-only; the point stays."""

    __tablename__ = "pricing_price_void"

    reason: str = Field(sa_type=Text)
    voided_by: str = Field(sa_type=Text)
    voided_at_us: int = Field(sa_type=BigInteger)


class PublicationTable(JudgedTable, table=True):
    """What one version of a promotion made of a price: the proof. Append-only, kept for good."""

    __tablename__ = "pricing_publication"
    # The promotion comes first: proof is asked for by promotion, page by page.
    __table_args__ = (
        PrimaryKeyConstraint("promotion", "sku", "market", "channel", "store", "currency", "from_us", "version"),
    )

    promotion: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger)


class HistoryLinkTable(Table, table=True):
    """A sku that goes on with the history of another one."""

    __tablename__ = "pricing_history_link"

    sku: str = Field(primary_key=True, sa_type=Text)
    history_of: str = Field(sa_type=Text)


class DueTable(Table, table=True):
    """When the history of a sku must be told again; null: no moment is known. `asked` counts changes of rules since."""

    __tablename__ = "pricing_due"

    sku: str = Field(primary_key=True, sa_type=Text)
    due_us: int | None = Field(default=None, sa_type=BigInteger, index=True)
    asked: int = Field(sa_type=BigInteger)


class FollowedTable(Table, table=True):
    """Up to where the events of others have led to tellings."""

    __tablename__ = "pricing_followed"

    name: str = Field(primary_key=True, sa_type=Text)
    cursor: str = Field(sa_type=Text)
