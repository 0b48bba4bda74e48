"""What one process writes, the others know: through the outbox, the relay and the feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from modules.catalog.handlers import follow
from modules.catalog.model import Filter, GroupInput, Sort
from modules.catalog.service import CatalogService
from modules.kernel.names import Locale, Sku
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import a_viewer, an_article
from tests.catalog.shop import OPERATING, SHOPPING, a_catalog, a_category, a_product, put, soon


@pytest.fixture
async def other(database: Database, feed: StreamFeed, relay: Relay) -> AsyncIterator[CatalogService]:
    """The catalogue of another process, which follows the feed."""
    service = a_catalog(database)
    following = asyncio.create_task(follow(service, feed))
    yield service
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_an_article_that_another_process_changed_is_read_anew(database: Database, other: CatalogService) -> None:
    await put(a_catalog(database), a_product())
    assert await other.articles([Sku("A-1")]) == [an_article()]
    await put(a_catalog(database), a_product(tax_class="reduced"))

    async def is_reduced() -> bool:
        return await other.articles([Sku("A-1")]) == [an_article(tax_class="reduced")]

    await soon(is_reduced)


async def test_a_category_that_another_process_moved_is_read_anew(database: Database, other: CatalogService) -> None:
    writer = a_catalog(database)
    await writer.upsert_categories(OPERATING, [a_category("a"), a_category("b")], "begin")
    assert (await other.outline()).branch("a") == ("a",)
    await writer.upsert_categories(OPERATING, [a_category("b", "a")], "moved")

    async def has_moved() -> bool:
        return (await other.outline()).branch("a") == ("a", "b")

    await soon(has_moved)


async def test_an_article_whose_category_another_process_moved_stands_elsewhere(
    database: Database, other: CatalogService
) -> None:
    writer = a_catalog(database)
    await writer.upsert_categories(OPERATING, [a_category("a"), a_category("b"), a_category("c", "a")], "begin")
    await put(writer, a_product(categories=["c"]))
    assert await other.articles([Sku("A-1")]) == [an_article(categories=["a", "c"])]
    await writer.upsert_categories(OPERATING, [a_category("c", "b")], "moved")

    async def has_moved() -> bool:
        return await other.articles([Sku("A-1")]) == [an_article(categories=["b", "c"])]

    await soon(has_moved)


async def test_a_group_that_another_process_renamed_is_shown_anew(database: Database, other: CatalogService) -> None:
    writer = a_catalog(database)
    await writer.upsert_groups(OPERATING, [GroupInput(id="saw", titles={"de": "Säge"})], "begin")
    await put(writer, a_product(group="saw"))

    async def name() -> str:
        (product,) = await other.products(["A-1"], SHOPPING)
        return product.group.titles[Locale("de")] if product and product.group else ""

    assert await name() == "Säge"
    await writer.upsert_groups(OPERATING, [GroupInput(id="saw", titles={"de": "Sägen"})], "renamed")

    async def is_renamed() -> bool:
        return await name() == "Sägen"

    await soon(is_renamed)


async def test_a_language_that_another_process_brought_is_shown(database: Database, other: CatalogService) -> None:
    english = a_viewer(locale="en")
    await put(a_catalog(database), a_product(titles={"de": "Säge"}))
    assert await title_of(other, english) == "Säge"
    await put(a_catalog(database), a_product(titles={"de": "Säge", "en": "Saw"}))

    async def is_english() -> bool:
        return await title_of(other, english) == "Saw"

    await soon(is_english)


async def title_of(catalog: CatalogService, viewer: Viewer) -> str:
    """The first product's."""
    page = await catalog.page(viewer, Filter(), Sort(), 1)
    return page.items[0].title
