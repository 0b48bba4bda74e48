"""Recorded baskets"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0007"
down_revision = "pricing_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pricing_seen_basket",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_seen_basket")),
    )
    with op.batch_alter_table("pricing_seen_basket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_seen_basket_at_us"), ["at_us"], unique=False)
