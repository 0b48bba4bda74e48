"""Targets: what a step may fill, with their fields and the fields by which an item is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.importing.conversions import Kind
from gateway.importing.fields import Document, Items, Leaf, Many, Named, Shape, Shapes

_TEXT: Final = Leaf()
_NEEDED: Final = Leaf(required=True)
_DECIMAL: Final = Leaf(Kind.DECIMAL)
_NEEDED_DECIMAL: Final = Leaf(Kind.DECIMAL, required=True)
_INTEGER: Final = Leaf(Kind.INTEGER)
_TRUTH: Final = Leaf(Kind.BOOLEAN)
_MOMENT: Final = Leaf(Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of thing. Within a step no two items may have the same `key`, or the same `id` where they have one."""

    name: str
    key: tuple[str, ...]
    shapes: Shapes
    together: str | None = None
    """Items that agree in this field belong in one command, from neighbouring steps of the target too."""
    whole: bool = False
    """Rows are documents of the module's own form: they are taken as they stand, and no column fills them."""


def _target(name: str, key: tuple[str, ...], together: str | None = None, /, **shapes: Shape) -> tuple[str, Target]:
    return name, Target(name, key, shapes, together)


_DOCUMENT: Final = Document()
_TEXTS: Final = Named()
_LIST: Final = Many()
_DATES: Final = {"valid_from": _MOMENT, "valid_until": _MOMENT}
_PRICE_KEYS: Final = ("market", "channel", "store", "segment", "customer_group", "customer", "contract")
_PRICE_KINDS: Final = ("base", "sale", "override", "floor")
_TAX_KINDS: Final = ("standard", "reduced", "zero", "exempt")
_RATE: Final = {
    **dict.fromkeys(("countries", "regions", "postal_prefixes"), _TEXT),
    "weight_up_to_g": _INTEGER,
    "value_up_to": _DECIMAL,
    "currency": _NEEDED,
    "amount": _NEEDED_DECIMAL,
    **dict.fromkeys(("earliest_days", "latest_days"), _INTEGER),
}
"""Of a rate; its lists are texts with commas between the entries."""
_ROUNDINGS: Final = ("half_up", "half_even", "half_down")

TARGETS: Final[Mapping[str, Target]] = dict(
    (
        _target(
            "markets",
            ("id",),
            id=_NEEDED,
            country=_NEEDED,
            zone=_NEEDED,
            currencies=_LIST,
            locales=_LIST,
            rounding=Leaf(allowed=_ROUNDINGS),
            tax_rounding=Leaf(allowed=("line", "unit", "total")),
            line_steps=Named(Kind.INTEGER),
            cash_steps=Named(Kind.INTEGER),
            policies=_TEXTS,
            prior_price=_TEXTS,
            stock=_TEXTS,
        ),
        _target(
            "channels",
            ("id",),
            id=_NEEDED,
            market=_NEEDED,
            price_lists=_LIST,
            sources=_LIST,
            few_left=_INTEGER,
            shows_figures=_TRUTH,
            position=_INTEGER,
        ),
        _target("stores", ("id",), id=_NEEDED, name=_NEEDED, country=_NEEDED, channels=_LIST),
        _target("categories", ("id",), id=_NEEDED, parent=_TEXT, names=_TEXTS, position=_INTEGER),
        _target("groups", ("id",), id=_NEEDED, titles=_TEXTS, axes=_LIST),
        _target(
            "products",
            ("sku",),
            sku=_NEEDED,
            titles=_TEXTS,
            group=_TEXT,
            categories=_LIST,
            attributes=_TEXTS,
            image_url=_TEXT,
            tax_class=_TEXT,
            quantity_scale=_INTEGER,
            minimum_quantity=_DECIMAL,
            maximum_quantity=_DECIMAL,
            quantity_step=_DECIMAL,
            unit=_TEXT,
            weight_grams=_INTEGER,
            active_from=_MOMENT,
            active_until=_MOMENT,
        ),
        _target(
            "prices",
            ("sku", "price_list", "currency", "kind", *_PRICE_KEYS, "valid_from", "schedule"),
            "sku",
            id=_TEXT,
            sku=_NEEDED,
            price_list=_NEEDED,
            currency=_NEEDED,
            amount=_NEEDED_DECIMAL,
            tax_mode=Leaf(required=True, allowed=("net", "gross")),
            kind=Leaf(allowed=_PRICE_KINDS),
            **dict.fromkeys(_PRICE_KEYS, _TEXT),
            **_DATES,
            schedule=Items({"weekdays": _NEEDED, "since": _NEEDED, "until": _NEEDED}),
            tiers=Items({"min_quantity": _NEEDED_DECIMAL, "amount": _NEEDED_DECIMAL}),
            tier_mode=Leaf(allowed=("all_units", "graduated")),
            source=_TEXT,
        ),
        _target(
            "tax_rules",
            ("country", "region", "tax_class", "valid_from"),
            id=_TEXT,
            country=_NEEDED,
            region=_TEXT,
            tax_class=_NEEDED,
            rate=_NEEDED_DECIMAL,
            kind=Leaf(allowed=_TAX_KINDS),
            **_DATES,
        ),
        _target(
            "shipping_methods",
            ("market", "id"),
            id=_NEEDED,
            market=_NEEDED,
            names=_TEXTS,
            amounts=Named(Kind.DECIMAL),
            tax_mode=Leaf(required=True, allowed=("net", "gross")),
            tax_class=_NEEDED,
            pickup=_TRUTH,
            countries=_LIST,
            rates=Items(_RATE),
            earliest_days=_INTEGER,
            latest_days=_INTEGER,
            position=_INTEGER,
            active=_TRUTH,
        ),
        _target(
            "sources",
            ("id",),
            id=_NEEDED,
            name=_NEEDED,
            type=Leaf(allowed=("warehouse", "store", "dropshipper")),
            priority=_INTEGER,
            country=_TEXT,
            latitude=_DECIMAL,
            longitude=_DECIMAL,
            cut_off=_TEXT,
            zone=_TEXT,
            can_ship=_TRUTH,
            can_pick_up=_TRUTH,
            sells=_TRUTH,
            working_days=Many(Kind.INTEGER),
            holidays=_LIST,
            ship_capacity_per_day=_INTEGER,
            fresh_seconds=_INTEGER,
            stale_buffer=_DECIMAL,
            pickup_buffer=_DECIMAL,
            pickup_days=_INTEGER,
        ),
        _target(
            "stock",
            ("sku", "source"),
            sku=_NEEDED,
            source=_NEEDED,
            on_hand=_NEEDED_DECIMAL,
            safety_stock=_DECIMAL,
            track=_TRUTH,
            backorder_limit=_DECIMAL,
            incoming=Items({"at": Leaf(Kind.MOMENT, required=True), "quantity": _NEEDED_DECIMAL}),
        ),
        _target(
            "demand",
            ("sku", "source", "day"),
            sku=_NEEDED,
            source=_NEEDED,
            day=Leaf(Kind.DAY, required=True),
            units=_NEEDED_DECIMAL,
            promoted=_TRUTH,
            censored=_TRUTH,
        ),
        _target(
            "supply",
            ("sku", "source"),
            sku=_TEXT,
            source=_TEXT,
            service_level=_DECIMAL,
            lead_time_days=_DECIMAL,
            lead_deviation_days=_DECIMAL,
            review_days=_DECIMAL,
            min_order=_DECIMAL,
            pack_size=_DECIMAL,
            supplier=_TEXT,
            reorder_point=_DECIMAL,
        ),
        _target(
            "purchase_orders",
            ("order", "line"),
            "sku",
            order=_NEEDED,
            line=_NEEDED,
            sku=_NEEDED,
            source=_NEEDED,
            due=Leaf(Kind.MOMENT, required=True),
            ordered=_NEEDED_DECIMAL,
            received=_DECIMAL,
            open=_TRUTH,
        ),
        _target(
            "price_lists",
            ("id",),
            id=_NEEDED,
            names=_TEXTS,
            source=_TEXT,
            rates=_TEXT,
            currency_from=_TEXT,
            currency_to=_TEXT,
            ending=_TEXT,
            step=_DECIMAL,
            toward=Leaf(allowed=("nearest", "up", "down")),
        ),
        _target(
            "exchange_rates",
            ("id",),
            id=_NEEDED,
            day=_NEEDED,
            rates=Items({"currency_from": _NEEDED, "currency_to": _NEEDED, "rate": _NEEDED_DECIMAL, "per": _INTEGER}),
        ),
        _target("segments", ("id",), id=_NEEDED, name=_NEEDED, rule=_DOCUMENT),
        ("promotions", Target("promotions", ("id",), {}, whole=True)),
        _target(
            "codes",
            ("code",),
            code=_NEEDED,
            promotion=_NEEDED,
            max_uses=_INTEGER,
            **_DATES,
        ),
        _target(
            "customers",
            ("id",),
            id=_NEEDED,
            groups=_LIST,
            segments=_LIST,
            contracts=_LIST,
            texts=_TEXTS,
            numbers=Named(Kind.DECIMAL),
            flags=Named(Kind.BOOLEAN),
            moments=Named(Kind.MOMENT),
            orders=_INTEGER,
            is_business=_TRUTH,
            vat_number=_TEXT,
            vat_valid=_TRUTH,
            vat_validated_at=_MOMENT,
        ),
    )
)
