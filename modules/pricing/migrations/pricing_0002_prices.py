"""Derived price lists and bands"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "pricing_0002"
down_revision = "pricing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Filled by whoever owns the tables."""
