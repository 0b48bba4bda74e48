"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "runtime_0001"
down_revision = None
branch_labels = ("runtime",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runtime_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runtime_audit")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("runtime_audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runtime_audit_at_us"), ["at_us"], unique=False)
        batch_op.create_index(batch_op.f("ix_runtime_audit_target"), ["target"], unique=False)

    op.create_table(
        "runtime_idempotency",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("remembered_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "mutation", "key", name=op.f("pk_runtime_idempotency")),
    )
    with op.batch_alter_table("runtime_idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runtime_idempotency_remembered_us"), ["remembered_us"], unique=False)

    op.create_table(
        "runtime_inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_runtime_inbox")),
    )
    with op.batch_alter_table("runtime_inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runtime_inbox_seen_us"), ["seen_us"], unique=False)

    op.create_table(
        "runtime_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runtime_outbox")),
        sqlite_autoincrement=True,
    )
