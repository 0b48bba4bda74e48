"""Article: what every module may know of a product without asking the catalogue twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.kernel.errors import BadUserInput
from modules.kernel.names import Sku, TaxClass
from modules.kernel.outcome import MOST_ITEMS


@dataclass(frozen=True, slots=True)
class Article:
    """One sellable sku, as trade rules see it."""

    sku: Sku
    tax_class: TaxClass
    quantity_scale: int
    """Decimals of its quantities; 0 for pieces."""
    active_from_us: int | None = None
    active_until_us: int | None = None
    categories: frozenset[str] = frozenset()
    """Ids of its categories and of all that these stand in."""
    group: str = ""
    """Id of the product group; empty for none."""


def wished(skus: Sequence[Sku]) -> list[Sku]:
    """The skus that a question names, each once; raises BadUserInput for none or too many."""
    if not 1 <= len(skus) <= MOST_ITEMS:
        raise BadUserInput(f"There are {len(skus)} skus.", "skus", f"1 to {MOST_ITEMS}")
    return list(dict.fromkeys(skus))


def check_known(skus: Sequence[Sku], articles: Sequence[Article | None]) -> None:
    """Raises BadUserInput that names the first skus without an article; both lists are in the same order."""
    unknown = [sku for sku, article in zip(skus, articles, strict=True) if article is None]
    if unknown:
        raise BadUserInput(f"There is no product {', '.join(repr(sku[:100]) for sku in unknown[:10])}.", "skus")
