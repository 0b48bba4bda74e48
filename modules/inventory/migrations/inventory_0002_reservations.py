"""Reservations"""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0002"
down_revision = "inventory_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inventory_level", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_micros", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("committed_micros", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "inventory_reservation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("quantity_micros", sa.BigInteger(), nullable=False),
        sa.Column("shipped_micros", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("erp_included_at_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_reservation")),
    )
    op.create_index(
        "ix_inventory_reservation_place", "inventory_reservation", ["sku", "source", "state", "expires_at_us"]
    )
    op.create_index("ix_inventory_reservation_due", "inventory_reservation", ["state", "expires_at_us"])
    for column in ("hold", "owner", "customer"):
        op.create_index(op.f(f"ix_inventory_reservation_{column}"), "inventory_reservation", [column])
    op.create_table(
        "inventory_waiter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("quantity_micros", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_waiter")),
    )
    op.create_index("ix_inventory_waiter_turn", "inventory_waiter", ["sku", "state", "since_us"])
    op.create_index(op.f("ix_inventory_waiter_owner"), "inventory_waiter", ["owner"])
    op.create_table(
        "inventory_hold_rule",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("units_per_customer_micros", sa.BigInteger(), nullable=True),
        sa.Column("holds_per_owner", sa.BigInteger(), nullable=True),
        sa.Column("life_times", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_inventory_hold_rule")),
    )
    op.create_table(
        "inventory_call",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_call")),
    )
    op.create_index(op.f("ix_inventory_call_decided_us"), "inventory_call", ["decided_us"])
