"""Parked carts"""

import sqlalchemy as sa
from alembic import op

revision = "cart_0003"
down_revision = "cart_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cart_parked",
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("parked_us", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("locator", name=op.f("pk_cart_parked")),
        sa.UniqueConstraint("id", name=op.f("uq_cart_parked_id")),
    )
    op.create_index("ix_cart_parked_store", "cart_parked", ["store", "parked_us"])
