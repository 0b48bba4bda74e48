"""Products, groups and categories as handed in, as kept, and as a viewer sees them in a list."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from modules.kernel.moments import contains
from modules.kernel.names import CategoryId, Locale, ProductGroupId, Sku, TaxClass
from modules.kernel.quantity import QuantityRules

Texts = Mapping[Locale, str]
"""A text by language."""
TextsGiven = Mapping[str, str] | Sequence[tuple[str, str]]
"""Texts by language as handed in, unchecked: in a sequence a language may stand twice."""
Attributes = tuple[tuple[str, str], ...]
"""Names with values, in the order in which they are shown; a name stands once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductInput:
    """A product as handed in, unchecked and whole: what is absent here is absent afterwards.

    `titles` by locale, one at least. `image_url` is http, https or a path. Quantities are decimal strings.
    The product is listed from `active_from` until, not including, `active_until`.
    """

    sku: str
    titles: TextsGiven
    group: str | None = None
    categories: Sequence[str] = ()
    attributes: Sequence[tuple[str, str]] = ()
    image_url: str | None = None
    tax_class: str = "standard"
    quantity_scale: int = 0
    minimum_quantity: str | None = None
    maximum_quantity: str | None = None
    quantity_step: str | None = None
    unit: str | None = None
    weight_grams: int | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryInput:
    """A category as handed in, unchecked; without a parent it is a root. Children stand by position, then id."""

    id: str
    names: TextsGiven
    parent: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInput:
    """A group of variants as handed in, unchecked; `axes` are the attributes in which its products differ."""

    id: str
    titles: TextsGiven
    axes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRecord:
    """A product as kept."""

    sku: Sku
    titles: Texts
    group: ProductGroupId | None
    categories: tuple[CategoryId, ...]
    attributes: Attributes
    image_url: str | None
    tax_class: TaxClass
    quantity_scale: int
    quantities: QuantityRules
    weight_grams: int | None
    active_from_us: int | None
    active_until_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRecord:
    """A category as kept."""

    id: CategoryId
    parent: CategoryId | None
    names: Texts
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRecord:
    """A group as kept."""

    id: ProductGroupId
    titles: Texts
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A product as one viewer sees it: texts in one language."""

    sku: Sku
    title: str
    group: GroupRecord | None
    categories: tuple[CategoryId, ...]
    attributes: Attributes
    image_url: str | None
    tax_class: TaxClass
    quantity_scale: int
    quantities: QuantityRules
    weight_grams: int | None
    active_from_us: int | None
    active_until_us: int | None
    sort_key: str
    new_since_us: int

    def is_active(self, at_us: int) -> bool:
        """Whether it is listed at this instant."""
        return contains(self.active_from_us, self.active_until_us, at_us)


class SortField(StrEnum):
    """By what a list is ordered; the sku decides between equals."""

    TITLE = "TITLE"
    NEWEST = "NEWEST"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of products. NEWEST goes by the moment from which a product is active, else by its first appearance."""

    field: SortField = SortField.TITLE
    descending: bool = False

    def key(self, product: Listed) -> str | int:
        """What the product is ordered by."""
        return product.sort_key if self.field is SortField.TITLE else product.new_since_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which products are wanted; each part that is given must hold. A category includes those below it."""

    skus: tuple[str, ...] | None = None
    category: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as it is asked for: `categories` are the filter's with all below it, `few` that it cannot be long."""

    locale: Locale
    filter: Filter
    categories: tuple[str, ...]
    sort: Sort
    few: bool


@dataclass(frozen=True, slots=True)
class After:
    """Where the page before ended: the sort key of its last product, and its sku. `list` is that page's."""

    list: str
    key: str | int
    sku: str


@dataclass(frozen=True, slots=True)
class Page:
    """Products in order, and whether more follow. `list` stands for language, filter and order."""

    list: str
    items: tuple[Listed, ...]
    has_next: bool


def list_name(locale: Locale, filter: Filter, sort: Sort) -> str:
    """A short name for a list: the same for the same language, filter and order."""
    return hashlib.blake2b(repr((locale, filter, sort)).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Outline:
    """What is small enough to be held in memory: the categories, and the languages that titles have."""

    categories: Mapping[str, CategoryRecord]
    below: Mapping[str | None, Sequence[CategoryRecord]]
    """Children by parent, the roots under None; by position, then id."""
    locales: frozenset[Locale]

    @classmethod
    def of(cls, categories: Iterable[CategoryRecord], locales: Iterable[Locale]) -> Outline:
        """From what the tables hold."""
        below: dict[str | None, list[CategoryRecord]] = {}
        ordered = sorted(categories, key=lambda record: (record.position, record.id))
        for record in ordered:
            below.setdefault(record.parent, []).append(record)
        return cls({record.id: record for record in ordered}, below, frozenset(locales))

    def path(self, id: str) -> list[CategoryRecord]:
        """From the root down to the category itself; empty when there is none."""
        path: list[CategoryRecord] = []
        step = self.categories.get(id)
        while step:
            path.append(step)
            step = self.categories.get(step.parent) if step.parent else None
        return path[::-1]

    def above(self, ids: Iterable[str]) -> frozenset[str]:
        """These categories and all that they stand in."""
        return frozenset(ids).union(step.id for id in ids for step in self.path(id))

    def branch(self, id: str) -> tuple[str, ...]:
        """The category and all below it; empty when there is none."""
        found = [id] if id in self.categories else []
        for step in found:
            found.extend(record.id for record in self.below.get(step, ()))
        return tuple(found)


def by_nearness(wish: Locale, locales: Iterable[Locale]) -> list[Locale]:
    """The locales, nearest to the wish first: itself, its language, its language elsewhere, English, the others."""

    def distance(locale: Locale) -> tuple[int, Locale]:
        language = locale.partition("-")[0]
        marks = (locale == wish, locale == spoken, language == spoken, locale == "en", language == "en")
        return (marks.index(True) if any(marks) else len(marks)), locale

    spoken = wish.partition("-")[0]
    return sorted(locales, key=distance)


def shown_locale(wishes: Sequence[Locale], in_use: Iterable[Locale]) -> Locale | None:
    """The language in use that is shown: for the first wish that has one of its language; None: none is in use.

    Wishes are the viewer's locale, then those of the market; when no wish is met, what is nearest to the first.
    """
    held = list(in_use)
    nearest = [by_nearness(wish, held)[0] for wish in wishes] if held else []
    met = (
        near for wish, near in zip(wishes, nearest, strict=False) if wish.partition("-")[0] == near.partition("-")[0]
    )
    return next(met, nearest[0] if nearest else None)


def in_language(texts: Texts, locale: Locale) -> str:
    """The text in the nearest language; raises IndexError when there is none."""
    return texts.get(locale) or texts[by_nearness(locale, texts)[0]]


LONGEST_KEY = 160
LONGEST_SEARCHED = 300
"""Signs of sku and title that are searched. With those of the key they fit into one entry of an index."""
_DIGITS = re.compile(r"[0-9]+")
_MOST_WORDS = 10


def fold(text: str) -> str:
    """The text as it is searched: case and accents do not count."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return bare.casefold()


def sort_key(title: str) -> str:
    """What titles are ordered by, sign by sign: folded, and 2 stands before 10."""
    return _DIGITS.sub(lambda number: number[0].zfill(6), " ".join(fold(title).split()))[:LONGEST_KEY]


def search_text(sku: str, title: str) -> str:
    """What is searched for words: sku and title, folded."""
    return fold(f"{sku} {title}")[:LONGEST_SEARCHED]


def search_words(text: str) -> tuple[str, ...]:
    """The words of a search, folded; at most ten."""
    return tuple(dict.fromkeys(fold(text).split()))[:_MOST_WORDS]


def sku_key(sku: str) -> str:
    """What a sku is looked up by when it was mistyped: its letters and digits, folded."""
    return "".join(sign for sign in fold(sku) if sign.isalnum())


def most_alike(wish: str, skus: Iterable[Sku], most: int = 3) -> list[Sku]:
    """Those skus that look like the wish, the most alike first; letters' case and punctuation do not count."""
    by_key: dict[str, Sku] = {}
    for sku in skus:
        by_key.setdefault(sku_key(sku), sku)
    return [by_key[key] for key in difflib.get_close_matches(sku_key(wish), by_key, most)]


def as_state(record: ProductRecord | CategoryRecord | GroupRecord) -> dict[str, Any]:
    """A record in JSON values, for the audit log."""
    return {name: _plain(getattr(record, name)) for name in record.__slots__}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, QuantityRules):
        return asdict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
