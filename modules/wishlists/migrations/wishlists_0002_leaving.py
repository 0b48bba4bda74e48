"""Items on their way into a cart"""

import sqlalchemy as sa
from alembic import op

revision = "wishlists_0002"
down_revision = "wishlists_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wishlists_item", sa.Column("leaving", sa.Text(), nullable=True))
