"""Demand, supply policies and plans"""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0006"
down_revision = "inventory_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inventory_demand",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("units_micros", sa.BigInteger(), nullable=False),
        sa.Column("promoted", sa.Boolean(), nullable=False),
        sa.Column("censored", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "source", "day", name=op.f("pk_inventory_demand")),
    )
    op.create_index("ix_inventory_demand_day", "inventory_demand", ["source", "day"])
    op.create_table(
        "inventory_supply_policy",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("service_level", sa.BigInteger(), nullable=True),
        sa.Column("lead_time", sa.BigInteger(), nullable=True),
        sa.Column("lead_deviation", sa.BigInteger(), nullable=True),
        sa.Column("review", sa.BigInteger(), nullable=True),
        sa.Column("min_order", sa.BigInteger(), nullable=True),
        sa.Column("pack_size", sa.BigInteger(), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("reorder_point", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sku", "source", name=op.f("pk_inventory_supply_policy")),
    )
    op.create_table(
        "inventory_stock_plan",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("demand_class", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("demand", sa.BigInteger(), nullable=False),
        sa.Column("safety_stock", sa.BigInteger(), nullable=True),
        sa.Column("reorder_point", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "source", name=op.f("pk_inventory_stock_plan")),
    )
