"""Derived price lists and bands"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0002"
down_revision = "pricing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pricing_price_row", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tier_mode", sa.Text(), server_default="all_units", nullable=False))
        batch_op.add_column(sa.Column("derived_from", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("rate", sa.Text(), nullable=True))
    op.create_table(
        "pricing_price_list",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("rates", sa.Text(), nullable=True),
        sa.Column("currency_from", sa.Text(), nullable=True),
        sa.Column("currency_to", sa.Text(), nullable=True),
        sa.Column("grain_micros", sa.BigInteger(), nullable=True),
        sa.Column("offset_micros", sa.BigInteger(), nullable=True),
        sa.Column("toward", sa.Text(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_price_list")),
    )
    op.create_table(
        "pricing_exchange_rates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("rates", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_exchange_rates")),
    )
