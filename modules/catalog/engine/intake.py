"""From what is handed in to records: every value checked, every refusal with its path and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from modules.catalog.model import (
    Attributes,
    CategoryInput,
    CategoryRecord,
    GroupInput,
    GroupRecord,
    ProductInput,
    ProductRecord,
    Texts,
    TextsGiven,
)
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.intake import LOCALES, NAMES, SKUS, check, check_list, check_text, parsed, window
from modules.kernel.names import CategoryId, Locale, ProductGroupId, Sku, TaxClass, is_locale, is_name, is_sku, is_text
from modules.kernel.outcome import Path
from modules.kernel.quantity import Quantity, QuantityRules, format_quantity, parse_quantity

LONGEST_TITLE: Final = 500
LONGEST_VALUE: Final = 2_000
MOST_PARTS: Final = 100
"""Titles, categories, attributes or axes that one item may have."""
LARGEST_POSITION: Final = 1_000_000
HEAVIEST_GRAMS: Final = 100_000_000
LONGEST_UNIT: Final = 20
_IMAGE = re.compile(r"https?://[^\s/]\S*|/(?!/)\S*|[^\s:/?#][^\s:]*")


def product(given: ProductInput, path: Path) -> ProductRecord:
    """The product that was meant; raises InvalidInput for the first value that is not allowed."""
    check(is_sku(given.sku), given.sku, (*path, "sku"), SKUS)
    check(given.group is None or is_name(given.group), given.group, (*path, "group"), NAMES)
    check(is_name(given.tax_class), given.tax_class, (*path, "taxClass"), NAMES)
    check(0 <= given.quantity_scale <= 6, given.quantity_scale, (*path, "quantityScale"), "0 to 6 decimals")
    good = given.weight_grams is None or 0 <= given.weight_grams <= HEAVIEST_GRAMS
    check(good, given.weight_grams, (*path, "weightGrams"), f"0 to {HEAVIEST_GRAMS} grams")
    _check_all(given.categories, is_name, (*path, "categories"), NAMES)
    _check_image(given.image_url, (*path, "imageUrl"))
    since, until = window(given.active_from, given.active_until, path, ("activeFrom", "activeUntil"))
    return ProductRecord(
        sku=Sku(given.sku),
        titles=_texts(given.titles, (*path, "titles")),
        group=None if given.group is None else ProductGroupId(given.group),
        categories=tuple(CategoryId(category) for category in given.categories),
        attributes=_attributes(given.attributes, (*path, "attributes")),
        image_url=given.image_url,
        tax_class=TaxClass(given.tax_class),
        quantity_scale=given.quantity_scale,
        quantities=_quantities(given, path),
        weight_grams=given.weight_grams,
        active_from_us=since,
        active_until_us=until,
    )


def category(given: CategoryInput, path: Path) -> CategoryRecord:
    """The category that was meant; raises InvalidInput. Whether its parent exists is asked elsewhere (`grow`)."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(given.parent is None or is_name(given.parent), given.parent, (*path, "parent"), NAMES)
    allowed = f"-{LARGEST_POSITION} to {LARGEST_POSITION}"
    check(abs(given.position) <= LARGEST_POSITION, given.position, (*path, "position"), allowed)
    return CategoryRecord(
        id=CategoryId(given.id),
        parent=None if given.parent is None else CategoryId(given.parent),
        names=_texts(given.names, (*path, "names")),
        position=given.position,
    )


def group(given: GroupInput, path: Path) -> GroupRecord:
    """The group that was meant; raises InvalidInput."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    _check_all(given.axes, lambda axis: is_text(axis, 100), (*path, "axes"), "a text of 1 to 100 characters")
    titles = _texts(given.titles, (*path, "titles"))
    return GroupRecord(id=ProductGroupId(given.id), titles=titles, axes=tuple(given.axes))


def check_references(
    products: Sequence[tuple[Path, ProductRecord]], categories: Collection[str], groups: Collection[str]
) -> tuple[list[ProductRecord], list[Refused]]:
    """The products whose group and categories exist, in order, and the refusals of the others."""
    good: list[ProductRecord] = []
    refused: list[Refused] = []
    for path, record in products:
        missing = next((n for n, name in enumerate(record.categories) if name not in categories), None)
        if record.group is not None and record.group not in groups:
            refused.append(InvalidInput(f"there is no group {record.group!r}", (*path, "group"), "a known group"))
        elif missing is not None:
            problem = f"there is no category {record.categories[missing]!r}"
            refused.append(InvalidInput(problem, (*path, "categories", missing), "a known category"))
        else:
            good.append(record)
    return good, refused


def _quantities(given: ProductInput, path: Path) -> QuantityRules:
    scale = given.quantity_scale
    minimum = _quantity(given.minimum_quantity, scale, (*path, "minimumQuantity"))
    maximum = _quantity(given.maximum_quantity, scale, (*path, "maximumQuantity"))
    step = _quantity(given.quantity_step, scale, (*path, "quantityStep"))
    if minimum is not None and maximum is not None:
        allowed = f"{format_quantity(minimum)} or more"
        check(minimum <= maximum, given.maximum_quantity, (*path, "maximumQuantity"), allowed)
    for name, end in (("minimumQuantity", minimum), ("maximumQuantity", maximum)):
        if step is not None and end is not None:
            check(not end % step, format_quantity(end), (*path, name), f"a multiple of {format_quantity(step)}")
    if given.unit is not None:
        check_text(given.unit, LONGEST_UNIT, (*path, "unit"))
    return QuantityRules(minimum, maximum, step, given.unit or "")


def _quantity(text: str | None, scale: int, path: Path) -> Quantity | None:
    if text is None:
        return None
    allowed = f"a decimal number above 0 with at most {scale} decimals"
    quantity = parsed(lambda: parse_quantity(text, scale), path, allowed)
    check(quantity > 0, text, path, allowed)
    return quantity


def _texts(given: TextsGiven, path: Path) -> Texts:
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    check_list([locale for locale, _ in pairs], is_locale, path, LOCALES, most=MOST_PARTS, least=1)
    for index, (_, text) in enumerate(pairs):
        check_text(text, LONGEST_TITLE, (*path, index))
    return {Locale(locale): text for locale, text in sorted(pairs)}


def _attributes(given: Sequence[tuple[str, str]], path: Path) -> Attributes:
    _check_all([name for name, _ in given], lambda name: is_text(name, 100), path, "a name of 1 to 100 characters")
    for index, (_, value) in enumerate(given):
        good = is_text(value.replace("\n", " ").replace("\t", " "), LONGEST_VALUE)
        check(good, value, (*path, index), f"a value of 1 to {LONGEST_VALUE} characters")
    return tuple((name, value) for name, value in given)


def _check_image(url: str | None, path: Path) -> None:
    good = url is None or (is_text(url, LONGEST_VALUE) and _IMAGE.fullmatch(url) is not None)
    check(good, url, path, "an http or https address, or a path, without blanks")


def _check_all(values: Sequence[str], is_good: Callable[[str], bool], path: Path, allowed: str) -> None:
    check_list(values, is_good, path, allowed, most=MOST_PARTS)
