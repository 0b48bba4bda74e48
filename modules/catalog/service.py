"""The catalogue: articles for other modules, lists for shoppers, and the master data that others hand in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from modules.catalog.engine import intake
from modules.catalog.engine.tree import grow
from modules.catalog.model import (
    LONGEST_KEY,
    After,
    CategoryInput,
    Filter,
    GroupInput,
    Listed,
    Listing,
    Outline,
    Page,
    ProductInput,
    ProductRecord,
    Sort,
    list_name,
    most_alike,
    shown_locale,
)
from modules.catalog.store import CatalogChange, CatalogStore
from modules.kernel.errors import BadUserInput, Refused
from modules.kernel.moments import to_us
from modules.kernel.names import Locale, Sku, is_sku, is_text
from modules.kernel.outcome import Path, Repeatable, Upserted, in_order, once, refuse_command, sift
from modules.kernel.product import Article
from modules.kernel.recent import Recent
from modules.kernel.viewer import Permission, Viewer

MOST_ARTICLES: Final = 50_000
"""Articles held in memory; those asked for longest ago go first."""
MOST_LISTED: Final = 20_000
"""Products as they are shown in one language, likewise."""
SIMILAR: Final = 100
MOST_WISHES: Final = 10
"""Unknown skus of one call for which similar ones are looked up: a search costs more than the rest of the call."""
FEW: Final = 2_000
"""Products of a category that are looked up and sorted; of a larger one the page is met along the index."""
UPSERT_PRODUCTS: Final = "upsertProducts"


class CatalogService:
    """One per process. Holds articles, products as shown and the outline in memory until they are forgotten."""

    def __init__(self, store: CatalogStore) -> None:
        self._store = store
        self._articles = Recent[Sku, Article](MOST_ARTICLES)
        self._listed: defaultdict[Locale, Recent[Sku, Listed]] = defaultdict(lambda: Recent(MOST_LISTED))
        self._outline: Outline | None = None
        self._sizes: dict[str, int] = {}
        self._forgotten = 0

    async def articles(self, skus: Sequence[Sku]) -> list[Article | None]:
        """One for each sku, in order, active or not; None for what is not known.

        At most one statement, and two for the tree of categories while nothing has asked for it.
        """
        found = await self._articles.get([sku for sku in skus if is_sku(sku)], self._read_articles)
        return [found.get(sku) for sku in skus]

    async def nearest(self, skus: Sequence[str]) -> list[list[Sku]]:
        """Up to three skus that look like each of these, in order; none for those behind the first ten.

        One statement over two hundred neighbours of each.
        """
        wishes = [sku[:64] for sku in skus[:MOST_WISHES]]
        found = await self._store.similar(wishes, SIMILAR) if wishes else []
        return [
            *(most_alike(wish, similar) for wish, similar in zip(wishes, found, strict=True)),
            *([] for _ in skus[MOST_WISHES:]),
        ]

    async def categories(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these categories that exist."""
        return frozenset(ids) & (await self.outline()).categories.keys()

    async def groups(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these product groups that exist; one statement."""
        return frozenset(await self._store.groups(ids)) if ids else frozenset()

    async def outline(self) -> Outline:
        """The categories and the languages in use."""
        if self._outline is not None:
            return self._outline
        before = self._forgotten
        outline = await self._store.outline()
        if before == self._forgotten:
            self._outline = outline
        return outline

    async def products(self, skus: Sequence[str], viewer: Viewer) -> list[Listed | None]:
        """One for each sku, in order, active or not; None for what is not known. One statement for those not in
        memory."""
        locale = _shown(await self.outline(), viewer)
        if locale is None:
            return [None for _ in skus]
        shown = locale

        async def read(missing: Sequence[Sku]) -> dict[Sku, Listed]:
            return {product.sku: product for product in await self._store.products(missing, shown)}

        found = await self._listed[locale].get([Sku(sku) for sku in skus if is_sku(sku)], read)
        return [found.get(Sku(sku)) for sku in skus]

    async def page(self, viewer: Viewer, filter: Filter, sort: Sort, first: int, after: After | None = None) -> Page:
        """`first` products that are active now, in the viewer's language. One statement; two for a category at first.

        Raises BadUserInput for a position of another list. Every product active throughout is on one page exactly,
        whatever the sizes of the pages.
        """
        outline = await self.outline()
        locale = _shown(outline, viewer)
        name = list_name(locale or viewer.locale, filter, sort)
        _check_after(after, name)
        categories = () if filter.category is None else outline.branch(filter.category)
        if locale is None or (filter.category is not None and not categories):
            return Page(name, (), has_next=False)
        few = filter.skus is not None or (bool(categories) and await self._is_small(categories))
        listing = Listing(locale=locale, filter=filter, categories=categories, sort=sort, few=few)
        found = await self._store.page(listing, to_us(viewer.now), first + 1, after)
        return Page(name, tuple(found[:first]), has_next=len(found) > first)

    async def upsert_products(
        self, viewer: Viewer, items: Sequence[ProductInput], reason: str, idempotency_key: str | None = None
    ) -> Upserted:
        """Replaces products wholly or adds them, in one transaction. Needs PRODUCTS_WRITE.

        With a key, the same call again within a day gives the same outcome and does nothing.
        """
        viewer.require(Permission.PRODUCTS_WRITE)
        if problem := refuse_command("products", items, reason, idempotency_key):
            return Upserted(0, 0, (problem,))
        good, refused = sift("products", items, intake.product, "sku")
        principal = viewer.principal.id
        command = Repeatable(principal, UPSERT_PRODUCTS, idempotency_key, (reason, list(items)))
        changed: list[ProductRecord] = []

        async def save() -> Upserted:
            done, written = await _save_products(change, good, refused, principal, reason)
            changed.extend(written)
            return done

        async with self._store.change() as change:
            done = await once(change, command, save)
        self.forget([record.sku for record in changed], {locale for record in changed for locale in record.titles})
        return done

    async def upsert_categories(self, viewer: Viewer, items: Sequence[CategoryInput], reason: str) -> Upserted:
        """Replaces categories wholly or adds them; parents may stand in the same call. Needs PRODUCTS_WRITE."""
        viewer.require(Permission.PRODUCTS_WRITE)
        if problem := refuse_command("categories", items, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("categories", items, intake.category, "id")
        async with self._store.change() as change:
            held = await change.categories()
            joining, homeless = grow(held, good)
            changed = [record for record in joining if held.get(record.id) != record]
            await change.save_categories(changed, held, viewer.principal.id, reason)
        if changed:
            self.forget_outline({record.id: record.parent for record in changed})
        return _outcome(len(changed), len(joining), [*refused, *homeless])

    async def upsert_groups(self, viewer: Viewer, items: Sequence[GroupInput], reason: str) -> Upserted:
        """Replaces groups wholly or adds them. Needs PRODUCTS_WRITE."""
        viewer.require(Permission.PRODUCTS_WRITE)
        if problem := refuse_command("groups", items, reason):
            return Upserted(0, 0, (problem,))
        good, refused = sift("groups", items, intake.group, "id")
        async with self._store.change() as change:
            held = await change.groups([record.id for _, record in good])
            changed = [record for _, record in good if held.get(record.id) != record]
            await change.save_groups(changed, held, viewer.principal.id, reason)
        if changed:
            self.forget_groups()
        return _outcome(len(changed), len(good), refused)

    def forget(self, skus: Iterable[Sku], locales: Iterable[Locale]) -> None:
        """These products changed, and have titles in these languages."""
        self._forgotten += 1
        self._sizes.clear()
        these = list(skus)
        self._articles.forget(these)
        for listed in self._listed.values():
            listed.forget(these)
        if self._outline is not None and not self._outline.locales.issuperset(locales):
            self._outline = None

    def forget_outline(self, parents: Mapping[str, str | None]) -> None:
        """These categories changed, and stand in these. Articles know what their categories stand in."""
        held = self._outline.categories if self._outline else {}
        if any(id not in held or held[id].parent != parent for id, parent in parents.items()):
            self._articles.forget_all()
        self._forgotten += 1
        self._sizes.clear()
        self._outline = None

    def forget_all(self) -> None:
        """Anything may have changed."""
        self._articles.forget_all()
        self.forget_groups()
        self.forget_outline({})

    def forget_groups(self) -> None:
        """Products are shown with the titles of their groups, and a group has any number of them."""
        for listed in self._listed.values():
            listed.forget_all()

    async def _read_articles(self, skus: Sequence[Sku]) -> dict[Sku, Article]:
        read = await self._store.articles(skus)
        if any(article.categories for article in read):
            outline = await self.outline()
            read = [replace(article, categories=outline.above(article.categories)) for article in read]
        return {article.sku: article for article in read}

    async def _is_small(self, categories: tuple[str, ...]) -> bool:
        size = self._sizes.get(categories[0])
        if size is None:
            before = self._forgotten
            size = await self._store.size(categories, FEW + 1)
            if before == self._forgotten:
                self._sizes[categories[0]] = size
        return size <= FEW


async def _save_products(
    change: CatalogChange,
    good: Sequence[tuple[Path, ProductRecord]],
    refused: Sequence[Refused],
    principal: str,
    reason: str,
) -> tuple[Upserted, list[ProductRecord]]:
    records = [record for _, record in good]
    categories = await change.category_ids({id for record in records for id in record.categories})
    groups = await change.groups({record.group for record in records if record.group is not None})
    joining, homeless = intake.check_references(good, categories, groups)
    before = await change.products(record.sku for record in joining)
    changed = [record for record in joining if record.sku not in before or before[record.sku][0] != record]
    if changed:
        await change.save_products(changed, before, principal, reason)
    return _outcome(len(changed), len(joining), [*refused, *homeless]), changed


def _outcome(changed: int, passed: int, refused: Sequence[Refused]) -> Upserted:
    return Upserted(changed, passed - changed, in_order(refused))


def _shown(outline: Outline, viewer: Viewer) -> Locale | None:
    return shown_locale((viewer.locale, *viewer.channel.market.locales), outline.locales)


def _check_after(after: After | None, name: str) -> None:
    if after is None:
        return
    good = (
        -(2**63) <= after.key < 2**63
        if isinstance(after.key, int)
        else not after.key or is_text(after.key, LONGEST_KEY)
    )
    if after.list != name or not good or not is_sku(after.sku):
        raise BadUserInput("this cursor is of another list", "after", "the endCursor of an earlier page of this list")
