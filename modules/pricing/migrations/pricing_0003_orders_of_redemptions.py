"""Orders of redemptions are looked up"""

from alembic import op

revision = "pricing_0003"
down_revision = "pricing_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pricing_redemption", schema=None) as batch_op:
        batch_op.create_index("ix_pricing_redemption_order_id", ["order_id"], unique=False)
