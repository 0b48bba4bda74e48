"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "wishlists_0001"
down_revision = None
branch_labels = ("wishlists",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wishlists_address",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("handed_in", sa.Boolean(), nullable=False),
        sa.Column("confirmed_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_address")),
    )
    with op.batch_alter_table("wishlists_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishlists_address_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_address_owner"), ["owner"], unique=False)

    op.create_table(
        "wishlists_followed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wishlists_followed")),
    )
    op.create_table(
        "wishlists_item",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("quantity_micros", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.Column("price_micros", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("list", "id", name=op.f("pk_wishlists_item")),
    )
    op.create_table(
        "wishlists_key",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=True),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_wishlists_key")),
    )
    with op.batch_alter_table("wishlists_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishlists_key_list"), ["list"], unique=False)

    op.create_table(
        "wishlists_list",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("base_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("touched_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_list")),
    )
    with op.batch_alter_table("wishlists_list", schema=None) as batch_op:
        batch_op.create_index("ix_wishlists_list_order", ["owner", "position"], unique=False)

    op.create_table(
        "wishlists_news",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("old_micros", sa.BigInteger(), nullable=False),
        sa.Column("new_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_news")),
    )
    with op.batch_alter_table("wishlists_news", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishlists_news_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_news_at_us"), ["at_us"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_news_list"), ["list"], unique=False)
        batch_op.create_index("ix_wishlists_news_waiting", ["waiting", "mail"], unique=False)

    op.create_table(
        "wishlists_operation",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("list", "id", name=op.f("pk_wishlists_operation")),
    )
    op.create_table(
        "wishlists_owner",
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_owner")),
    )
    op.create_table(
        "wishlists_watch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stock", sa.Boolean(), nullable=False),
        sa.Column("price", sa.Boolean(), nullable=False),
        sa.Column("below_micros", sa.BigInteger(), nullable=True),
        sa.Column("reference_micros", sa.BigInteger(), nullable=True),
        sa.Column("out", sa.Boolean(), nullable=False),
        sa.Column("told_micros", sa.BigInteger(), nullable=True),
        sa.Column("stock_told_us", sa.BigInteger(), nullable=False),
        sa.Column("price_told_us", sa.BigInteger(), nullable=False),
        sa.Column("look_us", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_watch")),
    )
    with op.batch_alter_table("wishlists_watch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishlists_watch_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_watch_list"), ["list"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_watch_look_us"), ["look_us"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_watch_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_wishlists_watch_sku"), ["sku"], unique=False)
