"""When reservations became what they are"""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0008"
down_revision = "inventory_0007"
branch_labels = None
depends_on = None

_OVER = sa.text("state IN ('released', 'expired', 'shipped')")


def upgrade() -> None:
    op.add_column("inventory_reservation", sa.Column("changed_us", sa.BigInteger(), nullable=False, server_default="0"))
    # Nobody knows of those that are there: they are kept as if they had changed now.
    op.execute("UPDATE inventory_reservation SET changed_us = (SELECT MAX(created_us) FROM inventory_reservation)")
    op.create_index(
        "ix_inventory_reservation_over",
        "inventory_reservation",
        ["changed_us"],
        sqlite_where=_OVER,
        postgresql_where=_OVER,
    )
