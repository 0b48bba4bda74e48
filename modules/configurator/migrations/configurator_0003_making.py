"""What making goes by, and what was handed over"""

import sqlalchemy as sa
from alembic import op

revision = "configurator_0003"
down_revision = "configurator_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configurator_cost",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", "configuration", "currency", name=op.f("pk_configurator_cost")),
    )
    op.create_table(
        "configurator_hand_over",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_configurator_hand_over")),
        sa.UniqueConstraint("line", "number", name=op.f("uq_configurator_hand_over_line_number")),
    )
    op.create_table(
        "configurator_hand_over_line",
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line", name=op.f("pk_configurator_hand_over_line")),
    )
    op.create_table(
        "configurator_works",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_configurator_works")),
    )
