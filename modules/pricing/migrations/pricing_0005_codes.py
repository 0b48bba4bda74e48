"""Codes, uses and tries"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0005"
down_revision = "pricing_0004"
branch_labels = None
depends_on = None


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    _codes()
    _uses()


def _codes() -> None:
    op.create_table(
        "pricing_code",
        _text("code"),
        _text("shown"),
        _text("promotion"),
        _text("batch", nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        _moment("valid_from_us"),
        _moment("valid_until_us"),
        _moment("withdrawn_us"),
        _count("held"),
        _count("confirmed"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_pricing_code")),
    )
    op.create_index("ix_pricing_code_promotion", "pricing_code", ["promotion", "code"])
    op.create_table(
        "pricing_code_batch",
        _text("id"),
        _text("promotion"),
        _text("prefix"),
        _count("length"),
        _count("count"),
        _count("made"),
        _moment("valid_from_us"),
        _moment("valid_until_us"),
        _count("created_us"),
        _moment("withdrawn_us"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_code_batch")),
    )
    op.create_index("ix_pricing_code_batch_promotion", "pricing_code_batch", ["promotion", "id"])
    op.create_table(
        "pricing_code_try",
        _text("who"),
        _text("code"),
        sa.Column("good", sa.Boolean(), nullable=False),
        _count("at_us"),
        sa.PrimaryKeyConstraint("who", "code", name=op.f("pk_pricing_code_try")),
    )
    op.create_index(op.f("ix_pricing_code_try_at_us"), "pricing_code_try", ["at_us"])


def _uses() -> None:
    op.create_table(
        "pricing_redemption",
        _text("attempt"),
        _text("body_hash"),
        _text("currency"),
        _text("customer", nullable=True),
        _text("email", nullable=True),
        _text("cart", nullable=True),
        _text("order_id", nullable=True),
        _count("created_us"),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_pricing_redemption")),
    )
    for column in ("customer", "email", "cart"):
        op.create_index(op.f(f"ix_pricing_redemption_{column}"), "pricing_redemption", [column])
    op.create_table(
        "pricing_use",
        _text("attempt"),
        _text("promotion"),
        _text("code", nullable=True),
        _count("wanted_minor"),
        _count("granted_minor"),
        _text("state"),
        _count("expires_us"),
        _count("version"),
        sa.PrimaryKeyConstraint("attempt", "promotion", name=op.f("pk_pricing_use")),
    )
    op.create_index("ix_pricing_use_due", "pricing_use", ["promotion", "state", "expires_us"])
    op.create_index(op.f("ix_pricing_use_code"), "pricing_use", ["code"])
    op.create_table(
        "pricing_use_total",
        _text("promotion"),
        _text("currency"),
        _count("held"),
        _count("confirmed"),
        _count("held_minor"),
        _count("confirmed_minor"),
        sa.PrimaryKeyConstraint("promotion", "currency", name=op.f("pk_pricing_use_total")),
    )
