"""Article: what every module may know of a product without asking the catalogue twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from modules.kernel.errors import BadUserInput, UnknownSku
from modules.kernel.names import Sku, TaxClass, is_sku
from modules.kernel.outcome import MOST_ITEMS
from modules.kernel.quantity import FREE, QuantityRules


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
    quantities: QuantityRules = FREE
    weight_grams: int | None = None
    """Of one unit, packed for sending; None: not known."""


class ProductMaster(Protocol):
    """Who knows which products there are."""

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """One answer per sku, in order; None for an unknown one."""
        ...

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three known skus that look like each of these, in order."""
        ...


async def known_articles(skus: Iterable[Sku], master: ProductMaster) -> dict[Sku, Article]:
    """Those that exist, by sku in order; each is asked for once, and nobody is asked for none."""
    named = list(dict.fromkeys(skus))
    found = await master.articles(named) if named else []
    return {article.sku: article for article in found if article}


@dataclass(frozen=True, slots=True)
class Assortment:
    """The articles that a command names, and what those look like that do not exist."""

    articles: Mapping[Sku, Article]
    nearest: Mapping[Sku, Sequence[Sku]]

    @classmethod
    async def of(cls, skus: Iterable[str], master: ProductMaster) -> Self:
        """Asks for all of them at once; whatever has not the form of a sku is unknown."""
        named = [Sku(sku) for sku in dict.fromkeys(skus) if is_sku(sku)]
        articles = await known_articles(named, master)
        if len(articles) == len(named):
            return cls(articles, {})
        missing = [sku for sku in named if sku not in articles]
        return cls(articles, dict(zip(missing, await master.nearest(missing), strict=True)))

    def article(self, sku: str, path: Sequence[str | int]) -> Article:
        """The article of a sku; raises UnknownSku with the place of the value."""
        found = self.articles.get(Sku(sku))
        if found is None:
            raise UnknownSku(sku[:100], (*path, "sku"), self.nearest.get(Sku(sku), ()))
        return found


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
