"""Policies"""

import sqlalchemy as sa
from alembic import op

revision = "market_0002"
down_revision = "market_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("market_market", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policies", sa.Text(), server_default="{}", nullable=False))
