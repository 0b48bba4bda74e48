"""Sessions and specifications"""

import sqlalchemy as sa
from alembic import op

revision = "configurator_0002"
down_revision = "configurator_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configurator_counter",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_configurator_counter")),
    )
    op.create_table(
        "configurator_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("need_date", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content_version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("inherited", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("touched_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configurator_session")),
    )
    with op.batch_alter_table("configurator_session", schema=None) as batch_op:
        batch_op.create_index("ix_configurator_session_owner", ["owner", "touched_us"], unique=False)
        batch_op.create_index("ix_configurator_session_touched", ["touched_us"], unique=False)

    op.create_table(
        "configurator_session_key",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_configurator_session_key")),
    )
    with op.batch_alter_table("configurator_session_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_configurator_session_key_session"), ["session"], unique=False)

    op.create_table(
        "configurator_specification",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content_version", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("part", "hash", name=op.f("pk_configurator_specification")),
        sa.UniqueConstraint("name", name=op.f("uq_configurator_specification_name")),
        sa.UniqueConstraint("part", "number", name=op.f("uq_configurator_specification_part_number")),
    )
