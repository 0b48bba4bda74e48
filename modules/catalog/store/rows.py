"""Rows to records and back."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import orjson

from modules.catalog.model import (
    CategoryRecord,
    GroupRecord,
    Listed,
    ProductRecord,
    search_text,
    sku_key,
    sort_key,
)
from modules.kernel.names import CategoryId, Locale, ProductGroupId, Sku, TaxClass
from modules.kernel.product import Article
from modules.kernel.quantity import Quantity, QuantityRules

Row = tuple[Any, ...]
_KEPT = 4_096
"""Documents whose reading is kept, of each kind."""

LISTED = (
    "t.sku, t.title, t.sort_key, p.group_id, g.titles, g.axes, p.categories, p.attributes, p.image_url, p.tax_class,"
    " p.quantity_scale, p.minimum_micros, p.maximum_micros, p.step_micros, p.unit, p.weight_grams, p.active_from_us,"
    " p.active_until_us, p.new_since_us"
)
PRODUCT = (
    "sku, titles, group_id, categories, attributes, image_url, tax_class, quantity_scale, minimum_micros,"
    " maximum_micros, step_micros, unit, weight_grams, active_from_us, active_until_us"
)


@lru_cache(_KEPT)
def listed(row: Row) -> Listed:
    """A product in one language, from the columns LISTED."""
    sku, title, key, group_id, titles, axes, categories, attributes, image_url, tax_class, *numbers = row
    scale, *rules, weight, since, until, new_since = numbers
    return Listed(
        sku=Sku(sku),
        title=title,
        sort_key=key,
        group=None if titles is None else group((group_id, titles, axes)),
        categories=_categories(categories),
        attributes=_pairs(attributes),
        image_url=image_url,
        tax_class=TaxClass(tax_class),
        quantity_scale=scale,
        quantities=_rules(*rules),
        weight_grams=weight,
        active_from_us=since,
        active_until_us=until,
        new_since_us=new_since,
    )


def article(row: Row) -> Article:
    """An article from (sku, tax_class, quantity_scale, active_from_us, active_until_us, categories, group_id,
    minimum_micros, maximum_micros, step_micros, unit, weight_grams)."""
    sku, tax_class, scale, since, until, categories, group_id, *rules, weight = row
    own = frozenset(_categories(categories))
    return Article(Sku(sku), TaxClass(tax_class), scale, since, until, own, group_id or "", _rules(*rules), weight)


def product(row: Row) -> ProductRecord:
    """A product from the columns PRODUCT."""
    sku, titles, group_id, categories, attributes, image_url, tax_class, scale, *rules, weight, since, until = row
    return ProductRecord(
        sku=Sku(sku),
        titles=texts(titles),
        group=None if group_id is None else ProductGroupId(group_id),
        categories=_categories(categories),
        attributes=_pairs(attributes),
        image_url=image_url,
        tax_class=TaxClass(tax_class),
        quantity_scale=scale,
        quantities=_rules(*rules),
        weight_grams=weight,
        active_from_us=since,
        active_until_us=until,
    )


def product_values(record: ProductRecord, created_us: int) -> dict[str, object]:
    """The columns of a product, by name."""
    return {
        "sku": record.sku,
        "sku_key": sku_key(record.sku),
        "titles": to_json(record.titles),
        "group_id": record.group,
        "categories": to_json(record.categories),
        "attributes": to_json(record.attributes),
        "image_url": record.image_url,
        "tax_class": record.tax_class,
        "quantity_scale": record.quantity_scale,
        "minimum_micros": record.quantities.minimum,
        "maximum_micros": record.quantities.maximum,
        "step_micros": record.quantities.step,
        "unit": record.quantities.unit or None,
        "weight_grams": record.weight_grams,
        "active_from_us": record.active_from_us,
        "active_until_us": record.active_until_us,
        "created_us": created_us,
        "new_since_us": created_us if record.active_from_us is None else record.active_from_us,
    }


def title_values(sku: Sku, locale: Locale, title: str, given: bool) -> dict[str, object]:
    """The columns of a title, by name."""
    return {
        "sku": sku,
        "locale": locale,
        "title": title,
        "sort_key": sort_key(title),
        "search_text": search_text(sku, title),
        "given": given,
    }


def category(row: Row) -> CategoryRecord:
    """A category from (id, parent, names, position)."""
    id, parent, names, position = row
    above = None if parent is None else CategoryId(parent)
    return CategoryRecord(id=CategoryId(id), parent=above, names=texts(names), position=position)


@lru_cache(_KEPT)
def group(row: Row) -> GroupRecord:
    """A group from (id, titles, axes)."""
    id, titles, axes = row
    return GroupRecord(id=ProductGroupId(id), titles=texts(titles), axes=tuple(orjson.loads(axes)))


def texts(document: str) -> dict[Locale, str]:
    """Texts by language."""
    return {Locale(locale): text for locale, text in orjson.loads(document).items()}


def to_json(value: object) -> str:
    """A compact JSON document."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _rules(minimum: int | None, maximum: int | None, step: int | None, unit: str | None) -> QuantityRules:
    return QuantityRules(_quantity(minimum), _quantity(maximum), _quantity(step), unit or "")


def _quantity(micros: int | None) -> Quantity | None:
    return None if micros is None else Quantity(micros)


# Products of a page share their documents, and pages share their products: what is frozen is read once.


@lru_cache(_KEPT)
def _categories(document: str) -> tuple[CategoryId, ...]:
    return tuple(CategoryId(category) for category in orjson.loads(document))


@lru_cache(_KEPT)
def _pairs(document: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in orjson.loads(document))
