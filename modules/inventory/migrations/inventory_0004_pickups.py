"""Click and collect"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "inventory_0004"
down_revision = "inventory_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by whoever owns the tables."""
