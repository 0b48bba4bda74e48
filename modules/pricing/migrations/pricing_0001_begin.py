"""Begin"""

import sqlalchemy as sa
from alembic import op

revision = "pricing_0001"
down_revision = None
branch_labels = ("pricing",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pricing_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_pricing_code")),
    )
    with op.batch_alter_table("pricing_code", schema=None) as batch_op:
        batch_op.create_index("ix_pricing_code_promotion", ["promotion", "code"], unique=False)

    op.create_table(
        "pricing_code_batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_code_batch")),
    )
    with op.batch_alter_table("pricing_code_batch", schema=None) as batch_op:
        batch_op.create_index("ix_pricing_code_batch_promotion", ["promotion", "id"], unique=False)

    op.create_table(
        "pricing_code_try",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("who", "code", name=op.f("pk_pricing_code_try")),
    )
    with op.batch_alter_table("pricing_code_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_code_try_at_us"), ["at_us"], unique=False)

    op.create_table(
        "pricing_due",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_pricing_due")),
    )
    with op.batch_alter_table("pricing_due", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_due_due_us"), ["due_us"], unique=False)

    op.create_table(
        "pricing_exchange_rates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("rates", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_exchange_rates")),
    )
    op.create_table(
        "pricing_followed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pricing_followed")),
    )
    op.create_table(
        "pricing_history_link",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("history_of", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_pricing_history_link")),
    )
    op.create_table(
        "pricing_price_list",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("rates", sa.Text(), nullable=True),
        sa.Column("currency_from", sa.Text(), nullable=True),
        sa.Column("currency_to", sa.Text(), nullable=True),
        sa.Column("grain_micros", sa.BigInteger(), nullable=True),
        sa.Column("offset_micros", sa.BigInteger(), nullable=True),
        sa.Column("toward", sa.Text(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_price_list")),
    )
    op.create_table(
        "pricing_price_point",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("list_micros", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("prior_micros", sa.BigInteger(), nullable=True),
        sa.Column("allowed_percent", sa.Integer(), nullable=True),
        sa.Column("reduced_from_us", sa.BigInteger(), nullable=True),
        sa.Column("window_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_to_us", sa.BigInteger(), nullable=True),
        sa.Column("outside_window", sa.Boolean(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("prior_until_us", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("perishable", sa.Boolean(), nullable=False),
        sa.Column("promotions", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "sku", "market", "channel", "store", "currency", "from_us", name=op.f("pk_pricing_price_point")
        ),
    )
    with op.batch_alter_table("pricing_price_point", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pricing_price_point_open",
            ["sku"],
            unique=False,
            sqlite_where=sa.text("to_us IS NULL"),
            postgresql_where=sa.text("to_us IS NULL"),
        )

    op.create_table(
        "pricing_price_row",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("tax_mode", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("customer_group", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("tiers", sa.Text(), nullable=True),
        sa.Column("tier_mode", sa.Text(), nullable=False),
        sa.Column("derived_from", sa.Text(), nullable=True),
        sa.Column("rate", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_price_row")),
    )
    with op.batch_alter_table("pricing_price_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_price_row_sku"), ["sku"], unique=False)

    op.create_table(
        "pricing_price_void",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.Column("voided_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "sku", "market", "channel", "store", "currency", "from_us", name=op.f("pk_pricing_price_void")
        ),
    )
    op.create_table(
        "pricing_promotion",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=True),
        sa.Column("written_at_us", sa.BigInteger(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_promotion")),
    )
    with op.batch_alter_table("pricing_promotion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_promotion_state"), ["state"], unique=False)

    op.create_table(
        "pricing_promotion_version",
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("promotion", "version", name=op.f("pk_pricing_promotion_version")),
    )
    op.create_table(
        "pricing_publication",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("list_micros", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("prior_micros", sa.BigInteger(), nullable=True),
        sa.Column("allowed_percent", sa.Integer(), nullable=True),
        sa.Column("reduced_from_us", sa.BigInteger(), nullable=True),
        sa.Column("window_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_from_us", sa.BigInteger(), nullable=True),
        sa.Column("low_to_us", sa.BigInteger(), nullable=True),
        sa.Column("outside_window", sa.Boolean(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("prior_until_us", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at_us", sa.BigInteger(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "promotion",
            "sku",
            "market",
            "channel",
            "store",
            "currency",
            "from_us",
            "version",
            name=op.f("pk_pricing_publication"),
        ),
    )
    op.create_table(
        "pricing_redemption",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("cart", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_pricing_redemption")),
    )
    with op.batch_alter_table("pricing_redemption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_redemption_cart"), ["cart"], unique=False)
        batch_op.create_index(batch_op.f("ix_pricing_redemption_customer"), ["customer"], unique=False)
        batch_op.create_index(batch_op.f("ix_pricing_redemption_email"), ["email"], unique=False)

    op.create_table(
        "pricing_revision",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "name", name=op.f("pk_pricing_revision")),
    )
    op.create_table(
        "pricing_seen_basket",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_seen_basket")),
    )
    with op.batch_alter_table("pricing_seen_basket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_seen_basket_at_us"), ["at_us"], unique=False)

    op.create_table(
        "pricing_shipping_method",
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.Column("tax_mode", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("pickup", sa.Boolean(), nullable=False),
        sa.Column("countries", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market", "id", name=op.f("pk_pricing_shipping_method")),
    )
    op.create_table(
        "pricing_tax_rule",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("rate_micros", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from_us", sa.BigInteger(), nullable=True),
        sa.Column("valid_until_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_tax_rule")),
    )
    op.create_table(
        "pricing_use",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("wanted_minor", sa.BigInteger(), nullable=False),
        sa.Column("granted_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "promotion", name=op.f("pk_pricing_use")),
    )
    with op.batch_alter_table("pricing_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pricing_use_code"), ["code"], unique=False)
        batch_op.create_index("ix_pricing_use_due", ["promotion", "state", "expires_us"], unique=False)

    op.create_table(
        "pricing_use_total",
        sa.Column("promotion", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("promotion", "currency", name=op.f("pk_pricing_use_total")),
    )
