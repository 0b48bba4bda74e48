"""Prior prices and what is due"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "pricing_0006"
down_revision = "pricing_0005"
branch_labels = None
depends_on = None

_PLACE = ("sku", "market", "channel", "store", "currency")


def _placed() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(name, sa.Text(), nullable=False) for name in _PLACE),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
    ]


def _judged() -> list[sa.Column[Any]]:
    return [
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("list_micros", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("prior_micros", sa.BigInteger(), nullable=True),
        sa.Column("allowed_percent", sa.Integer(), nullable=True),
        sa.Column("reduced_from_us", sa.BigInteger(), nullable=True),
        sa.Column("window_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_to_us", sa.BigInteger(), nullable=True),
        sa.Column("outside_window", sa.Boolean(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("prior_until_us", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at_us", sa.BigInteger(), nullable=False),
    ]


def upgrade() -> None:
    # The key grows by the store and nothing was kept yet, so the table is made anew.
    op.drop_table("pricing_price_point")
    op.create_table(
        "pricing_price_point",
        *_placed(),
        *_judged(),
        sa.Column("to_us", sa.BigInteger(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("perishable", sa.Boolean(), nullable=False),
        sa.Column("promotions", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*_PLACE, "from_us", name=op.f("pk_pricing_price_point")),
    )
    op.create_index(
        "ix_pricing_price_point_open",
        "pricing_price_point",
        ["sku"],
        sqlite_where=sa.text("to_us IS NULL"),
        postgresql_where=sa.text("to_us IS NULL"),
    )
    op.create_table(
        "pricing_price_void",
        *_placed(),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.Column("voided_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*_PLACE, "from_us", name=op.f("pk_pricing_price_void")),
    )
    op.create_table(
        "pricing_publication",
        *_placed(),
        *_judged(),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        # The promotion comes first: proof is asked for by promotion, page by page.
        sa.PrimaryKeyConstraint("promotion", *_PLACE, "from_us", "version", name=op.f("pk_pricing_publication")),
    )
    op.create_table(
        "pricing_history_link",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("history_of", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_pricing_history_link")),
    )
    op.create_table(
        "pricing_due",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_pricing_due")),
    )
    op.create_index(op.f("ix_pricing_due_due_us"), "pricing_due", ["due_us"], unique=False)
    op.create_table(
        "pricing_followed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pricing_followed")),
    )
