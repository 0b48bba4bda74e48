"""Where holds and waiters were asked for"""

import sqlalchemy as sa
from alembic import op

revision = "inventory_0007"
down_revision = "inventory_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("inventory_reservation", "inventory_waiter"):
        op.add_column(table, sa.Column("store", sa.Text(), nullable=False, server_default=""))
