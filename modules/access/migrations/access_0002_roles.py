"""Keys have a role; those of before are integrators'"""

import sqlalchemy as sa
from alembic import op

revision = "access_0002"
down_revision = "access_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("access_api_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.Text(), nullable=False, server_default="integrator"))
