"""Feeds, stock takes, transfers and movements"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "inventory_0005"
down_revision = "inventory_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by whoever owns the tables."""
