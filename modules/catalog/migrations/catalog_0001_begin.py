"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0001"
down_revision = None
branch_labels = ("catalog",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalog_category",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("parent", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_category")),
    )
    op.create_table(
        "catalog_group",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("titles", sa.Text(), nullable=False),
        sa.Column("axes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_group")),
    )
    op.create_table(
        "catalog_locale",
        sa.Column("locale", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_catalog_locale")),
    )
    op.create_table(
        "catalog_product",
        sa.Column("sku", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sku_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("titles", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("quantity_scale", sa.Integer(), nullable=False),
        sa.Column("active_from_us", sa.BigInteger(), nullable=True),
        sa.Column("active_until_us", sa.BigInteger(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("new_since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_catalog_product")),
    )
    with op.batch_alter_table("catalog_product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalog_product_group_id"), ["group_id"], unique=False)
        batch_op.create_index("ix_catalog_product_newest", ["new_since_us", "sku"], unique=False)
        batch_op.create_index(batch_op.f("ix_catalog_product_sku_key"), ["sku_key"], unique=False)

    op.create_table(
        "catalog_product_category",
        sa.Column("category_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sku", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("category_id", "sku", name=op.f("pk_catalog_product_category")),
    )
    with op.batch_alter_table("catalog_product_category", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalog_product_category_sku"), ["sku"], unique=False)

    op.create_table(
        "catalog_revision",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_revision")),
    )
    op.create_table(
        "catalog_title",
        sa.Column("sku", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("locale", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("search_text", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sku", "locale", name=op.f("pk_catalog_title")),
    )
    with op.batch_alter_table("catalog_title", schema=None) as batch_op:
        batch_op.create_index("ix_catalog_title_sorted", ["locale", "sort_key", "sku", "search_text"], unique=False)
