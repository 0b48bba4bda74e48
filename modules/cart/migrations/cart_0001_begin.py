"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "cart_0001"
down_revision = None
branch_labels = ("cart",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cart_archive",
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("locator", name=op.f("pk_cart_archive")),
    )
    op.create_index(op.f("ix_cart_archive_expires_us"), "cart_archive", ["expires_us"])
