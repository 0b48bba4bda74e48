"""Old redemptions are looked up"""

from alembic import op

revision = "pricing_0004"
down_revision = "pricing_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pricing_redemption_created_us", "pricing_redemption", ["created_us"])
