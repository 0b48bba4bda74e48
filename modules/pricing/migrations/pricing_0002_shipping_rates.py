"""Rates and days of shipping methods"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0002"
down_revision = "pricing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pricing_shipping_method", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rates", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("earliest_days", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("latest_days", sa.BigInteger(), nullable=True))
