"""Calendars, capacity and promises"""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0003"
down_revision = "inventory_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inventory_source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("working_days", sa.Text(), nullable=False, server_default="[1, 2, 3, 4, 5]"))
        batch_op.add_column(sa.Column("holidays", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("ship_capacity_per_day", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("fresh_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("stale_buffer_micros", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("pickup_buffer_micros", sa.BigInteger(), nullable=False, server_default="1000000")
        )
        batch_op.add_column(sa.Column("pickup_days", sa.Integer(), nullable=False, server_default="7"))
    op.create_table(
        "inventory_sourcing_rule",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_inventory_sourcing_rule")),
    )
    op.create_index("ix_inventory_reservation_day", "inventory_reservation", ["source", "created_us"])
