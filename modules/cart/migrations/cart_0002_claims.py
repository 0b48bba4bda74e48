"""Carts of customers"""

import sqlalchemy as sa
from alembic import op

revision = "cart_0002"
down_revision = "cart_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cart_claim",
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer", "channel", name=op.f("pk_cart_claim")),
    )
    op.create_index(op.f("ix_cart_claim_locator"), "cart_claim", ["locator"])
    op.create_table(
        "cart_merge",
        sa.Column("guest", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guest", "customer", name=op.f("pk_cart_merge")),
    )
    op.create_index(op.f("ix_cart_merge_customer"), "cart_merge", ["customer"])
