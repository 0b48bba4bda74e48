"""Regions, delivery and places of tax"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0003"
down_revision = "pricing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pricing_tax_rule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "pricing_shipping_method",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.Column("tax_mode", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("pickup", sa.Boolean(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_pricing_shipping_method")),
    )
