"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "configurator_0001"
down_revision = None
branch_labels = ("configurator",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configurator_content",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part", "revision", "version", name=op.f("pk_configurator_content")),
    )
    op.create_table(
        "configurator_master",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("within", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "within", "folded", name=op.f("pk_configurator_master")),
    )
    with op.batch_alter_table("configurator_master", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_configurator_master_family"), ["family"], unique=False)

    op.create_table(
        "configurator_membership",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("characteristic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("family", "characteristic", name=op.f("pk_configurator_membership")),
    )
    with op.batch_alter_table("configurator_membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_configurator_membership_characteristic"), ["characteristic"], unique=False)

    op.create_table(
        "configurator_revision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configurator_revision")),
    )
