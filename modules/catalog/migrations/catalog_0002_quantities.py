"""Quantity rules and weights"""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0002"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("catalog_product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("minimum_micros", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("maximum_micros", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("step_micros", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("unit", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("weight_grams", sa.BigInteger(), nullable=True))
